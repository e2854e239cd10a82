// Where each fault of a run stands in its picture: one lane per host, one for what befell several
// hosts at once, and one each for the directory and the clients where something was done to them.
// Within a lane, faults that overlap stand in rows. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/chaos/fault.hpp"

namespace carillon::chaos {

// One fault as it was; seconds since the load began.
struct fault_event {
  fault_kind fault = fault_kind::none;
  std::string what;               // describe(plan)
  std::vector<std::size_t> hosts; // empty: it is about none of them
  double began = 0;
  std::optional<double> ended;    // it was taken back
  std::optional<double> healed;   // nothing of it was under way any more
  std::optional<double> all_well; // of rounds: every host said so, and everyone was connected
};

struct fault_lane {
  std::string name;
  std::vector<std::vector<std::size_t>> rows; // faults, by their place in the run's list
};

// At most so many rows in a lane; faults that find no room in them lie over others in the last.
constexpr std::size_t lane_rows_max = 6;

// The last moment of the fault that is drawn; `end`: of the run.
double last_of(const fault_event& fault, double end);
// `faults` in the order they began. `shortest`: how long a fault is drawn at least, in seconds.
std::vector<fault_lane> lanes_of(const std::vector<fault_event>& faults,
                                 const std::vector<std::string>& hosts, double end, double shortest);

} // namespace carillon::chaos
