#include "actors/group_steps.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

#include "runtime/ring/moves.hpp"
#include "runtime/ring/placement.hpp"

namespace carillon {
namespace {

using kind = group_step::kind;

class chooser {
public:
  chooser(const group_now& now, const group_wish& wish) : now_(now), wish_(wish) {}

  group_step choose() const {
    const auto& voters = now_.members.voters;
    const auto& learners = now_.members.learners;
    for (raft::member_id id : wish_.members)
      if (!has(voters, id) && !has(learners, id) && now_.is_alive(id))
        return {kind::add_learner, id};
    for (raft::member_id id : learners)
      if (!is_wanted(id) && wish_.learners.count(id) == 0)
        return {kind::remove, id};
    for (raft::member_id id : wish_.learners)
      if (!has(voters, id) && !has(learners, id) && now_.is_alive(id))
        return {kind::add_learner, id};
    for (raft::member_id id : learners)
      if (is_wanted(id) && now_.is_alive(id) && now_.caught_up(id)) {
        if (const raft::member_id lost = lost_voter(); lost != 0)
          return {kind::remove, lost};
        return {kind::promote, id};
      }
    const bool all_vote = std::all_of(wish_.members.begin(), wish_.members.end(),
                                      [&](raft::member_id id) { return has(voters, id); });
    if (!all_vote)
      return {};
    if (const raft::member_id lost = lost_voter(); lost != 0)
      return {kind::remove, lost};
    for (raft::member_id id : voters)
      if (!is_wanted(id) && id != now_.self && may_go(id))
        return {kind::remove, id};
    if (!is_wanted(now_.self))
      if (const raft::member_id next = successor(); next != 0)
        return {kind::transfer, next};
    return {};
  }

private:
  static bool has(const std::vector<raft::member_id>& list, raft::member_id id) {
    return std::find(list.begin(), list.end(), id) != list.end();
  }
  bool is_wanted(raft::member_id id) const { return wish_.members.count(id) > 0; }

  bool may_go(raft::member_id leaving) const {
    std::size_t stay = 0, alive = 0;
    for (raft::member_id id : now_.members.voters)
      if (id != leaving) {
        ++stay;
        alive += id == now_.self || now_.is_alive(id);
      }
    return stay > 0 && alive * 2 > stay;
  }

  raft::member_id lost_voter() const {
    for (raft::member_id id : now_.members.voters)
      if (!is_wanted(id) && id != now_.self && !now_.is_alive(id) && may_go(id))
        return id;
    return 0;
  }

  raft::member_id successor() const {
    auto fit = [&](raft::member_id id) {
      return is_wanted(id) && now_.is_alive(id) && now_.caught_up(id) && now_.may_lead(id);
    };
    if (fit(wish_.leader) && has(now_.members.voters, wish_.leader))
      return wish_.leader;
    for (raft::member_id id : now_.members.voters)
      if (fit(id))
        return id;
    return 0;
  }

  const group_now& now_;
  const group_wish& wish_;
};

}  // namespace

group_wish wish_of(const wire::ring_view& view, std::uint32_t slot) {
  group_wish out;
  if (slot >= static_cast<std::uint32_t>(view.slots_size()))
    return out;
  const wire::slot_place& place = view.slots(static_cast<int>(slot));
  out.members.insert(place.replicas().begin(), place.replicas().end());
  out.leader = place.preferred_leader();
  for (const auto& move : view.moves()) {
    if (move.slot() != slot || move.began() == 0)
      continue;
    out.members.erase(move.from());
    if (move.to() != 0)
      out.members.insert(move.to());
    out.leader = move.leader();
  }
  return out;
}

group_wish meta_wish(const wire::ring_view& view, const raft::configuration& now, std::size_t voters,
                     const std::set<raft::member_id>& given_up,
                     const std::function<bool(raft::member_id)>& is_alive) {
  group_wish out;
  std::map<raft::member_id, const wire::ring_member*> members;
  for (const auto& member : view.members())
    members.emplace(member.store_id(), &member);
  auto may_vote = [&](raft::member_id id) {
    return members.count(id) > 0 && given_up.count(id) == 0 &&
           intent_of(view, id) != wire::HOST_LEAVES;
  };
  std::map<std::string, int> zones;
  for (raft::member_id id : now.voters)
    if (may_vote(id)) {
      out.members.insert(id);
      ++zones[members[id]->zone()];
    }
  const auto meta_slot = static_cast<slot_id>(view.slots_size());
  auto rank = [&](raft::member_id id) {
    return std::tuple(zones[members[id]->zone()], intent_of(view, id) != wire::HOST_SERVES,
                      ~placement_score(meta_slot, id));
  };
  // Who was given up is back, and its successor votes already.
  while (out.members.size() > voters) {
    const raft::member_id worst = *std::max_element(
        out.members.begin(), out.members.end(), [&](raft::member_id a, raft::member_id b) {
          return std::tuple(!is_alive(a), rank(a)) < std::tuple(!is_alive(b), rank(b));
        });
    out.members.erase(worst);
    --zones[members[worst]->zone()];
  }
  while (out.members.size() < voters) {
    raft::member_id best = 0;
    for (const auto& [id, member] : members)
      if (out.members.count(id) == 0 && may_vote(id) && is_alive(id) &&
          (best == 0 || rank(id) < rank(best)))
        best = id;
    if (best == 0)
      break;
    out.members.insert(best);
    ++zones[members[best]->zone()];
  }
  // With nobody to take its place, who is lost may come back.
  for (raft::member_id id : now.voters)
    if (out.members.size() < voters && given_up.count(id) > 0 && members.count(id) > 0)
      out.members.insert(id);
  if (!out.members.empty())
    out.leader = *out.members.begin();
  for (const auto& [id, member] : members)
    if (out.members.count(id) == 0)
      out.learners.insert(id);
  return out;
}

group_step next_step(const group_now& now, const group_wish& wish) {
  return now.changing || wish.members.empty() ? group_step{} : chooser(now, wish).choose();
}

bool is_as_wished(const group_now& now, const group_wish& wish) {
  auto same = [](const std::vector<raft::member_id>& list, const std::set<raft::member_id>& set) {
    return list == std::vector<raft::member_id>(set.begin(), set.end());
  };
  return !now.changing && same(now.members.learners, wish.learners) &&
         same(now.members.voters, wish.members);
}

}  // namespace carillon
