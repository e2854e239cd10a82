// Everyone in the presence workload: clients spread over processes of the load, which are told together.
// One thread: the loop's.
#pragma once

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
struct presence_answers {
  histogram times;
  std::uint64_t retries = 0;
  std::uint64_t wrong = 0;
  std::uint64_t events = 0;
  std::uint64_t told = 0;
  std::uint64_t most = 0;  // events of one connection in a second
};

class presence_crowd {
public:
  presence_crowd(client::event_loop& loop, const target& hosts, const population& all,
                 std::size_t watched, std::size_t processes);

  // Says it to all, and gives their answers. The loop runs meanwhile. Throws client_error when one does
  // not answer within ten minutes.
  presence_answers tell(const std::string& order);
  std::chrono::nanoseconds cpu() const;

private:
  client::event_loop& loop_;
  std::vector<std::unique_ptr<client::child_process>> workers_;
};

}  // namespace carillon::bench
