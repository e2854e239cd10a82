#include "actors/held_slots.hpp"

#include <algorithm>

#include "storage/slot_range.hpp"

namespace carillon {
namespace {

bool is_nobody(const raft::configuration& members) {
  return members.voters.empty() && members.learners.empty();
}

bool is_replica(const wire::slot_place& place, std::uint64_t host) {
  return std::find(place.replicas().begin(), place.replicas().end(), host) != place.replicas().end();
}

bool comes_or_goes(const wire::replica_move& move, std::uint64_t host) {
  return move.began() != 0 && (move.to() == host || move.from() == host);
}

// By slot, what is_held_by() says, for all at once: a plan may be as long as the table.
std::vector<bool> held_by(const wire::ring_view& view, std::uint64_t host) {
  std::vector<bool> out(static_cast<std::size_t>(view.slots_size()));
  std::transform(view.slots().begin(), view.slots().end(), out.begin(),
                 [&](const auto& place) { return is_replica(place, host); });
  for (const auto& move : view.moves())
    if (comes_or_goes(move, host) && move.slot() < out.size())
      out[move.slot()] = true;
  return out;
}

}  // namespace

bool is_held_by(const wire::ring_view& view, std::uint32_t slot, std::uint64_t host) {
  if (slot >= static_cast<std::uint32_t>(view.slots_size()))
    return false;
  return is_replica(view.slots(static_cast<int>(slot)), host) ||
         std::any_of(view.moves().begin(), view.moves().end(), [&](const auto& move) {
           return move.slot() == slot && comes_or_goes(move, host);
         });
}

bool was_held(const storage::slot_start& found, raft::log_index last_index) {
  const bool has_left = found.has_config && is_nobody(found.config);
  return !has_left && (found.has_config || last_index > 0);
}

slot_changes slot_changes_for(const wire::ring_view& view, std::uint64_t host, std::uint32_t slots,
                              const std::function<bool(slot_id)>& is_here,
                              const std::function<bool(slot_id)>& is_leaving) {
  slot_changes out;
  const std::uint32_t known = std::min(slots, static_cast<std::uint32_t>(view.slots_size()));
  const std::vector<bool> held = held_by(view, host);
  for (std::uint32_t i = 0; i < known; ++i) {
    const auto slot = static_cast<slot_id>(i);
    const bool wanted = held[i];
    if (wanted && !is_here(slot) && !is_leaving(slot))
      out.come.push_back(slot);
    else if (!wanted && is_here(slot))
      out.go.push_back(slot);
  }
  return out;
}

bool has_let_go(const wire::slot_members& said, std::uint64_t host) {
  const auto& who = said.members();
  auto has = [host](const auto& list) {
    return std::find(list.begin(), list.end(), host) != list.end();
  };
  return !has(who.voters()) && !has(who.learners());
}

storage::journal_write erasure_of(slot_id slot, raft::log_index vouched) {
  storage::journal_write write;
  write.slot = slot;
  write.mixed = true;
  // Behind the last entry, the log would claim to know that one's term.
  write.restart = storage::log_restart{0, 0};
  write.config = raft::configuration{};
  if (vouched > 0)
    write.log_damage = vouched;
  for (storage::family where : storage::pulled_families) {
    wire::chunk nothing;
    nothing.set_last(true);
    write.chunks.push_back({where, {}, std::move(nothing)});
  }
  return write;
}

bool is_erasure(const storage::journal_write& write) {
  return write.restart && write.config && is_nobody(*write.config);
}

}  // namespace carillon
