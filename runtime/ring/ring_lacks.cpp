#include "runtime/ring/ring_lacks.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "runtime/ring/moves.hpp"

namespace carillon {

std::string ring_lacks(const wire::ring_view& view, std::uint64_t host, const ring_sight& sight) {
  std::set<std::uint64_t> holders;
  for (const auto& place : view.slots())
    holders.insert(place.replicas().begin(), place.replicas().end());
  std::uint32_t able = 0;
  for (const auto& member : view.members()) {
    const std::uint64_t id = member.store_id();
    able += weight_of(view, member) > 0;
    if (id == host)
      continue;
    if (intent_of(view, id) == wire::HOST_RESTS)
      return fmt::format("{} rests already", member.name());
    if (holders.count(id) > 0 && !sight.is_present(id))
      return fmt::format("{} is silent", member.name());
  }
  if (view.moves_size() > 0)
    return fmt::format("{} replicas are to move", view.moves_size());
  const auto wanted = static_cast<int>(std::min(sight.replicas, able));
  for (int slot = 0; slot < view.slots_size(); ++slot) {
    const auto& replicas = view.slots(slot).replicas();
    if (replicas.size() < wanted)
      return fmt::format("slot {} has {} replicas of {}", slot, replicas.size(), wanted);
    if (std::count(replicas.begin(), replicas.end(), host) > 0 && 2 * (replicas.size() - 1) <= replicas.size())
      return fmt::format("slot {} has {} replicas, without it there is no majority", slot,
                         replicas.size());
    if (!sight.is_led(static_cast<slot_id>(slot)))
      return fmt::format("slot {} has no leader", slot);
  }
  return {};
}

}  // namespace carillon
