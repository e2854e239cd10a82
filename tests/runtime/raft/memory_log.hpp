// A log_store in memory, told by the shell as storage/log_store is. Knows nothing of disks: what
// is durable is the member's business (member.hpp).
#pragma once

#include <algorithm>
#include <cstddef>

#include "runtime/base/ensure.hpp"
#include "runtime/raft/log_store.hpp"

namespace carillon::raft {

class memory_log final : public log_store {
public:
  log_index first_index() const override { return first_; }
  log_index last_index() const override { return first_ + entries_.size() - 1; }
  std::optional<term_t> term_of(log_index index) const override {
    if (index + 1 == first_)
      return trimmed_term_;
    if (index < first_ || index > last_index() || index == unreadable_)
      return std::nullopt;
    return at(index).term;
  }
  std::vector<entry> entries(log_index first, log_index last, std::size_t bytes) const override {
    std::vector<entry> out;
    std::size_t taken = 0;
    for (log_index i = first; i <= last && i != unreadable_; ++i) {
      taken += at(i).payload ? at(i).payload->size() : 0;
      if (!out.empty() && taken > bytes)
        break;
      out.push_back(at(i));
    }
    return out;
  }

  void append(const std::vector<entry>& more) {
    if (more.empty())
      return;
    ENSURE(more.front().index >= first_ && more.front().index <= last_index() + 1, "no gap");
    entries_.resize(more.front().index - first_);
    if (more.front().index <= unreadable_)
      unreadable_ = 0;
    entries_.insert(entries_.end(), more.begin(), more.end());
  }
  void trim_before(log_index index) {
    if (index <= first_)
      return;
    ENSURE(index <= last_index() + 1, "only what is there is trimmed");
    trimmed_term_ = *term_of(index - 1);
    entries_.erase(entries_.begin(),
                   entries_.begin() + static_cast<std::ptrdiff_t>(index - first_));
    first_ = index;
  }
  // This one cannot be read any more, until another is in its place. 0: all can.
  void spoil(log_index index) { unreadable_ = index; }
  // Empty, and the next entry follows `index`.
  void restart(log_index index, term_t term) {
    entries_.clear();
    first_ = index + 1;
    trimmed_term_ = term;
    unreadable_ = 0;
  }

private:
  const entry& at(log_index index) const { return entries_[index - first_]; }

  std::vector<entry> entries_;
  log_index first_ = 1;
  log_index unreadable_ = 0;
  term_t trimmed_term_ = 0;
};

}  // namespace carillon::raft
