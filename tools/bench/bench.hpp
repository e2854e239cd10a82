// `carillon bench`: load for a host, and what it did under it.
#pragma once

#include <functional>

#include <CLI/CLI.hpp>

namespace carillon::bench {

// Adds the subcommand `bench` with one subcommand per workload. After parsing, `run` (set by the
// chosen workload; empty otherwise) does the work and gives the exit code: 0, or 1 with the reason
// on stderr.
void add_bench_command(CLI::App& program, std::function<int()>& run);

} // namespace carillon::bench
