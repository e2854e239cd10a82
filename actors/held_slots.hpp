// Which slots a host has a replica of: as the ring view says. Pure; actors/slot_keeper and the simulator
// carry it out.
#pragma once

#include <functional>
#include <vector>

#include "runtime/ring/slot_hash.hpp"
#include "runtime/wire/event.pb.h"
#include "storage/journal_write.hpp"
#include "storage/slot_start.hpp"

namespace carillon {

// Whether the view wants a replica of the slot on the host, one that is to come or to go among them: who
// goes may vote until the move is done.
bool is_held_by(const wire::ring_view& view, std::uint32_t slot, std::uint64_t host);

// Whether a replica of the slot was on this disk when the host stopped, and had not left. It opens, also
// where the view does not want it: the slot has gone to others while this host was away, or the view is
// old; the next one says, and then it goes.
bool was_held(const storage::slot_start& found, raft::log_index last_index);

struct slot_changes {
  std::vector<slot_id> come;  // to be opened from what is on the disk
  std::vector<slot_id> go;    // to erase themselves
};
// `is_here`: a replica is open; one that still erases itself is not, and does not come before it ended
// (`is_leaving`).
slot_changes slot_changes_for(const wire::ring_view& view, std::uint64_t host, std::uint32_t slots,
                              const std::function<bool(slot_id)>& is_here,
                              const std::function<bool(slot_id)>& is_leaving);

// What a replica that has gone to others writes at last: nothing is left of its tables and its log, and if
// it comes again it begins as one that has to pull everything and knows of no entry. What it promised (its
// term and vote) stays.
storage::journal_write erasure_of(slot_id slot);
// Of a write, that it is one.
bool is_erasure(const storage::journal_write& write);

}  // namespace carillon
