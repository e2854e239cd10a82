// Which slots a host has a replica of: as the ring view says. Pure; actors/slot_keeper and the simulator
// carry it out.
#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "runtime/ring/slot_hash.hpp"
#include "runtime/wire/event.pb.h"
#include "runtime/wire/peer.pb.h"
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
  std::vector<slot_id> go;    // to ask their groups whether they may (has_let_go)
};
// `is_here`: a replica is open, and is not asking yet; one that asks or still erases itself
// (`is_leaving`) does not come before it ended.
slot_changes slot_changes_for(const wire::ring_view& view, std::uint64_t host, std::uint32_t slots,
                              const std::function<bool(slot_id)>& is_here,
                              const std::function<bool(slot_id)>& is_leaving);

// Whether a replica may erase itself: its group goes on without it, says a leader that was asked and
// made sure that it leads. The view alone does not say that. A host may be behind on views, and a
// slot that has gone comes again: the group has taken its replica in once more, and counts with what
// it acknowledges.
//
// From before the question leaves until the answer is there the replica must not hear its group
// (hear_group): so nothing that it acknowledged is younger than the answer. Whatever it did
// acknowledge lies before the entry that let it go, and that is committed without it; should it be
// taken in again meanwhile, it stays unheard as a learner until it has answered with what is on its
// disk then. (CockroachDB's replica GC queue asks for the range's descriptor likewise; dissertation,
// sections 4.1 and 4.2.)
bool has_let_go(const wire::slot_members& said, std::uint64_t host);
// A leader that does not answer: asked again after so long. Meanwhile the replica hears its group.
inline constexpr std::chrono::milliseconds leaving_patience{1'000};
inline constexpr std::chrono::milliseconds leaving_retry{1'000};

// What a replica that has gone to others writes at last: nothing is left of its tables and its log, and if
// it comes again it begins as one that has to pull everything and knows of no entry. What it promised (its
// term and vote) stays, and so does how far its log reached: who was cut off since before it was let go may
// ask for its vote, and without the entries that it helped to commit it must not give one.
storage::journal_write erasure_of(slot_id slot, raft::log_index vouched);
// Of a write, that it is one.
bool is_erasure(const storage::journal_write& write);

}  // namespace carillon
