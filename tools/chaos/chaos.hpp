// `carillon chaos run FILE...`: starts a cluster, loads it, breaks it as the file says, and judges
// what every client saw (scenario.hpp has the file's words), in words and as a picture (timeline.hpp).
// Exit code 0: all expectations held; 1: not, or it could not be run; 3: this machine does not allow
// it (the words say what is missing).
#pragma once

#include <functional>

#include <CLI/CLI.hpp>

namespace carillon::chaos {

// Adds the subcommand `chaos`. After parsing, `run` is set when it was chosen.
void add_chaos_command(CLI::App& program, std::function<int()>& run);

} // namespace carillon::chaos
