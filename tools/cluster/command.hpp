// Runs another program and waits for it: for `ip` and its like. The caller's thread waits.
#pragma once

#include <string>
#include <vector>

namespace carillon::cluster {

struct command_outcome {
  int exit_code = -1; // -1: could not be started, or ended by a signal
  std::string output; // of standard output and error together
};

// words[0] is looked up in PATH; no shell is involved.
command_outcome run_command(const std::vector<std::string>& words);

} // namespace carillon::cluster
