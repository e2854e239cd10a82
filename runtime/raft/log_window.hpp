// The log as the core sees it: what the log_store has, continued by the entries that are not
// known to be on disk. Those stay here until confirm(), so the store is never asked for an entry
// that was not handed out and confirmed; what it was told in between does not matter.
//
//   1 .. first-1 | first .. persisted | persisted+1 .. submitted | submitted+1 .. last
//   trimmed      | read from store    | handed out, in window_   | in window_
//
// A conflicting suffix may be replaced at any time, also where it is already handed out or
// persisted: the marks move back, and the next hand_out() starts at the replacement.
// Used by one raft; one thread.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "runtime/raft/log_store.hpp"

namespace carillon::raft {

class log_window {
public:
  // Everything that the store has at this moment is on disk. `store` must outlive this.
  explicit log_window(const log_store& store);

  log_index first_index() const { return store_.first_index(); }
  log_index last_index() const { return persisted_ + window_.size(); }
  log_index persisted() const { return persisted_; }
  term_t last_term() const;
  // 0 for index 0; nullopt before the last trimmed entry and after the last one.
  std::optional<term_t> term_of(log_index index) const;
  // Entries from `first` up to and with `last`, at most `bytes` of payload but at least one; fewer
  // when the store gives fewer. REQUIRES: first_index() <= first <= last <= last_index().
  std::vector<entry> entries(log_index first, log_index last, std::size_t bytes) const;
  // The highest index <= `from` whose term is <= `term`: where two logs could still agree. An
  // index whose term is no longer known (trimmed) ends the search.
  log_index could_agree_at(log_index from, term_t term) const;

  // REQUIRES: next.index == last_index() + 1.
  void append(entry next);
  // Drops everything from the first one's index on, then appends them. REQUIRES: not empty,
  // front().index <= last_index() + 1.
  void replace(std::vector<entry> entries);

  bool has_unsubmitted() const { return submitted_ < last_index(); }
  // All entries that were not handed out yet; may be none. Each hand_out() is confirmed once.
  std::vector<entry> hand_out();
  // What the oldest unconfirmed hand_out() gave is on disk.
  void confirm();
  // The store was emptied and begins anew. REQUIRES: no entries are out.
  void restart();

private:
  const entry& in_window(log_index index) const { return window_[index - persisted_ - 1]; }

  const log_store& store_;
  std::deque<entry> window_;  // entries persisted_+1 .. last_index()
  log_index persisted_ = 0;
  log_index submitted_ = 0;  // Invariant: persisted_ <= submitted_ <= last_index()
  // The last entry of each hand-out that is not confirmed, oldest first. What was replaced since is
  // cut off: it will be on disk for a moment only, and its replacement is confirmed in its turn.
  std::deque<log_index> out_;
};

}  // namespace carillon::raft
