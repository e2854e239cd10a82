// What a host counts, under the names that the world outside knows: the page /metrics, made anew for
// every reader from numbers that the parts of the host keep anyway. Names, types and labels are an
// interface: tools/observe/README.md tells them in words, and a test compares. Any thread; some
// hundred microseconds.
#pragma once

#include <cstddef>
#include <vector>

#include "actors/host_services.hpp"
#include "actors/metrics/metrics_text.hpp"
#include "runtime/base/process.hpp"
#include "runtime/edge/counters.hpp"

namespace carillon {

// Besides what host_services leads to.
struct metrics_sources {
  edge::edge_counters edge;
  std::size_t sessions = 0;
  process_use process;
  bool healthy = true;  // as /healthz says
  bool ready = true;    // as /readyz says
  // As actors/link/host_overview counts them.
  std::size_t ring_hosts = 0, hosts_configured = 1, copies = 0, copies_wanted = 1;
  tick_time now{};
};

// Every family, also those that have no samples on this host.
std::vector<metric_family> collect_metrics(const host_services& host, const metrics_sources& more);

}  // namespace carillon
