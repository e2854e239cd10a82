#include "runtime/ring/moves.hpp"

#include <algorithm>
#include <tuple>
#include <vector>

#include "runtime/base/ensure.hpp"
#include "runtime/base/hash.hpp"

namespace carillon {
namespace {

using hosts = std::set<std::uint64_t>;

hosts hosts_of(const wire::slot_place& place) {
  return {place.replicas().begin(), place.replicas().end()};
}

// Where the slot is when the move is done.
hosts after(hosts before, const wire::replica_move& move) {
  before.erase(move.from());
  if (move.to() != 0)
    before.insert(move.to());
  return before;
}

bool is_done(const wire::slot_place& place, const wire::replica_move& move,
             const group_fact& group) {
  return group.generation >= move.began() && group.learners.empty() &&
         group.voters == after(hosts_of(place), move);
}

// In the order of preference: who is to lead, then by score.
void set_place(wire::slot_place& place, std::uint32_t slot, const hosts& now, std::uint64_t leader) {
  std::vector<std::uint64_t> order(now.begin(), now.end());
  auto rank = [&](std::uint64_t host) {
    return std::tuple(host != leader, ~placement_score(static_cast<slot_id>(slot), host));
  };
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return rank(a) < rank(b); });
  place.mutable_replicas()->Assign(order.begin(), order.end());
  place.set_preferred_leader(order.front());
}

std::uint64_t first_not_in(const hosts& of, const hosts& other) {
  auto found = std::find_if(of.begin(), of.end(), [&](auto id) { return other.count(id) == 0; });
  return found == of.end() ? 0 : *found;
}

class step {
public:
  step(const wire::ring_view& view, const ring_needs& needs) : needs_(needs), next_(view) {
    able_ = able_hosts();
  }

  wire::ring_view plan() {
    finish();
    if (const std::uint64_t now = planned_for(); now != next_.planned_for()) {
      make_plan();
      next_.set_planned_for(now);
    }
    return next_;
  }

  wire::ring_view run() {
    plan();
    if (!next_.held())
      begin();
    let_go();
    return std::move(next_);
  }

private:
  wire::slot_place& place(std::uint32_t slot) { return *next_.mutable_slots(static_cast<int>(slot)); }

  // By host, who may hold slots with what weight.
  std::map<std::uint64_t, std::uint32_t> able_hosts() const {
    std::map<std::uint64_t, std::uint32_t> out, present;
    for (const auto& member : next_.members())
      if (const std::uint32_t weight = weight_of(next_, member); weight > 0) {
        out.emplace(member.store_id(), weight);
        if (needs_.given_up.count(member.store_id()) == 0)
          present.emplace(member.store_id(), weight);
      }
    // Nobody gains by groups that have fewer members instead of members that may come back.
    return present.size() >= needs_.rules.replicas ? present : out;
  }

  std::uint64_t planned_for() const {
    std::string text = std::to_string(needs_.rules.replicas);
    for (const auto& member : next_.members()) {
      auto able = able_.find(member.store_id());
      text.append(" ").append(std::to_string(member.store_id()));
      text.append(":").append(std::to_string(able == able_.end() ? 0 : able->second));
      text.append(":").append(member.zone());
      if (intent_of(next_, member.store_id()) == wire::HOST_RESTS)
        text.append(":rests");
    }
    for (const auto& pin : next_.pins())
      text.append(" ").append(std::to_string(pin.slot())).append("=").append(
          std::to_string(pin.leader()));
    return stable_hash(text) | 1;
  }

  // Of moves under way, those that are done.
  void finish() {
    auto& moves = *next_.mutable_moves();
    auto done = [&](const wire::replica_move& move) {
      auto group = needs_.groups.find(static_cast<slot_id>(move.slot()));
      wire::slot_place& here = place(move.slot());
      if (move.began() == 0 || group == needs_.groups.end() || !is_done(here, move, group->second))
        return false;
      const hosts now = after(hosts_of(here), move);
      set_place(here, move.slot(), now,
                now.count(move.leader()) > 0 ? move.leader() : here.preferred_leader());
      return true;
    };
    moves.erase(std::remove_if(moves.begin(), moves.end(), done), moves.end());
  }

  void make_plan() {
    auto& moves = *next_.mutable_moves();
    moves.erase(std::remove_if(moves.begin(), moves.end(),
                               [&](auto& move) { return move.began() == 0 || !may_go_on(move); }),
                moves.end());
    wire::ring_view base = next_;
    for (auto& member : *base.mutable_members()) {
      auto able = able_.find(member.store_id());
      member.set_weight(able == able_.end() ? 0 : able->second);
    }
    for (const auto& move : moves) {
      wire::slot_place& there = *base.mutable_slots(static_cast<int>(move.slot()));
      set_place(there, move.slot(), after(hosts_of(there), move), move.leader());
    }
    const wire::ring_view target = place_slots(base, needs_.rules);

    std::vector<planned> order;
    for (std::uint32_t slot = 0; slot < needs_.rules.slots; ++slot)
      plan_slot(slot, hosts_of(base.slots(static_cast<int>(slot))),
                target.slots(static_cast<int>(slot)), order);
    for (auto& move : moves)  // those under way end with the plan's leader
      move.set_leader(target.slots(static_cast<int>(move.slot())).preferred_leader());
    std::sort(order.begin(), order.end(), [](const planned& a, const planned& b) {
      return std::tuple(a.living, a.plain, a.round, a.move.slot()) <
             std::tuple(b.living, b.plain, b.round, b.move.slot());
    });
    for (planned& each : order)
      *moves.Add() = std::move(each.move);
  }

  // A move under way to a host that is to hold nothing is taken back, by one in which that host goes: nobody
  // knows how far the group has come, so it may vote by now, and stays until the group says that it does
  // not. Where those who were there before are not all alive, the group cannot go back to them: the move goes
  // on, and the next one takes the slot further. Only one to a host that is lost too is dropped.
  bool may_go_on(wire::replica_move& move) {
    const wire::slot_place& before = place(move.slot());
    const hosts there = hosts_of(before);
    const bool goes_back = move.to() == 0 && there.count(move.from()) == 0;
    if (!goes_back && (move.to() == 0 || able_.count(move.to()) > 0))
      return true;
    if (goes_back)
      return std::none_of(there.begin(), there.end(),
                          [&](std::uint64_t host) { return needs_.given_up.count(host) > 0; });
    if (!std::all_of(there.begin(), there.end(), needs_.is_alive))
      return needs_.is_alive(move.to());
    move.set_from(move.to());
    move.set_to(0);
    move.set_leader(before.preferred_leader());
    move.set_began(next_.generation() + 1);
    return true;
  }

  struct planned {
    wire::replica_move move;
    std::size_t living = 0;  // replicas of the slot now: the fewest go first
    bool plain = true;       // nobody has to go: it only evens counts out
    std::size_t round = 0;   // a slot's first move goes before its second
  };

  // Exchanges one host after the other. The dead go first: whoever is there still serves meanwhile.
  void plan_slot(std::uint32_t slot, hosts now, const wire::slot_place& target,
                 std::vector<planned>& out) {
    const hosts wants = hosts_of(target);
    const bool moves = now != wants;
    const auto living =
        static_cast<std::size_t>(std::count_if(now.begin(), now.end(), needs_.is_alive));
    const bool plain =
        std::all_of(now.begin(), now.end(), [&](auto host) { return able_.count(host) > 0; });
    for (std::size_t round = 0; now != wants; ++round) {
      planned next{.move = {}, .living = living, .plain = plain, .round = round};
      next.move.set_slot(slot);
      next.move.set_to(first_not_in(wants, now));
      for (std::uint64_t host : now)
        if (wants.count(host) == 0 && (next.move.from() == 0 || !needs_.is_alive(host)))
          next.move.set_from(host);
      next.move.set_leader(target.preferred_leader());
      now = after(now, next.move);
      out.push_back(std::move(next));
    }
    // Leadership goes to who has the slot already, at once.
    const hosts here = hosts_of(place(slot));
    if (!moves && here == wants)
      set_place(place(slot), slot, here, target.preferred_leader());
  }

  void begin() {
    std::map<std::uint64_t, std::uint32_t> coming;
    std::set<std::uint32_t> moving;
    for (const auto& move : next_.moves())
      if (move.began() != 0) {
        moving.insert(move.slot());
        ++coming[move.to()];
      }
    std::set<std::uint32_t> passed;  // a slot's moves stay in their order
    for (auto& move : *next_.mutable_moves()) {
      if (moving.size() >= needs_.limits.at_once)
        return;
      if (move.began() != 0 || moving.count(move.slot()) > 0 || !passed.insert(move.slot()).second)
        continue;
      if (move.to() != 0 &&
          (!needs_.is_alive(move.to()) || coming[move.to()] >= needs_.limits.per_host))
        continue;
      move.set_began(next_.generation() + 1);
      ++coming[move.to()];
      moving.insert(move.slot());
    }
  }

  // Their wishes stay: the same disk does not join again by itself.
  void let_go() {
    hosts held;
    for (const auto& slot : next_.slots())
      held.insert(slot.replicas().begin(), slot.replicas().end());
    for (const auto& move : next_.moves()) {
      held.insert(move.to());
      held.insert(move.from());
    }
    hosts leaving;
    for (const auto& member : next_.members())
      if (intent_of(next_, member.store_id()) == wire::HOST_LEAVES &&
          held.count(member.store_id()) == 0)
        leaving.insert(member.store_id());
    if (leaving.empty())
      return;
    auto& members = *next_.mutable_members();
    members.erase(std::remove_if(members.begin(), members.end(),
                                 [&](auto& each) { return leaving.count(each.store_id()) > 0; }),
                  members.end());
    auto& pins = *next_.mutable_pins();
    pins.erase(std::remove_if(pins.begin(), pins.end(),
                              [&](auto& each) { return leaving.count(each.leader()) > 0; }),
               pins.end());
  }

  const ring_needs& needs_;
  wire::ring_view next_;
  std::map<std::uint64_t, std::uint32_t> able_;
};

}  // namespace

wire::host_intent intent_of(const wire::ring_view& view, std::uint64_t host) {
  for (const auto& wish : view.wishes())
    if (wish.store_id() == host)
      return wish.intent();
  return wire::HOST_SERVES;
}

std::uint32_t weight_of(const wire::ring_view& view, const wire::ring_member& member) {
  for (const auto& wish : view.wishes())
    if (wish.store_id() == member.store_id()) {
      if (wish.intent() == wire::HOST_DRAINS || wish.intent() == wire::HOST_LEAVES)
        return 0;
      return wish.has_weight() ? wish.weight() : member.weight();
    }
  return member.weight();
}

std::optional<wire::ring_view> next_view(const wire::ring_view& view, const ring_needs& needs) {
  ENSURE(view.slots_size() == static_cast<int>(needs.rules.slots), "the view has its table");
  wire::ring_view next = step(view, needs).run();
  if (next.SerializeAsString() == view.SerializeAsString())
    return std::nullopt;
  next.set_generation(view.generation() + 1);
  return next;
}

wire::ring_view planned_view(const wire::ring_view& view, const ring_needs& needs) {
  ENSURE(view.slots_size() == static_cast<int>(needs.rules.slots), "the view has its table");
  return step(view, needs).plan();
}

}  // namespace carillon
