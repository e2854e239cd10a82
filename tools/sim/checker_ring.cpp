// The part of the checker that watches a ring in motion: who holds what is committed while members
// change, that a generation is one view everywhere, and what becomes of each move.
#include <algorithm>

#include "runtime/base/hash.hpp"
#include "runtime/ring/ring_command.hpp"
#include "tools/sim/checker.hpp"

namespace carillon::sim {
namespace {

// So far behind the end a learner may be made a voter: the longest append of a run.
constexpr raft::log_index near_enough = 4;
constexpr std::size_t members_kept = 3;

std::string words(slot_id slot, raft::member_id who, std::string_view what) {
  std::string text = "slot ";
  text.append(std::to_string(slot)).append(": host ").append(std::to_string(who)).append(" ");
  return text.append(what);
}

bool is_under_way(const wire::ring_view& view, const wire::replica_move& move) {
  return std::any_of(view.moves().begin(), view.moves().end(), [&](const auto& each) {
    return each.slot() == move.slot() && each.began() == move.began();
  });
}

}  // namespace

std::size_t checker::holders(slot_id slot, raft::log_index index, raft::term_t term,
                             const std::vector<raft::member_id>& voters) const {
  std::size_t out = 0;
  for (raft::member_id voter : voters) {
    const auto log = disks_.find({voter, slot});
    if (log == disks_.end())
      continue;
    const auto& terms = log->second.terms;
    out += index <= log->second.restored || (index <= terms.size() && terms[index - 1] == term);
  }
  return out;
}

// A leader counts by the newest configuration of its log, committed or not (section 4.1); whoever tells
// of a commit may know an older or a newer one.
bool checker::is_safe(slot_id slot, raft::log_index index, raft::term_t term,
                      const std::vector<raft::member_id>& voters) const {
  auto by = [&](const std::vector<raft::member_id>& who) {
    return !who.empty() && holders(slot, index, term, who) * 2 > who.size();
  };
  const group& of = groups_[slot];
  return by(voters) ||
         std::any_of(of.members.begin(), of.members.end(),
                     [&](const auto& each) { return by(each.second.voters); }) ||
         std::any_of(of.members_to_be.begin(), of.members_to_be.end(),
                     [&](const auto& each) { return by(each.second.voters); });
}

void checker::members_are(slot_id slot, raft::log_index index, const raft::configuration& members) {
  group& of = groups_[slot];
  if (!of.members.empty() && (index <= of.members.back().first || members == of.members.back().second))
    return;
  of.members.emplace_back(index, members);
  if (of.members.size() > members_kept)
    of.members.erase(of.members.begin());
  of.members_to_be.erase(of.members_to_be.begin(), of.members_to_be.upper_bound(index));
  look_at(slot);
}

// The newest that is committed is where a majority of those who decide now, or next, has it.
void checker::look_at(slot_id slot) {
  const group& of = groups_[slot];
  if (of.members.empty() || of.log.empty() || of.log.back().term == 0)
    return;
  if (!is_safe(slot, of.log.size(), of.log.back().term, of.members.back().second.voters))
    fail(invariant::durability, "slot " + std::to_string(slot) + " index " +
                                    std::to_string(of.log.size()) +
                                    " is committed, and no majority of its group holds it any more");
}

void checker::erased(raft::member_id host, slot_id slot) {
  if (disks_.erase({host, slot}) == 0)
    return;
  const group& of = groups_[slot];
  if (of.members.empty())
    return;
  const auto& voters = of.members.back().second.voters;
  if (std::find(voters.begin(), voters.end(), host) != voters.end())
    return fail(invariant::durability, words(slot, host, "erased what it votes with"));
  look_at(slot);
}

raft::log_index checker::log_end(slot_id slot, raft::member_id who) const {
  const auto log = disks_.find({who, slot});
  if (log == disks_.end())
    return 0;
  return std::max<raft::log_index>(log->second.terms.size(), log->second.restored);
}

// One that was deposed, and does not know it, decides nothing any more.
bool checker::is_newest(slot_id slot, raft::term_t term) const {
  const auto& leaders = groups_[slot].leaders;
  return !leaders.empty() && leaders.rbegin()->first == term;
}

void checker::promoted(slot_id slot, raft::term_t term, raft::member_id who, raft::log_index last) {
  const raft::log_index has = log_end(slot, who);
  if (is_newest(slot, term) && has + near_enough < last)
    fail(invariant::ready_voters, words(slot, who, "is made a voter with a log up to ") +
                                      std::to_string(has) + " of " + std::to_string(last));
}

// What a member acknowledged stays on its disk as long as it is one.
void checker::counts_on(slot_id slot, raft::term_t term, raft::member_id who,
                        raft::log_index match) {
  if (const raft::log_index has = log_end(slot, who); is_newest(slot, term) && has < match)
    fail(invariant::counted_logs, words(slot, who, "is counted with a log up to ") +
                                      std::to_string(match) + ", and has it up to " +
                                      std::to_string(has));
}

void checker::let_go(slot_id slot, raft::member_id who, std::size_t left, std::size_t wanted,
                     bool well) {
  if (well && left < wanted)
    fail(invariant::whole_groups, words(slot, who, "is let go, it is well, and ") +
                                      std::to_string(left) + " voters are left of " +
                                      std::to_string(wanted));
}

void checker::view_is(raft::member_id host, std::uint64_t life, const wire::ring_view& view) {
  auto& [last_life, last] = generations_[host];
  if (last_life == life && view.generation() <= last)
    return fail(invariant::one_plan, "host " + std::to_string(host) + " goes back from view " +
                                         std::to_string(last) + " to " +
                                         std::to_string(view.generation()));
  last_life = life;
  last = view.generation();
  const auto [known, is_new] =
      views_.emplace(view.generation(), stable_hash(view.SerializeAsString()));
  if (!is_new && known->second != stable_hash(view.SerializeAsString()))
    return fail(invariant::one_plan, "two views have the generation " +
                                         std::to_string(view.generation()));
  if (is_new)
    follow(view);
}

void checker::follow(const wire::ring_view& view) {
  std::set<std::uint32_t> moving;
  for (const auto& move : view.moves()) {
    if (move.began() != 0 && !moving.insert(move.slot()).second)
      return fail(invariant::one_plan, "slot " + std::to_string(move.slot()) +
                                           " has two moves at once in view " +
                                           std::to_string(view.generation()));
    moves_.begun += move.began() == view.generation();
  }
  for (const auto& place : view.slots())
    if (std::set<std::uint64_t>(place.replicas().begin(), place.replicas().end()).size() !=
            static_cast<std::size_t>(place.replicas_size()) ||
        place.replicas().empty())
      return fail(invariant::one_plan, "view " + std::to_string(view.generation()) +
                                           " has a slot on one host twice, or on nobody");
  moves_.views += 1;
  if (view.generation() == newest_.generation() + 1)
    for (const auto& move : newest_.moves()) {
      if (move.began() == 0 || is_under_way(view, move))
        continue;
      const auto& now = view.slots(static_cast<int>(move.slot())).replicas();
      const bool came = move.to() == 0 || std::count(now.begin(), now.end(), move.to()) > 0;
      const bool went = std::count(now.begin(), now.end(), move.from()) == 0;
      ++(came && went ? moves_.done : moves_.given_up);
    }
  for (const auto& member : newest_.members())
    moves_.left += view.generation() > newest_.generation() &&
                   std::none_of(view.members().begin(), view.members().end(), [&](const auto& each) {
                     return each.store_id() == member.store_id();
                   });
  if (view.generation() > newest_.generation())
    newest_ = view;
}

// The same word twice changes nothing the second time, so it is in what the operator was shown.
void checker::obeyed(const wire::ring_command& command, const wire::ring_view& told) {
  auto again = with_command(told, command);
  if (!again || again->SerializeAsString() != told.SerializeAsString())
    fail(invariant::obedience, "an operator was told that this is so, and it is not: " +
                                   command.ShortDebugString());
}

}  // namespace carillon::sim
