// Looks at the hosts while they are pressed, as an operator would: /metrics of each host every half
// second, and once, when told, what `carillon inspect` and `carillon inspect top` print. One thread:
// the loop's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/bench/pacer.hpp"
#include "tools/bench/pressure/metric_watch.hpp"
#include "tools/bench/target.hpp"
#include "tools/client/child_process.hpp"
#include "tools/client/http_client.hpp"

namespace carillon::bench {

class host_look {
public:
  // Looks at once. `hosts` outlives it.
  host_look(client::event_loop& loop, const target& hosts);

  // The inspector is asked so much later, for all hosts together; its answer is in lines() when it came.
  void inspect_in(std::chrono::milliseconds later) { inspect_at_ = steady_now() + later; }
  // Runs the loop until the inspector has answered, or for some seconds.
  void wait_for_inspector(client::event_loop& loop);
  // What the metrics said up to now, then the inspector's lines.
  std::vector<std::string> lines() const;

private:
  struct one_host {
    one_host(client::event_loop& loop, const client::endpoint& from) : where(from), http(loop, from) {}
    client::endpoint where;
    client::http_client http;
    metric_watch metrics;
  };
  void look();
  void ask_inspector();
  void hear_inspector();

  const target& hosts_;
  std::vector<std::unique_ptr<one_host>> all_;
  std::optional<tick_time> inspect_at_;
  std::uint64_t socket_memory_ = 0; // of all TCP sockets of this machine, at most
  struct question {
    std::unique_ptr<client::child_process> child;
    std::vector<std::string> answer;
  };
  std::vector<question> asked_; // the cluster, then the top
  pacer looks_;
};

// Of the inspector's words, those that name a pressed host: all of the table of hosts and what is wrong
// in words, but not the ring; the slowest connections and the biggest queues. Pure.
std::vector<std::string> telling_lines(const std::vector<std::string>& cluster,
                                       const std::vector<std::string>& top);

} // namespace carillon::bench
