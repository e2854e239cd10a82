// The log as the core sees it: what may be read from where while entries are on their way to the
// disk, and what a replaced suffix does to it.
#include <doctest/doctest.h>

#include "runtime/raft/log_window.hpp"
#include "tests/runtime/raft/memory_log.hpp"

namespace carillon::raft {
namespace {

entry make(log_index index, term_t term, std::string text = "x") {
  return {.term = term,
          .index = index,
          .kind = entry_kind::command,
          .payload = std::make_shared<const std::string>(std::move(text))};
}

std::vector<entry> make_range(log_index first, log_index last, term_t term) {
  std::vector<entry> out;
  for (log_index i = first; i <= last; ++i)
    out.push_back(make(i, term));
  return out;
}

std::size_t count(const log_window& log, log_index first, log_index last, std::size_t bytes) {
  return log.entries(first, last, bytes).size();
}

}  // namespace

TEST_CASE("log_window: an empty log ends at 0, in term 0") {
  memory_log store;
  log_window log(store);
  CHECK(log.first_index() == 1);
  CHECK(log.last_index() == 0);
  CHECK(log.last_term() == 0);
  CHECK(log.term_of(0) == 0);
  CHECK(log.term_of(1) == std::nullopt);
  CHECK(log.hand_out().empty());
}

TEST_CASE("log_window: the store is asked only for what was confirmed") {
  memory_log store;
  log_window log(store);
  log.append(make(1, 1));
  log.append(make(2, 1));
  CHECK(log.hand_out().size() == 2);
  CHECK_FALSE(log.has_unsubmitted());
  // The store has not been told yet: this would fail if it were asked.
  CHECK(count(log, 1, 2, 100) == 2);
  CHECK(log.persisted() == 0);
  store.append(make_range(1, 2, 1));
  log.confirm();
  CHECK(log.persisted() == 2);
  CHECK(count(log, 1, 2, 100) == 2);
  log.append(make(3, 1));
  CHECK(count(log, 1, 3, 100) == 3);
  CHECK(log.hand_out().front().index == 3);
}

TEST_CASE("log_window: entries stop at the bytes, but one is always given") {
  memory_log store;
  store.append({make(1, 1, "aaaa"), make(2, 1, "bbbb")});
  log_window log(store);
  log.append(make(3, 1, "cccc"));
  CHECK(count(log, 1, 3, 0) == 1);
  CHECK(count(log, 1, 3, 7) == 1);
  CHECK(count(log, 1, 3, 8) == 2);
  CHECK(count(log, 1, 3, 11) == 2);
  CHECK(count(log, 1, 3, 12) == 3);
  CHECK(count(log, 3, 3, 0) == 1);
}

TEST_CASE("log_window: what is replaced while it is being written is not taken as written") {
  memory_log store;
  store.append(make_range(1, 4, 1));
  log_window log(store);
  log.replace(make_range(5, 8, 2));
  store.append(log.hand_out());  // 5..8 of term 2 are under way
  log.replace(make_range(6, 7, 3));
  log.confirm();
  CHECK(log.persisted() == 5);  // what was not replaced
  CHECK(log.term_of(5) == 2);
  CHECK(log.term_of(6) == 3);
  CHECK(log.last_index() == 7);
  // The next write starts at the replacement.
  std::vector<entry> next = log.hand_out();
  CHECK(next.front().index == 6);
  CHECK(next.size() == 2);
  store.append(next);
  log.confirm();
  CHECK(log.persisted() == 7);
}

TEST_CASE("log_window: a suffix that is on disk is replaced, and its old end is not seen again") {
  memory_log store;
  store.append(make_range(1, 9, 1));
  log_window log(store);
  log.replace(make_range(4, 5, 2));
  CHECK(log.persisted() == 3);
  CHECK(log.last_index() == 5);
  CHECK(log.last_term() == 2);
  CHECK(log.term_of(6) == std::nullopt);
  store.append(log.hand_out());
  log.confirm();
  CHECK(log.persisted() == 5);
}

TEST_CASE(
    "log_window: entries that were appended while others are written wait for the next turn") {
  memory_log store;
  log_window log(store);
  log.append(make(1, 1));
  store.append(log.hand_out());
  log.append(make(2, 1));
  log.confirm();
  CHECK(log.persisted() == 1);
  CHECK(log.has_unsubmitted());
  CHECK(log.hand_out().front().index == 2);
}

TEST_CASE("log_window: a trimmed log still knows the term of its last trimmed entry") {
  memory_log store;
  store.append(make_range(1, 5, 3));
  store.trim_before(6);
  log_window log(store);
  CHECK(log.first_index() == 6);
  CHECK(log.last_index() == 5);
  CHECK(log.last_term() == 3);
  CHECK(log.term_of(4) == std::nullopt);
  log.append(make(6, 4));
  CHECK(log.term_of(6) == 4);
}

TEST_CASE("log_window: where two logs could agree") {
  memory_log store;
  store.append(make_range(1, 3, 1));
  store.append(make_range(4, 6, 4));
  log_window log(store);
  CHECK(log.could_agree_at(9, 4) == 6);
  CHECK(log.could_agree_at(5, 4) == 5);
  CHECK(log.could_agree_at(6, 3) == 3);
  CHECK(log.could_agree_at(6, 0) == 0);
  store.trim_before(3);
  CHECK(log.could_agree_at(6, 0) == 1);  // 2 is the last with a known term, 1 can't be asked
}

}  // namespace carillon::raft
