// The before and after of a measurement: time, and CPU of the hosts and of ourselves: of what we do, without
// what it takes to stay awake for nothing (event_loop::stay_awake), which is told beside it.
#pragma once

#include <algorithm>
#include <optional>

#include "tools/bench/figures/report.hpp"
#include "tools/bench/target.hpp"

namespace carillon::bench {

class meter {
public:
  meter(const target& hosts, const client::event_loop& loop)
      : hosts_(hosts), loop_(loop), server_(hosts.usage()), own_(client::usage_of(::getpid())),
        looked_(loop.looked()), started_(steady_now()) {}

  struct reading {
    double seconds = 0;
    std::optional<double> server_cpu; // seconds of all hosts; nullopt: not known
    double own_cpu = 0;               // seconds of work
    double looked = 0;                // seconds in which it stayed awake for nothing

    void add(const reading& other) {
      seconds += other.seconds;
      if (other.server_cpu)
        server_cpu = server_cpu.value_or(0) + *other.server_cpu;
      own_cpu += other.own_cpu;
      looked += other.looked;
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
      if (looked > 0)
        out.add("load_awake_for_nothing", looked / seconds, "", 2);
      if (server_cpu)
        out.add("load_cpu_to_server_cpu", own_cpu / std::max(*server_cpu, 1e-9), "", 2);
    }
  };
  reading read() const {
    reading now;
    now.seconds = seconds(steady_now() - started_);
    if (auto server = hosts_.usage(); server && server_)
      now.server_cpu = seconds(server->cpu - server_->cpu);
    now.looked = seconds(loop_.looked() - looked_);
    now.own_cpu =
        std::max(0.0, seconds(client::usage_of(::getpid()).cpu - own_.cpu) - now.looked);
    return now;
  }

private:
  const target& hosts_;
  const client::event_loop& loop_;
  std::optional<client::process_usage> server_;
  client::process_usage own_;
  std::chrono::nanoseconds looked_;
  tick_time started_;
};

} // namespace carillon::bench
