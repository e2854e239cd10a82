// Plays a script of a small group and records what happened under each command. A script is a text
// file: `#` starts a comment, lines starting with "> " are the record, all others are commands:
//
//   nodes 3 [learners N] [outside N] [option value]...   voters 1 to 3, then learners, then members
//       that know of no group; up, with empty disks. One ready at a time and beats of the group,
//       unless readies_in_flight or host_beats say otherwise.
//   campaign 1 [gently]         an election now; gently: as after a timeout, with a pre-vote
//   propose 1 a b               two proposals            read 1 7       a read with context 7
//   tick 1 [times]              time passes for one      tick-until-candidate 1
//   persist 1                   the oldest write under way is on disk; the next ready is taken
//   deliver [1->2]              what is in flight there now (nothing named: everywhere)
//   settle                      persist and deliver everything until all is quiet
//   add / promote / remove 1 4  asked of 1: a learner, a voter, out with 4
//   transfer 1 2, step-down 1, electable 1 yes|no
//   heard 1 2, lost 1 2, beat 1 2    1 is told: the host of 2 is alive, is lost, says that 2 leads
//   damaged 1                   its tables are           pull 1         what it was offered
//   trim 1 5                    entries below 5 are given up
//   cut 1->2, isolate 1, heal   what is sent there from now on is lost, until healed; * is anyone
//   lose / duplicate / reverse 1->2    what is in flight there
//   copy 1, put-back 1          its disk is copied; while it is down, put back as it was then
//   spoil 1 5                   entry 5 cannot be read any more
//   unchecked                   what follows breaks Raft's properties (a disk forgot its promises)
//   crash 1 [written]           the writes under way are lost, or made it unnoticed; restart 1
//   status [1], disk 1          what is so
//   quietly COMMAND             without a record
#pragma once

#include <string>

namespace carillon::raft {

// The same text with the record as it is now: equal to `script` if nothing changed.
std::string play_script(const std::string& script);

}  // namespace carillon::raft
