// `carillon bench all` and `carillon bench check`: every run of the plan, each as a process of its
// own (a workload pins its process, and is to find fresh memory), one after the other.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace carillon::bench {

// Adds both to `bench`; `run` as in bench.hpp.
void add_all_commands(CLI::App& bench, std::function<int()>& run);

} // namespace carillon::bench
