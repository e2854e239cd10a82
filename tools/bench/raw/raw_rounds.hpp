// Rounds of the raw limit around a measurement: short ones before and after, of which the mean is
// the measure and the distance between them tells how far the machine drifted meanwhile. Blocks; on
// the loop's thread, while nothing else is on the loop.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/bench/figures/report.hpp"
#include "tools/bench/raw/raw_shape.hpp"
#include "tools/client/event_loop.hpp"

namespace carillon::bench {

struct raw_result {
  double per_second = 0;   // deliveries; without members: posts acknowledged
  double cpu_us = 0;       // of the raw server, for each
  histogram latency;       // of deliveries or acknowledgements, from the (intended) time of sending
};

struct raw_how {
  raw_shape shape;
  std::size_t posters = 16;  // sockets that post
  std::size_t in_flight = 16; // posts on the way at once (closed loop)
  bool reads_all = true;     // otherwise most members are counted by their bytes (closed loop)
  double per_second = 0;     // posts per second, whatever comes back (open loop); 0: closed loop
  std::chrono::milliseconds duration{1'000};
  std::optional<int> core;   // of the raw server
};

// Starts a raw server, loads it, ends it. Throws client_error.
raw_result run_raw(client::event_loop& loop, const raw_how& how);

// Memory of the raw server (anonymous, in user space) for each of so many sockets that say nothing.
double raw_bytes_per_connection(client::event_loop& loop, std::size_t connections,
                                std::optional<int> core);

// One kind of raw round ("raw", "raw_coalesced", ...), run as often as add() is called.
class raw_rounds {
public:
  raw_rounds(std::string name, raw_how how) : name_(std::move(name)), how_(std::move(how)) {}

  void run(client::event_loop& loop) { results_.push_back(run_raw(loop, how_)); }
  // NAME_per_second and NAME_cpu, with the rounds' spread.
  void add_rate_to(report& out) const;
  // NAME_p50, NAME_p99.
  void add_latency_to(report& out) const;
  // `name`: that figure of the report by the mean of the rounds. It is as uncertain as both are
  // together.
  void add_rate_ratio_to(report& out, const std::string& name, std::string_view of) const;
  void add_p99_ratio_to(report& out, const std::string& name, std::string_view of) const;
  raw_how& how() { return how_; }

private:
  void add(report& out, const char* which, const std::vector<double>& values, const char* unit,
           int decimals) const;
  void add_ratio(report& out, const std::string& name, std::string_view of,
                 const std::vector<double>& values) const;
  std::vector<double> rates() const;
  std::vector<double> percentiles(double share) const; // milliseconds

  std::string name_;
  raw_how how_;
  std::vector<raw_result> results_;
};

double mean_of(const std::vector<double>& values); // 0 for none

} // namespace carillon::bench
