// The picture of a chaos run, as one SVG: over one time axis the faults, what clients saw of them, and
// the verdict. Pure: values in, text out; a few hundred kilobytes at most, however long the run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/chaos/fault_lanes.hpp"
#include "tools/chaos/recording.hpp"

namespace carillon::chaos {

// Goes on until the next one's beginning, or the end.
struct run_phase {
  std::string name;
  double began = 0; // seconds since the load began
};

enum class run_end { held, broken, unfinished };

struct timeline {
  std::string name;
  run_end end = run_end::unfinished;
  std::vector<std::string> facts;    // the run in numbers, a line each
  std::vector<std::string> broken;   // sentences on what did not hold
  std::vector<std::string> hosts;    // their names
  std::vector<std::string> channels; // their ids
  std::vector<fault_event> faults;   // in the order they began
  std::vector<run_phase> phases;
  double posts_wanted = 0;           // a second, of all posters
  double wait_expected_seconds = 0;  // the longest wait that is as expected; 0: nothing is
  std::string wait_expected;         // what is expected of it, to be read after the seconds
  double gap_expected_seconds = 0;   // the longest time that a channel may take no post
  recording seen;
};

std::string draw(const timeline& run);

} // namespace carillon::chaos
