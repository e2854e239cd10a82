// A host's directory on paper: commands are applied to a list, at once or when the test says so, and
// the list is what is copied. The list and its index stand for the file: they outlive a restart of the
// meta group's actor. Thread-safe.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include <caf/all.hpp>

#include "actors/protocols.hpp"
#include "storage/directory_copy.hpp"

namespace carillon::test {

class paper_directory final : public storage::directory_copy {
public:
  // -- what the meta group sees --
  void take(std::vector<directory_commit> commits) {
    std::lock_guard hold(lock_);
    for (auto& commit : commits) {
      if (!commit.command.empty())
        given_.push_back(commit.command);
      queue_.push_back(std::move(commit));
    }
    if (applies_)
      apply();
  }
  result<wire::chunk> read_chunk(const wire::fetch_chunk& asked) override {
    std::lock_guard hold(lock_);
    ++asked_;
    if (!gives_ || at_ < asked.index())
      return errc::timed_out;
    ++copies_;
    wire::chunk all;
    for (const std::string& row : rows_)
      all.add_rows()->set_value(row);
    all.add_rows()->set_key(std::to_string(at_));
    all.set_last(true);
    return all;
  }
  status take_chunk(const wire::chunk& all) override {
    std::lock_guard hold(lock_);
    rows_.clear();
    for (int i = 0; i + 1 < all.rows_size(); ++i)
      rows_.push_back(all.rows(i).value());
    at_ = std::stoull(all.rows(all.rows_size() - 1).key());
    tell();
    return ok;
  }

  // -- what tests do and ask --
  void belongs_to(const caf::actor& meta) {
    std::lock_guard hold(lock_);
    meta_ = meta;
    queue_.clear();
  }
  void set_applies(bool yes) {
    std::lock_guard hold(lock_);
    applies_ = yes;
    if (yes)
      apply();
  }
  void set_gives(bool yes) {
    std::lock_guard hold(lock_);
    gives_ = yes;
  }
  std::uint64_t at() const { return read(at_); }
  std::vector<std::string> rows() const { return read(rows_); }    // in the file
  std::vector<std::string> given() const { return read(given_); }  // to the sink, ever
  int asked() const { return read(asked_); }                       // for copies
  int copies() const { return read(copies_); }                     // given

private:
  template <class Value>
  Value read(const Value& value) const {
    std::lock_guard hold(lock_);
    return value;
  }
  void apply() {
    for (const auto& commit : queue_) {
      if (commit.index <= at_)
        continue;
      at_ = commit.index;
      if (!commit.command.empty())
        rows_.push_back(commit.command);
    }
    queue_.clear();
    tell();
  }
  void tell() {
    if (meta_)
      caf::anon_send(meta_, directory_applied{at_});
  }

  mutable std::mutex lock_;
  caf::actor meta_;
  std::vector<directory_commit> queue_;
  std::vector<std::string> rows_, given_;
  std::uint64_t at_ = 0;
  bool applies_ = true, gives_ = true;
  int asked_ = 0, copies_ = 0;
};

}  // namespace carillon::test
