#include <sstream>

#include "tools/bench/open_posts.hpp"
#include "tools/bench/population.hpp"
#include "tools/bench/raw/raw_shape.hpp"
#include "tools/bench/workloads.hpp"
#include "tools/client/child_process.hpp"

namespace carillon::bench {
namespace {

constexpr std::chrono::minutes patience{10};
constexpr double looks_per_second = 200;
constexpr std::uint64_t other_files = 2'048;

// What all processes together said.
struct storm_answers {
  histogram times;
  std::uint64_t missed = 0;
  std::uint64_t retries = 0;
  std::uint64_t delivered = 0;
  std::uint64_t gaps = 0;
};

class storm_crowd {
public:
  storm_crowd(client::event_loop& loop, const target& hosts, const population& all,
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

  // Says it to all, and gives their answers. The loop runs meanwhile.
  storm_answers tell(const std::string& order) {
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
      throw client::client_error("not all clients are back after " +
                                 std::to_string(patience.count()) + " minutes");
    return all;
  }

  std::chrono::nanoseconds cpu() const {
    std::chrono::nanoseconds sum{0};
    for (auto& worker : workers_)
      sum += client::usage_of(worker->pid()).cpu;
    return sum;
  }

private:
  static void take(const std::string& line, storm_answers& all) {
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

  client::event_loop& loop_;
  std::vector<std::unique_ptr<client::child_process>> workers_;
};

} // namespace

report run_storm(const load_options& how) {
  std::size_t of_one = std::max(how.clients / how.processes, how.clients / how.host.hosts) + 1;
  allow_open_files(of_one + other_files); // inherited by hosts and load
  target hosts(how.host);
  client::event_loop loop;
  // Everyone is in one channel, with the same number of others.
  std::size_t members = std::min(how.members, std::min(how.people, how.clients));
  std::size_t channels = std::max<std::size_t>(1, std::min(how.people, how.clients) / members);
  population all = settle(loop, hosts, channels * members, channels, members);
  storm_crowd crowd(loop, hosts, all, how);
  storm_answers first = crowd.tell("come");

  post_tally tally;
  auto places = all.places(0);
  open_posts posts(loop, hosts, places, how.posters, how.text_bytes, tally);
  posts.start(how.rate);
  loop.run_for(how.warm_up);
  auto post_times = [&](const auto& meanwhile) {
    tally.latency = {};
    tally.measuring = true;
    meanwhile();
    return tally.latency;
  };
  histogram before = post_times([&] { loop.run_for(how.duration); });
  storm_answers back;
  auto cpu_before = hosts.usage().value_or(client::process_usage{}).cpu;
  auto load_before = crowd.cpu();
  histogram during = post_times([&] {
    crowd.tell("break");
    loop.run_for(how.warm_up); // there is something to miss
    back = crowd.tell("come");
  });
  double server_cpu = seconds(hosts.usage().value_or(client::process_usage{}).cpu - cpu_before);
  double load_cpu = seconds(crowd.cpu() - load_before);
  histogram after = post_times([&] { loop.run_for(how.warm_up); });
  posts.stop();
  stop_posting(loop, tally);
  check_all_accepted(tally);
  loop.run_for(how.warm_up);
  storm_answers end = crowd.tell("sum");
  if (end.gaps > 0)
    throw client::client_error(std::to_string(end.gaps) + " messages never came");

  report out{"storm", {}, {}};
  out.add("hosts", static_cast<double>(how.host.hosts), "");
  out.add("clients", static_cast<double>(how.clients), "");
  out.add("users", static_cast<double>(all.people.size()), "");
  out.add("posts_per_second", how.rate, "1/s", 0);
  out.add("first_connect", seconds(first.times.max()), "s", 2);
  out.add("all_back", seconds(back.times.max()), "s", 2, better::lower);
  out.add("back_per_second", static_cast<double>(how.clients) / seconds(back.times.max()), "1/s", 0,
          better::higher);
  out.add_latency("back", back.times);
  out.add("messages_missed_and_read", static_cast<double>(back.missed), "");
  out.add("retries", static_cast<double>(back.retries), "");
  out.add("server_cpu_per_client", server_cpu * 1e6 / static_cast<double>(how.clients), "us", 0,
          better::lower);
  out.add("load_cpu_per_client", load_cpu * 1e6 / static_cast<double>(how.clients), "us", 0);
  out.add("load_cpu_to_server_cpu", load_cpu / std::max(server_cpu, 1e-9), "", 2);
  out.add_latency("post_before", before);
  out.add_latency("post_during", during);
  out.add_latency("post_after", after);
  out.add("post_p99_during_to_before", out.at("post_during_p99") / out.at("post_before_p99"), "", 2,
          better::lower);
  return out;
}

} // namespace carillon::bench
