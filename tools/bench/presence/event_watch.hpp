// How many presence events each host sends in a second, as its metrics say, while a workload runs.
// One thread: the loop's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tools/bench/pacer.hpp"
#include "tools/bench/target.hpp"
#include "tools/client/http_client.hpp"

namespace carillon::bench {

class event_watch {
public:
  event_watch(client::event_loop& loop, const target& hosts);

  double total() const;              // events since it began
  double most_per_second() const;    // of one host, between two looks
  double highest_level() const { return level_; }
  double most_late() const { return late_; }  // milliseconds beyond a window

private:
  struct host_line {
    client::endpoint where;
    std::unique_ptr<client::http_client> http;
    bool asks = false;
    double first = -1, last = 0, most = 0;
    tick_time at{};
  };
  void ask(host_line& host);
  void see(host_line& host, std::string_view page);

  client::event_loop& loop_;
  const std::string token_;
  std::vector<std::unique_ptr<host_line>> hosts_;
  double level_ = 0, late_ = 0;
  std::unique_ptr<pacer> looks_;
};

}  // namespace carillon::bench
