#include "tools/bench/presence/presence_crowd.hpp"

#include <algorithm>
#include <sstream>

#include "tools/bench/pacer.hpp"

namespace carillon::bench {
namespace {

constexpr std::chrono::minutes patience{10};
constexpr double looks_per_second = 200;

void take(const std::string& line, presence_answers& all) {
  std::istringstream words(line);
  std::string what, times;
  std::uint64_t first = 0, second = 0, third = 0;
  words >> what;
  if (what == "back") {
    words >> times >> first;
    auto parsed = histogram::parse(times);
    if (!parsed)
      throw client::client_error("a process of the load does not make sense: " + line);
    all.times.add(*parsed);
    all.retries += first;
  } else if (what == "wrong") {
    words >> first;
    all.wrong += first;
  } else if (what == "sum") {
    words >> first >> second >> third;
    all.events += first;
    all.told += second;
    all.most = std::max(all.most, third);
  }
}

}  // namespace

presence_crowd::presence_crowd(client::event_loop& loop, const target& hosts, const population& all,
                               std::size_t watched, std::size_t processes)
    : loop_(loop) {
  for (std::size_t i = 0; i < processes; ++i) {
    client::child_process::options child{{"bench", "presence-worker"}};
    if (hosts.core())
      child.core = 1;
    workers_.push_back(std::make_unique<client::child_process>(child));
    for (const auto& host : hosts.hosts())
      workers_.back()->write_line("host http://" + host.authority());
    workers_.back()->write_line("people " + std::to_string(all.people.size()) + " " +
                                std::to_string(watched));
    for (const auto& person : all.people)
      workers_.back()->write_line("person " + person.user_id);
  }
  // Neighbours in pairs: one of each leaves, so that each process has as many of either.
  for (std::size_t i = 0; i < all.people.size(); ++i)
    workers_[i / 2 % workers_.size()]->write_line("client " + std::to_string(i) + " " +
                                                  all.people[i].token);
}

presence_answers presence_crowd::tell(const std::string& order) {
  for (auto& worker : workers_)
    worker->write_line(order);
  presence_answers all;
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
    throw client::client_error("the load did not do this in " + std::to_string(patience.count()) +
                               " minutes: " + order);
  return all;
}

std::chrono::nanoseconds presence_crowd::cpu() const {
  std::chrono::nanoseconds sum{0};
  for (const auto& worker : workers_)
    sum += client::usage_of(worker->pid()).cpu;
  return sum;
}

}  // namespace carillon::bench
