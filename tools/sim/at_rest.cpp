#include "tools/sim/at_rest.hpp"

#include <algorithm>

#include "runtime/ring/moves.hpp"

namespace carillon::sim {
namespace {

constexpr std::size_t replicas = 3;

std::string of_slot(std::uint32_t slot, const std::string& words) {
  std::string text = "slot ";
  return text.append(std::to_string(slot)).append(" ").append(words);
}

std::size_t able_hosts(const wire::ring_view& view) {
  return static_cast<std::size_t>(
      std::count_if(view.members().begin(), view.members().end(),
                    [&](const auto& member) { return weight_of(view, member) > 0; }));
}

std::string slot_lacks(const world& in, const wire::ring_view& view, std::uint32_t number) {
  const auto slot = static_cast<slot_id>(number);
  const wire::slot_place& place = view.slots(static_cast<int>(number));
  if (static_cast<std::size_t>(place.replicas_size()) != std::min(replicas, able_hosts(view)))
    return of_slot(number, "has " + std::to_string(place.replicas_size()) + " replicas in the view");
  const machine* leader = in.leader_of(slot);
  if (!leader)
    return of_slot(number, "has no leader");
  if (leader->store_id() != place.preferred_leader())
    return of_slot(number, "is not led as wished");
  const raft::raft& core = leader->process()->find_group(slot)->core();
  std::vector<raft::member_id> wanted(place.replicas().begin(), place.replicas().end());
  std::sort(wanted.begin(), wanted.end());
  if (core.is_changing() || core.members().voters != wanted || !core.members().learners.empty())
    return of_slot(number, "has another group than the view: " + core.describe());
  for (const auto& each : in.machines) {
    const bool holds = std::binary_search(wanted.begin(), wanted.end(), each->store_id());
    if (!each->process())
      continue;
    if (holds != (each->process()->find_group(slot) != nullptr))
      return of_slot(number, (holds ? "is not on " : "is still on ") + each->name());
    if (!holds && each->process()->has_rows_of(slot))
      return of_slot(number, "has left rows on " + each->name());
  }
  return {};
}

std::string meta_lacks(const world& in, const wire::ring_view& view, const machine& leader) {
  const auto& members = leader.process()->find_group(static_cast<slot_id>(view.slots_size()))->core().members();
  if (members.voters.size() != meta_voters_wanted(in, view))
    return "the meta group has " + std::to_string(members.voters.size()) + " voters";
  if (members.voters.size() + members.learners.size() !=
      static_cast<std::size_t>(view.members_size()))
    return "the meta group is not on all members";
  return {};
}

}  // namespace

std::size_t meta_voters_wanted(const world& in, const wire::ring_view& view) {
  const auto may_vote = std::count_if(
      view.members().begin(), view.members().end(), [&](const auto& member) {
        return intent_of(view, member.store_id()) != wire::HOST_LEAVES;
      });
  return std::min(in.meta_voters.size(), static_cast<std::size_t>(may_vote));
}

std::string what_the_ring_lacks(const world& in) {
  const machine* leader = in.leader_of(static_cast<slot_id>(in.config.cluster.slots));
  if (!leader)
    return "nobody leads the ring";
  const wire::ring_view& view = leader->process()->view();
  for (const auto& each : in.machines) {
    if (!each->process())
      continue;
    if (each->process()->view().generation() != view.generation())
      return each->name() + " has an older view";
    if (std::none_of(view.members().begin(), view.members().end(),
                     [&](const auto& member) { return member.store_id() == each->store_id(); }))
      return each->name() + " is no member";
  }
  if (!leader->process()->rests())
    return "the ring moves: " + std::to_string(view.moves_size()) + " moves" +
           (view.held() ? ", held" : "");
  for (std::uint32_t slot = 0; slot < in.config.cluster.slots; ++slot)
    if (std::string lacks = slot_lacks(in, view, slot); !lacks.empty())
      return lacks;
  return meta_lacks(in, view, *leader);
}

}  // namespace carillon::sim
