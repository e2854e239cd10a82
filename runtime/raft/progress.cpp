#include "runtime/raft/progress.hpp"

#include <algorithm>

namespace carillon::raft {

void progress::sent(log_index last, std::size_t bytes) {
  if (now != mode::replicate) {
    probe_out = true;
    return;
  }
  if (last < next)
    return;
  in_flight.push_back({last, bytes});
  bytes_in_flight += bytes;
  next = last + 1;
}

bool progress::acknowledged(log_index index) {
  bool news = index > match;
  match = std::max(match, index);
  vouched = std::max(vouched, match);
  while (!in_flight.empty() && in_flight.front().last <= match) {
    bytes_in_flight -= in_flight.front().bytes;
    in_flight.pop_front();
  }
  // Only an answer to the probe (or to what lies above it) says where the logs agree; one to an
  // earlier, lower append does not.
  if (now == mode::probe && index + 1 >= next) {
    now = mode::replicate;
    probe_out = false;
    forget_in_flight();
    next = match + 1;
  }
  next = std::max(next, match + 1);
  return news;
}

bool progress::refused(log_index refused, log_index hint) {
  if (now == mode::snapshot)
    return false;
  if (now == mode::replicate) {
    if (refused <= match)
      return false;
    probe_again();
  } else {
    if (refused + 1 != next)
      return false;
    // It had this and lost it (a damaged log, storage/slot_start.hpp): what is committed stays so,
    // but nothing more is counted on it.
    if (refused <= match)
      match = std::min(hint, refused - 1);
    next = std::max(std::min(refused, hint + 1), match + 1);
  }
  probe_out = false;
  commit_told = std::min(commit_told, match);
  return true;
}

void progress::fell_back(log_index hint, log_index commit) {
  if (now == mode::snapshot)
    return;
  now = mode::probe;
  match = std::min(match, hint);
  next = hint + 1;
  forget_in_flight();
  probe_out = false;
  waited = 0;
  commit_told = std::min(commit_told, match);
  commit_known = std::min(commit_known, commit);
}

void progress::probe_again() {
  if (now == mode::replicate) {
    now = mode::probe;
    next = match + 1;
    forget_in_flight();
  }
  probe_out = false;
  waited = 0;
}

void progress::need_snapshot() {
  now = mode::snapshot;
  probe_out = false;
  forget_in_flight();
}

void progress::forget_in_flight() {
  in_flight.clear();
  bytes_in_flight = 0;
}

}  // namespace carillon::raft
