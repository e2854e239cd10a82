#include "tools/bench/open_posts.hpp"
#include "tools/bench/population.hpp"
#include "tools/bench/storm/storm_crowd.hpp"
#include "tools/bench/workloads.hpp"

namespace carillon::bench {

report run_storm(const load_options& how) {
  allow_open_files(storm_files(how)); // inherited by hosts and load
  target hosts(how.host);
  client::event_loop loop;
  population all = settle_storm(loop, hosts, how);
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
  loop.run_for(how.warm_up);
  storm_answers end = crowd.tell("sum");
  report out{"storm", {}, {}};
  if (end.gaps > 0)
    out.broken.push_back(std::to_string(end.gaps) + " messages never came");
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
  out.add("posts_refused", static_cast<double>(tally.refused), "", 0, better::lower);
  // The figures stand all the same: an hour's run is not thrown away for a second of 503.
  if (tally.refused + tally.lost > 0)
    out.broken.push_back(std::to_string(tally.refused) + " posts were refused and " +
                         std::to_string(tally.lost) + " not answered, first: " + tally.first_refusal);
  out.add_latency("post_before", before);
  out.add_latency("post_during", during);
  out.add_latency("post_after", after);
  out.add("post_p99_during_to_before", out.at("post_during_p99") / out.at("post_before_p99"), "", 2,
          better::lower);
  return out;
}

} // namespace carillon::bench
