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

bool safety::is_durable(const configuration& group, const entry& e) const {
  std::size_t copies = 0;
  for (member_id id : group.voters) {
    const member::disk_state& disk = members_[id - 1]->disk();
    // What its log gave up, its tables hold.
    if (e.index < disk.log.first_index() || disk.log.term_of(e.index) == e.term)
      ++copies;
  }
  return copies > group.voters.size() / 2;
}

void safety::sees_applied(member_id id, const entry& e) {
  auto [at, first] = applied_.try_emplace(e.index, e.term, describe(e));
  INFO("state machine safety at ", describe(e), " on ", id);
  REQUIRE(at->second.second == describe(e));
  if (!first)
    return;
  // The group that committed it is the one its leader had then: the newest one in the leader's log,
  // or, if that was begun since, the one before. The first to apply it may be another member, one
  // that does not know the group yet.
  bool durable = known_to(*members_[id - 1], e);
  for (const auto& m : members_)
    durable = durable || (m->is_up() && known_to(*m, e));
  INFO("durability of ", describe(e));
  REQUIRE(durable);
}

// Whether a majority of the newest group in the member's log has the entry on disk, or of the group
// before it.
bool safety::known_to(const member& where, const entry& e) const {
  std::vector<configuration> groups{where.disk().members};
  for (log_index i = where.disk().applied + 1; i <= where.told().last_index(); ++i) {
    entry held = where.told().entries(i, i, 0).front();
    if (held.kind == entry_kind::config)
      groups.push_back(*decode_configuration(*held.payload));
  }
  return is_durable(groups.back(), e) ||
         (groups.size() > 1 && is_durable(groups[groups.size() - 2], e));
}

void safety::sees_read_asked(std::uint64_t context) {
  log_index committed = 0;
  for (const auto& m : members_)
    if (m->is_up())
      committed = std::max(committed, m->core().commit_index());
  if (!applied_.empty())
    committed = std::max(committed, applied_.rbegin()->first);
  reads_[context] = committed;
}

void safety::sees_read(const read_state& read) {
  INFO("read ", read.context, " at ", read.index);
  REQUIRE(reads_.contains(read.context));
  if (read.index != 0)
    REQUIRE(read.index >= reads_[read.context]);
  reads_.erase(read.context);  // and is answered once
}

void safety::sees_leader(member_id id, term_t term) {
  auto [at, first] = leaders_.try_emplace(term, id);
  INFO("election safety in term ", term, " on ", id);
  REQUIRE(at->second == id);
  REQUIRE((members_[id - 1]->core().is_voter() || members_[id - 1]->core().is_changing()));
  const memory_log& log = members_[id - 1]->told();
  for (const auto& [index, what] : applied_) {
    if (index < log.first_index())
      continue;  // trimmed: it had been applied here
    INFO("leader completeness: ", what.second, " on ", id, " in term ", term);
    REQUIRE(log.term_of(index) == what.first);
  }
}

}  // namespace carillon::raft
