// Plays a script of a small group and records what happened under each command; see the commands
// in script.cpp. A script is a text file: `#` starts a comment, lines starting with "> " are the
// record, every other line is a command.
#pragma once

#include <string>

namespace carillon::raft {

// The same text with the record as it is now: equal to `script` if nothing changed.
std::string play_script(const std::string& script);

}  // namespace carillon::raft
