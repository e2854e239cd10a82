// What a workload measured: named figures with their unit, in the order to print them.
#pragma once

#include <chrono>
#include <ostream>
#include <string>
#include <vector>

#include "tools/bench/histogram.hpp"

namespace carillon::bench {

struct figure {
  std::string name; // snake_case, unique in its report: the key in JSON
  double value = 0;
  std::string unit; // "1/s", "us", "ms", "bytes", "" for plain counts
  int decimals = 0;
};

struct report {
  std::string workload;
  std::vector<figure> figures;

  void add(std::string name, double value, std::string unit, int decimals = 0) {
    figures.push_back({std::move(name), value, std::move(unit), decimals});
  }
  // p50, p99, p99.9 and max in milliseconds, as NAME_p50 and so on.
  void add_latency(const std::string& name, const histogram& durations);
};

void print_table(std::ostream& out, const report& what);
void print_json(std::ostream& out, const report& what); // one line

inline double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

} // namespace carillon::bench
