// `carillon sim`: a whole cluster on one thread, from a seed, against everything that can go wrong.
#pragma once

#include <functional>

#include <CLI/CLI.hpp>

namespace carillon::sim {

// Adds the subcommand `sim`. After parsing, `run` does the work and gives the exit code: 0 when every
// seed held, 1 when an invariant broke (seed, shrunk faults and what broke are printed).
void add_sim_command(CLI::App& program, std::function<int()>& run);

}  // namespace carillon::sim
