// What becomes of results: a table or JSON on standard output, a plot in the terminal, an SVG file,
// a comparison with older results, BENCHMARKS.md.
#pragma once

#include <string>

#include "tools/bench/figures/results.hpp"

namespace carillon::bench {

struct output_options {
  bool json = false;
  bool plot = false;
  std::string svg;     // file to write; empty: none
  std::string compare; // file of older results; empty: none
  std::string write;   // BENCHMARKS.md or such; empty: none
};

// Throws client_error when `compare` names no results: better before a run of an hour than after it.
void check_files(const output_options& how);

// 1 when something got worse by more than the rounds lie apart, or a run failed or broke a promise; 0 otherwise. Throws
// client_error when a file cannot be read or written.
int show(const results& all, const output_options& how);

// Throws client_error.
results read_results(const std::string& path);

} // namespace carillon::bench
