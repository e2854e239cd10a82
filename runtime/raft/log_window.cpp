#include "runtime/raft/log_window.hpp"

#include <algorithm>
#include <iterator>

#include "runtime/base/ensure.hpp"

namespace carillon::raft {

log_window::log_window(const log_store& store)
    : store_(store), persisted_(store.last_index()), submitted_(persisted_) {}

term_t log_window::last_term() const {
  std::optional<term_t> term = term_of(last_index());
  ENSURE(term.has_value(), "the term of the last entry is known, trimmed or not");
  return *term;
}

std::optional<term_t> log_window::term_of(log_index index) const {
  if (index == 0)
    return 0;
  if (index > last_index())
    return std::nullopt;
  return index > persisted_ ? in_window(index).term : store_.term_of(index);
}

std::vector<entry> log_window::entries(log_index first, log_index last, std::size_t bytes) const {
  ENSURE(first >= first_index() && first <= last && last <= last_index(), "entries of the log");
  std::vector<entry> out;
  std::size_t taken = 0;
  if (first <= persisted_) {
    out = store_.entries(first, std::min(last, persisted_), bytes);
    for (const entry& e : out)
      taken += e.payload_bytes();
    // The store stopped early, for bytes: going on in the window would leave a gap.
    if (first + out.size() <= std::min(last, persisted_))
      return out;
  }
  for (log_index i = first + out.size(); i <= last; ++i) {
    const entry& e = in_window(i);
    taken += e.payload_bytes();
    if (!out.empty() && taken > bytes)
      break;
    out.push_back(e);
  }
  return out;
}

log_index log_window::could_agree_at(log_index from, term_t term) const {
  log_index at = std::min(from, last_index());
  while (at > 0) {
    std::optional<term_t> here = term_of(at);
    if (!here || *here <= term)
      break;
    --at;
  }
  return at;
}

void log_window::append(entry next) {
  ENSURE(next.index == last_index() + 1, "entries follow one another");
  window_.push_back(std::move(next));
}

void log_window::replace(std::vector<entry> entries) {
  ENSURE(!entries.empty() && entries.front().index <= last_index() + 1, "no gap in the log");
  log_index keep = entries.front().index - 1;
  if (keep < persisted_) {
    window_.clear();
    persisted_ = keep;
  } else {
    window_.resize(keep - persisted_);
  }
  submitted_ = std::min(submitted_, keep);
  for (log_index& last : out_)
    last = std::min(last, keep);
  window_.insert(window_.end(), std::make_move_iterator(entries.begin()),
                 std::make_move_iterator(entries.end()));
}

std::vector<entry> log_window::hand_out() {
  std::vector<entry> out(window_.begin() + static_cast<std::ptrdiff_t>(submitted_ - persisted_),
                         window_.end());
  submitted_ = last_index();
  out_.push_back(out.empty() ? 0 : submitted_);
  return out;
}

void log_window::confirm() {
  ENSURE(!out_.empty(), "confirm() follows hand_out()");
  const log_index last = out_.front();
  out_.pop_front();
  if (last <= persisted_)
    return;
  window_.erase(window_.begin(), window_.begin() + static_cast<std::ptrdiff_t>(last - persisted_));
  persisted_ = last;
}

void log_window::restart() {
  window_.clear();
  persisted_ = store_.last_index();
  submitted_ = persisted_;
  for (log_index& last : out_)
    last = 0;
}

}  // namespace carillon::raft
