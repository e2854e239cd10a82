// Everyone in a storm: clients spread over processes of the load, which are told together to come and
// to break. One thread: the loop's.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tools/bench/figures/histogram.hpp"
#include "tools/bench/population.hpp"
#include "tools/bench/workloads.hpp"
#include "tools/client/child_process.hpp"

namespace carillon::bench {

// What all processes together said.
struct storm_answers {
  histogram times; // from the order to come until each had what it missed
  std::uint64_t missed = 0;
  std::uint64_t retries = 0;
  std::uint64_t delivered = 0;
  std::uint64_t gaps = 0;
};

class storm_crowd {
public:
  // Each client is a member of one channel of `all`, with the same number of others.
  storm_crowd(client::event_loop& loop, const target& hosts, const population& all,
              const load_options& how);

  // Says it to all ("come", "break", "sum"), and gives their answers. The loop runs meanwhile. Throws
  // client_error when one does not answer within ten minutes.
  storm_answers tell(const std::string& order);

  std::chrono::nanoseconds cpu() const; // of its processes

private:
  client::event_loop& loop_;
  std::vector<std::unique_ptr<client::child_process>> workers_;
};

// Who is in which channel: `people` at most, in channels of `members`.
population settle_storm(client::event_loop& loop, const target& hosts, const load_options& how);
// Descriptors that the fullest process of the load or host needs.
std::uint64_t storm_files(const load_options& how);

} // namespace carillon::bench
