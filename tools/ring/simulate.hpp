// How large rings behave, computed with the code that runs them: how long a view takes, how big it is, what
// moves when a host or a zone is lost, how long until all replicas are there again, and what each change on
// the way costs every host. Pure but for the clock that times it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace carillon::ring {

struct large_ring {
  std::uint32_t hosts = 1'000;
  std::uint32_t zones = 20;
  std::uint32_t slots = 16'384;
  std::uint32_t replicas = 3;
  double channels = 1e10;           // in the whole ring
  double bytes_per_channel = 4'096; // of history and index, on each replica
  double gigabits_per_host = 1;     // each way
};

struct loss_report {
  std::string what;                // "a host", "a zone"
  std::uint32_t hosts = 0;
  std::size_t moves = 0;
  double places_lost = 0;          // replicas that were there: as few moves as there can be
  std::size_t delta_bytes = 0;     // what is committed and sent for the plan
  double plan_seconds = 0;         // to compute it
  std::uint32_t most_incoming = 0; // replicas that come to one host
  double transfer_seconds = 0;     // until the last of them is there, at the hosts' full rate
  std::uint32_t slots_without_majority = 0;
};

// The loss of one host until nothing moves any more, as every other host follows it: delta by delta.
struct delta_costs {
  std::size_t deltas = 0;
  std::size_t moves_done = 0;
  double told_bytes = 0;     // of a delta, in the mean: in the log, and to each host
  double written_bytes = 0;  // the same, in the rows of its view
  double cpu_seconds = 0;    // the same, to have the new view in memory and its rows in a batch
};

struct ring_report_card {
  double founding_seconds = 0;
  std::size_t view_bytes = 0;
  std::uint32_t fewest_places = 0, most_places = 0;    // of a host
  std::uint32_t fewest_leaders = 0, most_leaders = 0;
  std::uint32_t slots_in_one_zone_twice = 0;
  std::vector<loss_report> losses;
  delta_costs after_one;
};

ring_report_card simulate(const large_ring& how);
std::string report_text(const large_ring& how, const ring_report_card& card);

}  // namespace carillon::ring
