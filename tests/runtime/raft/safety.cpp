#include "tests/runtime/raft/safety.hpp"

#include <doctest/doctest.h>

#include "runtime/raft/describe.hpp"

namespace carillon::raft {

void safety::sees_written(member_id id, const ready& r) {
  for (const entry& e : r.entries) {
    known now{describe(e), *members_[id - 1]->told().term_of(e.index - 1)};
    auto [at, fresh] = entries_.try_emplace({e.index, e.term}, now);
    if (fresh)
      continue;
    INFO("log matching at ", at->second.text, " on ", id);
    REQUIRE(at->second.text == now.text);
    REQUIRE(at->second.term_before == now.term_before);
  }
}

void safety::sees_applied(member_id id, const entry& e) {
  auto [at, first] = applied_.try_emplace(e.index, e.term, describe(e));
  INFO("state machine safety at ", describe(e), " on ", id);
  REQUIRE(at->second.second == describe(e));
  if (!first)
    return;
  std::size_t copies = 0;
  for (const auto& m : members_)
    if (m->disk().term_of(e.index) == e.term)
      ++copies;
  INFO("durability of ", describe(e), ": copies on disk ", copies);
  REQUIRE(copies > members_.size() / 2);
}

void safety::sees_leader(member_id id, term_t term) {
  auto [at, first] = leaders_.try_emplace(term, id);
  INFO("election safety in term ", term, " on ", id);
  REQUIRE(at->second == id);
  const memory_log& log = members_[id - 1]->told();
  for (const auto& [index, what] : applied_) {
    if (index < log.first_index())
      continue;  // trimmed: it had been applied here
    INFO("leader completeness: ", what.second, " on ", id, " in term ", term);
    REQUIRE(log.term_of(index) == what.first);
  }
}

}  // namespace carillon::raft
