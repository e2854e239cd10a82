#include "actors/held_slots.hpp"

#include <algorithm>

#include "storage/slot_range.hpp"

namespace carillon {
namespace {

bool is_nobody(const raft::configuration& members) {
  return members.voters.empty() && members.learners.empty();
}

}  // namespace

bool is_held_by(const wire::ring_view& view, std::uint32_t slot, std::uint64_t host) {
  if (slot >= static_cast<std::uint32_t>(view.slots_size()))
    return false;
  const auto& replicas = view.slots(static_cast<int>(slot)).replicas();
  if (std::find(replicas.begin(), replicas.end(), host) != replicas.end())
    return true;
  return std::any_of(view.moves().begin(), view.moves().end(), [&](const auto& move) {
    return move.slot() == slot && move.began() != 0 && (move.to() == host || move.from() == host);
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
  for (std::uint32_t i = 0; i < known; ++i) {
    const auto slot = static_cast<slot_id>(i);
    const bool wanted = is_held_by(view, slot, host);
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
