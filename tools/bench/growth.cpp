// One channel with many subscribers under the same load on ever more hosts: what a delivery costs the
// hosts together, and how much of that is the channel's own actor, which is on one of them.
#include <sys/resource.h>

#include "tools/bench/actor_times.hpp"
#include "tools/bench/open_posts.hpp"
#include "tools/bench/population.hpp"
#include "tools/bench/storm/storm_crowd.hpp"
#include "tools/bench/workloads.hpp"
#include "tools/client/http_client.hpp"

namespace carillon::bench {
namespace {

constexpr std::chrono::seconds patience{10};

// Of all hosts together.
std::map<std::string, double> times_of_actors(client::event_loop& loop, const target& hosts) {
  std::map<std::string, double> out;
  for (const auto& where : hosts.hosts()) {
    client::http_client http(loop, where);
    bool answered = false;
    std::string request("GET /metrics HTTP/1.1\r\nHost: ");
    request.append(where.authority()).append("\r\nAuthorization: Bearer ");
    http.send(request.append(hosts.admin_token()).append("\r\n\r\n"),
              [&](const client::http_response_view* response) {
                answered = true;
                if (response && response->status == 200)
                  for (const auto& [kind, time] : actor_times(response->body))
                    out[kind] += time;
              });
    if (!loop.run_until([&] { return answered; }, patience))
      throw client::client_error("a host does not tell its metrics");
  }
  return out;
}

double cpu_of(const target& hosts) {
  return seconds(hosts.usage().value_or(client::process_usage{}).cpu);
}

// So many hosts have descriptors for all clients.
bool can_hold(const load_options& how) {
  rlimit files{};
  return ::getrlimit(RLIMIT_NOFILE, &files) == 0 && storm_files(how) <= files.rlim_max;
}

void measure(const load_options& how, report& out) {
  allow_open_files(storm_files(how));
  target hosts(how.host);
  client::event_loop loop;
  population all = settle_storm(loop, hosts, how);
  storm_crowd crowd(loop, hosts, all, how);
  crowd.tell("come");
  const std::string end = "_" + std::to_string(how.host.hosts);

  loop.run_for(how.warm_up);
  const double silent = cpu_of(hosts);
  loop.run_for(how.warm_up);
  out.add("idle_cores" + end, (cpu_of(hosts) - silent) / seconds(how.warm_up), "", 3, better::lower);

  post_tally tally;
  auto places = all.places(0);
  open_posts posts(loop, hosts, places, how.posters, how.text_bytes, tally);
  posts.start(how.rate);
  loop.run_for(how.warm_up);
  const auto actors = times_of_actors(loop, hosts);
  const double cpu = cpu_of(hosts), load = seconds(crowd.cpu());
  const std::uint64_t acknowledged = tally.acknowledged;
  tally.measuring = true;
  loop.run_for(how.duration);
  tally.measuring = false;
  const double took = cpu_of(hosts) - cpu, load_took = seconds(crowd.cpu()) - load;
  const auto count = static_cast<double>(tally.acknowledged - acknowledged);
  auto actors_took = times_of_actors(loop, hosts);
  for (const auto& [kind, time] : actors)
    actors_took[kind] -= time;
  posts.stop();
  stop_posting(loop, tally);
  loop.run_for(how.warm_up);
  const storm_answers sum = crowd.tell("sum");
  if (sum.gaps > 0 || tally.refused + tally.lost > 0)
    out.broken.push_back(std::to_string(sum.gaps) + " messages never came, " +
                         std::to_string(tally.refused + tally.lost) + " posts were not taken, with " +
                         std::to_string(how.host.hosts) + " hosts");

  const double deliveries = std::max(1.0, count * static_cast<double>(how.clients));
  out.add("deliveries_per_second" + end, deliveries / seconds(how.duration), "1/s", 0);
  out.add("server_cores" + end, took / seconds(how.duration), "", 2);
  out.add("server_cpu_per_delivery" + end, took * 1e6 / deliveries, "us", 3, better::lower);
  out.add("load_cpu_to_server_cpu" + end, load_took / std::max(took, 1e-9), "", 2);
  out.add("channel_actor_cpu_per_post" + end, actors_took["channel"] * 1e6 / std::max(count, 1.0),
          "us", 1, better::lower);
  for (const char* kind : {"channel", "slot", "hub", "session"})
    out.add(std::string(kind) + "_actors_of_cpu" + end,
            100 * actors_took[kind] / std::max(took, 1e-9), "%", 3);
  out.add_latency("post" + end, tally.latency);
}

} // namespace

report run_growth(const load_options& how) {
  report out{"growth", {}, {}};
  load_options with = how;
  with.people = with.members = std::min(how.people, how.clients);
  out.add("subscribers", static_cast<double>(how.clients), "");
  out.add("users", static_cast<double>(with.people), "");
  out.add("posts_per_second", how.rate, "1/s", 1);
  for (std::size_t hosts = 1; hosts <= how.host.hosts; hosts += 2) {
    with.host.hosts = hosts;
    with.host.data.clear();
    if (can_hold(with))
      measure(with, out);
  }
  const figure* three = out.find("server_cpu_per_delivery_3");
  const figure* seven = out.find("server_cpu_per_delivery_7");
  if (three && seven)
    out.add("cpu_per_delivery_7_to_3", seven->value / three->value, "", 2, better::lower);
  return out;
}

} // namespace carillon::bench
