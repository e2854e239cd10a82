// A disk that hangs: it neither fails nor answers, so only the ticks say so (replica.hpp).
#include <utility>

#include "actors/replica.hpp"

namespace carillon {

void replica::watch_disk(std::uint64_t writing) {
  if (std::exchange(writing_, writing) != writing || writing == 0)
    writing_ticks_ = 0;
  else
    ++writing_ticks_;
  // With nobody to take over, what is on its way to the disk is waited for.
  disk_hangs_ = writing_ticks_ >= how_.disk_patience_ticks && !alone();
  // Hosts may share what stands still, and then a new leader is of no use: who leads stays, until
  // another's disk has something that this one does not get to.
  const raft::member_id better = disk_hangs_ && leads() ? voter_ahead_of_disk() : 0;
  const bool gives_way = disk_hangs_ && (!leads() || better != 0);
  if (std::exchange(gives_way_, gives_way) == gives_way)
    return;
  may_be_elected();
  if (better != 0 && !failed_)
    hand_over_at_once(better);
}

// Of the voters whose disks hold more than this one, who has most; 0: there is none.
raft::member_id replica::voter_ahead_of_disk() const {
  raft::member_id best = 0;
  raft::log_index most = core_.persisted_index();
  for (raft::member_id voter : core_.members().voters)
    if (voter != how_.raft.self && core_.match_of(voter) > most) {
      best = voter;
      most = core_.match_of(voter);
    }
  return best;
}

// An orderly transfer waits until the target has the whole log, and entries that did not leave before
// the disk's turn never will. So whoever has most of it is told at once; what it lacks was promised to
// nobody, and Raft decides as ever (section 3.10). Should it not come to that, the core ends the
// leadership by itself.
void replica::hand_over_at_once(raft::member_id best) {
  out_.send.push_back({.kind = raft::message_kind::timeout_now,
                       .from = how_.raft.self,
                       .to = best,
                       .term = core_.term()});
  step_down();
}

}  // namespace carillon
