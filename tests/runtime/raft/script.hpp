// Plays a script of a small group and records what happened under each command. A script is a text
// file: `#` starts a comment, lines starting with "> " are the record, all others are commands:
//
//   nodes 3 [option value]...   members 1 to 3, up, with empty disks
//   campaign 1                  an election now          propose 1 a b    two proposals
//   tick 1 [times]              time passes for one      tick-until-candidate 1
//   persist 1                   the write under way is on disk; the next ready is taken
//   deliver [1->2]              what is in flight there now (nothing named: everywhere)
//   settle                      persist and deliver everything until all is quiet
//   cut 1->2, isolate 1, heal   what is sent there from now on is lost, until healed; * is anyone
//   lose / duplicate / reverse 1->2    what is in flight there
//   crash 1 [written], restart 1       the write under way is lost, or made it unnoticed
//   status, disk 1              what is so
//   quietly COMMAND             without a record
#pragma once

#include <string>

namespace carillon::raft {

// The same text with the record as it is now: equal to `script` if nothing changed.
std::string play_script(const std::string& script);

}  // namespace carillon::raft
