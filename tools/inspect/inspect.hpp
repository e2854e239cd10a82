// `carillon inspect`: what runs where, how it is, and where a message's time went; of a running
// cluster through any of its hosts, or of a data folder that no host runs on.
#pragma once

#include "tools/cli/program.hpp"

namespace carillon::inspect {

// Beside cli::exit_done, exit_failed, exit_usage: the folder was read, and something in it is damaged.
inline constexpr int exit_damaged = 3;

void add_inspect_command(CLI::App& program, cli::invocation& now);

}  // namespace carillon::inspect
