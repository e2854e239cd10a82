// Latencies as a percentile curve, as HdrHistogram's plots: each step to the right is a share that
// leaves out half of what the one before left out, so the tail has as much room as the middle.
// For a terminal, and as an SVG file. Pure.
#pragma once

#include <string>
#include <vector>

#include "tools/bench/figures/report.hpp"

namespace carillon::bench {

// Where a share stands from left to right: 0 for 0, 1 for a half, 2 for three quarters, ...
double position_of(double share);

// `columns` x `rows` characters of plot, axes and a legend around it; one letter per curve.
std::string terminal_plot(const std::vector<curve>& curves, std::size_t columns = 64,
                          std::size_t rows = 14);

// A whole SVG file with a title.
std::string svg_plot(const std::string& title, const std::vector<curve>& curves);

} // namespace carillon::bench
