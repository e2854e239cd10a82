// What `carillon up` shows: one row per host, from what /healthz said now and a moment ago. Pure.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tools/cluster/cluster_process.hpp"

namespace carillon::up {

struct host_row {
  std::string name;
  std::string url;
  bool runs = false;
  std::uint32_t starts = 0; // of its process, by us
  cluster::host_health now;
  cluster::host_health before; // `elapsed` earlier
};

// "serving", "starting", "down", or "not well: REASON".
std::string state_of(const host_row& row);
// The whole table, each line ended.
std::string render(const std::vector<host_row>& rows, std::chrono::milliseconds elapsed);

} // namespace carillon::up
