// The before and after of a measurement: time, and CPU of the hosts and of ourselves.
#pragma once

#include <algorithm>
#include <optional>

#include "tools/bench/figures/report.hpp"
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

    void add(const reading& other) {
      seconds += other.seconds;
      if (other.server_cpu)
        server_cpu = server_cpu.value_or(0) + *other.server_cpu;
      own_cpu += other.own_cpu;
    }

    // For `count` of `what`: the CPU of each, in the hosts and in the load, and how much of a core
    // either had. A load that needs more than a fraction of what it measures measures itself.
    void add_to(report& out, const std::string& what, double count, int decimals) const {
      count = std::max(count, 1.0);
      if (server_cpu) {
        out.add("server_cpu_per_" + what, *server_cpu * 1e6 / count, "us", decimals, better::lower);
        out.add("server_cores", *server_cpu / seconds, "", 2);
      }
      out.add("load_cpu_per_" + what, own_cpu * 1e6 / count, "us", decimals);
      out.add("load_cores", own_cpu / seconds, "", 2);
      if (server_cpu)
        out.add("load_cpu_to_server_cpu", own_cpu / std::max(*server_cpu, 1e-9), "", 2);
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
