#include "tools/bench/storm/storm_crowd.hpp"

#include <sstream>

#include "tools/bench/pacer.hpp"

namespace carillon::bench {
namespace {

constexpr std::chrono::minutes patience{10};
constexpr double looks_per_second = 200;
constexpr std::uint64_t other_files = 2'048;

void take(const std::string& line, storm_answers& all) {
  std::istringstream words(line);
  std::string what, times;
  std::uint64_t first = 0, second = 0;
  words >> what;
  if (what == "back") {
    words >> times >> first >> second;
    auto parsed = histogram::parse(times);
    if (!parsed)
      throw client::client_error("a process of the load does not make sense: " + line);
    all.times.add(*parsed);
    all.missed += first;
    all.retries += second;
  } else if (what == "sum") {
    words >> first >> second;
    all.delivered += first;
    all.gaps += second;
  }
}

} // namespace

storm_crowd::storm_crowd(client::event_loop& loop, const target& hosts, const population& all,
                         const load_options& how)
    : loop_(loop) {
  for (std::size_t i = 0; i < how.processes; ++i) {
    client::child_process::options child{{"bench", "storm-worker"}};
    if (hosts.core())
      child.core = 1;
    workers_.push_back(std::make_unique<client::child_process>(child));
    for (const auto& host : hosts.hosts())
      workers_.back()->write_line("host http://" + host.authority());
  }
  for (std::size_t i = 0; i < how.clients; ++i) {
    std::size_t person = i % all.people.size();
    workers_[i % workers_.size()]->write_line("client " + all.people[person].token + " " +
                                              all.channels[person / all.members]);
  }
}

storm_answers storm_crowd::tell(const std::string& order) {
  for (auto& worker : workers_)
    worker->write_line(order);
  storm_answers all;
  std::vector<bool> answered(workers_.size(), false);
  std::size_t missing = workers_.size();
  auto look = [&] {
    for (std::size_t i = 0; i < workers_.size(); ++i)
      if (!answered[i])
        if (auto line = workers_[i]->poll_line()) {
          take(*line, all);
          answered[i] = true;
          --missing;
        }
  };
  pacer looks(loop_, looks_per_second, [&](tick_time) { look(); });
  if (!loop_.run_until([&] { return missing == 0; }, patience))
    throw client::client_error("not all clients are back after " + std::to_string(patience.count()) +
                               " minutes");
  return all;
}

std::chrono::nanoseconds storm_crowd::cpu() const {
  std::chrono::nanoseconds sum{0};
  for (auto& worker : workers_)
    sum += client::usage_of(worker->pid()).cpu;
  return sum;
}

population settle_storm(client::event_loop& loop, const target& hosts, const load_options& how) {
  std::size_t members = std::min(how.members, std::min(how.people, how.clients));
  std::size_t channels = std::max<std::size_t>(1, std::min(how.people, how.clients) / members);
  return settle(loop, hosts, channels * members, channels, members);
}

std::uint64_t storm_files(const load_options& how) {
  std::size_t of_one = std::max(how.clients / how.processes, how.clients / how.host.hosts) + 1;
  return of_one + other_files;
}

} // namespace carillon::bench
