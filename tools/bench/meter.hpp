// The before and after of a measurement: time, and CPU of the hosts and of ourselves.
#pragma once

#include <optional>

#include "tools/bench/report.hpp"
#include "tools/bench/target.hpp"

namespace carillon::bench {

class meter {
public:
  explicit meter(const target& hosts)
      : hosts_(hosts), server_(hosts.usage()), own_(client::usage_of(::getpid())),
        started_(steady_now()) {}

  struct reading {
    double seconds = 0;
    std::optional<double> server_cpu; // seconds of all hosts; nullopt: not known
    double own_cpu = 0;               // seconds

    // server_cpu_per_`what`, server_cores and load_cpu_per_`what` for `count` of them.
    void add_to(report& out, const std::string& what, double count, int decimals) const {
      if (server_cpu) {
        out.add("server_cpu_per_" + what, *server_cpu * 1e6 / count, "us", decimals);
        out.add("server_cores", *server_cpu / seconds, "", 2);
      }
      out.add("load_cpu_per_" + what, own_cpu * 1e6 / count, "us", decimals);
    }
  };
  reading read() const {
    reading now;
    now.seconds = seconds(steady_now() - started_);
    if (auto server = hosts_.usage(); server && server_)
      now.server_cpu = seconds(server->cpu - server_->cpu);
    now.own_cpu = seconds(client::usage_of(::getpid()).cpu - own_.cpu);
    return now;
  }

private:
  const target& hosts_;
  std::optional<client::process_usage> server_;
  client::process_usage own_;
  tick_time started_;
};

} // namespace carillon::bench
