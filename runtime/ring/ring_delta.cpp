#include "runtime/ring/ring_delta.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "runtime/base/ensure.hpp"
#include "runtime/ring/slot_hash.hpp"

namespace carillon {
namespace {

template <class Message>
bool same(const Message& a, const Message& b) {
  return a.SerializeAsString() == b.SerializeAsString();
}

using moves = google::protobuf::RepeatedPtrField<wire::replica_move>;

void go_on(moves& of, const wire::ring_delta& delta) {
  const std::set<std::uint32_t> done(delta.moves_done().begin(), delta.moves_done().end());
  of.erase(std::remove_if(of.begin(), of.end(),
                          [&](const auto& move) {
                            return move.began() != 0 && done.count(move.slot()) > 0;
                          }),
           of.end());
  for (const auto& begun : delta.moves()) {
    auto planned = std::find_if(of.begin(), of.end(), [&](const auto& move) {
      return move.slot() == begun.slot() && move.to() == begun.to() && move.from() == begun.from();
    });
    if (planned != of.end())
      *planned = begun;
  }
}

void change_members(wire::ring_view& view, const wire::ring_delta& delta) {
  std::map<std::uint64_t, wire::ring_member> members;
  for (auto& member : *view.mutable_members())
    members.emplace(member.store_id(), std::move(member));
  for (const auto& member : delta.members())
    members[member.store_id()] = member;
  for (std::uint64_t gone : delta.members_gone())
    members.erase(gone);
  view.clear_members();
  for (auto& [id, member] : members)
    *view.add_members() = std::move(member);
}

}  // namespace

wire::ring_delta delta_of(const wire::ring_view& before, const wire::ring_view& after) {
  ENSURE(after.generation() == before.generation() + 1, "a delta leads from one view to the next");
  ENSURE(after.slots_size() >= before.slots_size(), "a table does not shrink");
  wire::ring_delta out;
  out.set_generation(after.generation());
  std::map<std::uint64_t, const wire::ring_member*> was;
  for (const auto& member : before.members())
    was.emplace(member.store_id(), &member);
  for (const auto& member : after.members()) {
    auto known = was.find(member.store_id());
    if (known == was.end() || !same(*known->second, member))
      *out.add_members() = member;
    if (known != was.end())
      was.erase(known);
  }
  for (const auto& [id, member] : was)
    out.add_members_gone(id);
  for (int slot = 0; slot < after.slots_size(); ++slot)
    if (slot >= before.slots_size() || !same(before.slots(slot), after.slots(slot))) {
      auto* changed = out.add_places();
      changed->set_slot(static_cast<std::uint32_t>(slot));
      *changed->mutable_place() = after.slots(slot);
    }
  *out.mutable_wishes() = after.wishes();
  *out.mutable_pins() = after.pins();
  out.set_held(after.held());
  out.set_planned_for(after.planned_for());
  out.set_schema_minor(after.schema_minor());
  if (after.planned_for() != before.planned_for()) {
    *out.mutable_moves() = after.moves();
    return out;
  }
  std::set<std::pair<std::uint32_t, std::uint64_t>> under_way;  // still
  for (const auto& move : after.moves())
    under_way.emplace(move.slot(), move.began());
  for (const auto& move : after.moves())
    if (move.began() == after.generation())
      *out.add_moves() = move;
  for (const auto& move : before.moves())
    if (move.began() != 0 && under_way.count({move.slot(), move.began()}) == 0)
      out.add_moves_done(move.slot());
  return out;
}

bool apply_delta(wire::ring_view& view, const wire::ring_delta& delta) {
  if (delta.generation() != view.generation() + 1)
    return false;
  for (const auto& changed : delta.places())
    if (changed.slot() >= slots_max)
      return false;
  if (delta.members_size() + delta.members_gone_size() > 0)
    change_members(view, delta);
  for (const auto& changed : delta.places()) {
    while (view.slots_size() <= static_cast<int>(changed.slot()))
      view.add_slots();
    *view.mutable_slots(static_cast<int>(changed.slot())) = changed.place();
  }
  *view.mutable_wishes() = delta.wishes();
  *view.mutable_pins() = delta.pins();
  view.set_held(delta.held());
  view.set_schema_minor(delta.schema_minor());
  if (delta.planned_for() != view.planned_for())
    *view.mutable_moves() = delta.moves();
  else
    go_on(*view.mutable_moves(), delta);
  view.set_planned_for(delta.planned_for());
  view.set_generation(delta.generation());
  return true;
}

}  // namespace carillon
