// Who leads which slot, as far as this host knows: written by the replicas that live here, by hints
// in refusals and by the ring view; read by everyone who asks an entity. A wrong answer costs a
// refusal (not_owner) and a retry, never more: who may serve is decided by the slot's own group.
//
// Knowledge is ordered by the term of the group, so a late hint cannot undo a newer one. Thread-safe
// without locks: one 64-bit word per slot. The last entry is the meta group's.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "runtime/raft/types.hpp"
#include "runtime/ring/slot_hash.hpp"

namespace carillon {

class locator {
public:
  // `self`: this host's store id. `slots`: without the meta group, which is slot number `slots`.
  locator(raft::member_id self, std::uint32_t slots);

  struct place {
    raft::member_id leader = 0;  // 0: not known
    raft::term_t term = 0;
  };
  place of(slot_id slot) const;
  bool is_here(slot_id slot) const { return of(slot).leader == self_; }

  // `leader` leads `slot` in `term`. Older terms change nothing; so does 0 (nobody) for an older
  // term. True: this was news.
  bool led_by(slot_id slot, raft::member_id leader, raft::term_t term);
  // `refused_by` does not lead `slot` and names who may (0: it does not know). Hints have no term, so
  // one changes nothing unless it comes from whom we took for the leader, or we knew of nobody.
  void try_next(slot_id slot, raft::member_id hinted, raft::member_id refused_by);
  // The host is gone: whatever it led is led by nobody, until somebody says so.
  void lost(raft::member_id host);

  raft::member_id self() const { return self_; }
  slot_id meta_slot() const { return static_cast<slot_id>(slots_); }
  std::uint32_t slots() const { return slots_; }

private:
  // Members are kept by a small number in a table that only grows, so that place and term fit into
  // one word: member number in the upper 16 bits, term in the lower 48.
  std::uint16_t number_of(raft::member_id member);

  const raft::member_id self_;
  const std::uint32_t slots_;
  std::vector<std::atomic<std::uint64_t>> words_;
  mutable std::mutex members_mutex_;           // for growing
  std::array<std::atomic<raft::member_id>, 4096> members_{};
  std::atomic<std::uint16_t> member_count_{1};  // 0 is nobody
};

}  // namespace carillon
