// Options that workloads share, as flags of the command line.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/bench/output.hpp"
#include "tools/bench/workloads.hpp"

namespace carillon::bench {

// What a workload's own options are put into, before they become load_options.
struct workload_options {
  load_options load;
  output_options output;
  double seconds = 10;
  double warm_up_seconds = 2;
  double raw_seconds = 1;
};

// Of every workload: the host, how long, what to print.
void add_common_options(CLI::App& command, workload_options& to);
void add_output_options(CLI::App& command, output_options& to);
void add_count(CLI::App& command, const char* name, std::size_t& value, const char* words);
void add_text_bytes(CLI::App& command, load_options& to);

// With the durations as given in seconds.
load_options finished(const workload_options& from);

} // namespace carillon::bench
