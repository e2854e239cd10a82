// A store whose writes do not come back while it hangs, but for as many as are let through; reads do. Any
// thread.
#pragma once

#include <condition_variable>
#include <mutex>

#include "storage/kv.hpp"

namespace carillon::test {

class hanging_disk final : public storage::kv {
public:
  explicit hanging_disk(storage::kv& inner) : inner_(inner) {}

  void hang(bool hangs) {
    std::lock_guard lock(mutex_);
    hangs_ = hangs;
    changed_.notify_all();
  }

  // One write that waits, or comes next.
  void let_one_through() {
    std::lock_guard lock(mutex_);
    ++let_through_;
    changed_.notify_all();
  }
  // Writes that came so far, done or not.
  int begun() const {
    std::lock_guard lock(mutex_);
    return begun_;
  }

  result<std::optional<std::string>> get(storage::family where, std::string_view key) const override {
    return inner_.get(where, key);
  }
  std::unique_ptr<storage::cursor> scan(storage::family where,
                                        std::string_view prefix) const override {
    return inner_.scan(where, prefix);
  }
  std::unique_ptr<storage::write_batch> make_batch() const override { return inner_.make_batch(); }
  status write(storage::write_batch& batch, bool sync) override {
    std::unique_lock lock(mutex_);
    ++begun_;
    changed_.wait(lock, [this] { return !hangs_ || let_through_ > 0; });
    if (hangs_)
      --let_through_;
    return inner_.write(batch, sync);
  }
  std::uint64_t memory_bytes() const override { return inner_.memory_bytes(); }

private:
  storage::kv& inner_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool hangs_ = false;
  int let_through_ = 0;
  int begun_ = 0;
};

}  // namespace carillon::test
