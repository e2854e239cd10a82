// Everybody watches some others; half of all lose their connections at once and come back within ten
// seconds, while messages are posted as before: how late these are, when everybody's view of everybody
// is right again, and whether the budget of presence events was kept.
#include "tools/bench/listener.hpp"
#include "tools/bench/open_posts.hpp"
#include "tools/bench/population.hpp"
#include "tools/bench/presence/event_watch.hpp"
#include "tools/bench/presence/presence_crowd.hpp"
#include "tools/bench/workloads.hpp"

namespace carillon::bench {
namespace {

constexpr std::size_t listeners_max = 600;  // a hundredth of what fewer hear is too little to tell a p99 by
constexpr std::chrono::seconds settle_patience{120};
constexpr std::chrono::milliseconds between_looks{100};
constexpr double come_per_second = 700;  // at first, when nothing is measured

// How long until nobody sees anything otherwise than it is. Throws client_error when that does not come.
std::chrono::nanoseconds settle_views(client::event_loop& loop, presence_crowd& crowd, tick_time since) {
  while (true) {
    const tick_time asked = loop.now();
    const std::uint64_t wrong = crowd.tell("wrong none").wrong;
    if (wrong == 0)
      return asked - since;
    if (loop.now() - since > settle_patience)
      throw client::client_error(std::to_string(wrong) + " users are still seen otherwise than they are");
    loop.run_for(between_looks);
  }
}

} // namespace

report run_presence(const load_options& how) {
  const std::size_t watched = std::min(how.watched, how.people - 1);
  allow_open_files(how.people / std::min(how.processes, how.host.hosts) + 2'048);
  target_options where = how.host;
  where.settings.push_back("presence.events_per_host_s=" + std::to_string(how.events_per_host));
  target hosts(where);
  client::event_loop loop;
  const std::size_t members = std::min(how.members, how.people);
  population all = settle(loop, hosts, how.people, how.channels, members);
  presence_crowd crowd(loop, hosts, all, watched, how.processes);
  const tick_time begun = steady_now();
  crowd.tell("come " + std::to_string(static_cast<double>(how.people) / come_per_second) + " all");
  const auto first = settle_views(loop, crowd, begun);

  // They measure and never leave: odd ones, on connections of their own.
  std::vector<client::worker> ears;
  for (std::size_t i = 1; i < all.people.size() && ears.size() < listeners_max; i += 2)
    ears.push_back(all.people[i]);
  delivery_tally deliveries;
  auto listeners = connect_all(loop, hosts.hosts(), ears, deliveries);
  post_tally tally;
  auto places = all.places(0);
  open_posts posts(loop, hosts, places, how.posters, how.text_bytes, tally);
  posts.start(how.rate);
  loop.run_for(how.warm_up);

  auto measure = [&](const auto& meanwhile) {
    tally.latency = deliveries.latency = {};
    tally.measuring = deliveries.measuring = true;
    meanwhile();
    tally.measuring = deliveries.measuring = false;
    return std::pair(tally.latency, deliveries.latency);
  };
  crowd.tell("sum");
  const auto cpu_of = [&] { return hosts.usage().value_or(client::process_usage{}).cpu; };
  const auto cpu_0 = cpu_of();
  const auto before = measure([&] { loop.run_for(how.duration); });
  const auto cpu_1 = cpu_of();

  const presence_answers quiet = crowd.tell("sum");
  event_watch events(loop, hosts);
  loop.run_for(std::chrono::milliseconds(1'500));
  presence_answers back;
  std::chrono::nanoseconds from_start{}, from_last{};
  tick_time began{}, ended{};
  const auto during = measure([&] {
    began = loop.now();
    crowd.tell("leave");
    back = crowd.tell("come " + std::to_string(how.return_seconds) + " even");
    ended = loop.now();
    from_start = settle_views(loop, crowd, began);
    from_last = std::max(std::chrono::nanoseconds(0), began + from_start - ended);
  });
  const auto storm = loop.now() - began;
  const auto cpu_2 = cpu_of();
  loop.run_for(std::chrono::milliseconds(1'500));
  const presence_answers sum = crowd.tell("sum");
  posts.stop();
  stop_posting(loop, tally);

  report out{"presence", {}, {}};
  out.add("hosts", static_cast<double>(how.host.hosts), "");
  out.add("users", static_cast<double>(how.people), "");
  out.add("watched_by_each", static_cast<double>(watched), "");
  out.add("posts_per_second", how.rate, "1/s", 0);
  out.add("first_views_right", seconds(first), "s", 2);
  out.add("came_back", static_cast<double>((how.people + 1) / 2), "");
  out.add("all_back", seconds(back.times.max()) + how.return_seconds, "s", 2);
  out.add("retries", static_cast<double>(back.retries), "");
  out.add("views_right_after_start", seconds(from_start), "s", 2, better::lower);
  out.add("views_right_after_last", seconds(from_last), "s", 2, better::lower);
  out.add("events", static_cast<double>(sum.events - quiet.events), "");
  out.add("users_told", static_cast<double>(sum.told - quiet.told), "");
  out.add("events_per_second_of_a_host", events.most_per_second(), "1/s", 0);
  out.add("budget_of_a_host", static_cast<double>(how.events_per_host), "1/s", 0);
  out.add("events_in_a_second_of_a_connection", static_cast<double>(sum.most), "");
  out.add("longest_beyond_window", events.most_late(), "ms", 0);
  out.add("level", events.highest_level(), "");
  out.add("server_cores_before", seconds(cpu_1 - cpu_0) / seconds(how.duration), "", 2);
  out.add("server_cores_during", seconds(cpu_2 - cpu_1) / seconds(storm), "", 2);
  if (tally.refused + tally.lost > 0)
    out.broken.push_back(std::to_string(tally.refused) + " posts were refused and " +
                         std::to_string(tally.lost) + " not answered, first: " + tally.first_refusal);
  if (events.most_per_second() > 1.02 * static_cast<double>(how.events_per_host))
    out.broken.push_back("a host sent more presence events than its budget");
  out.add_latency("post_before", before.first);
  out.add_latency("post_during", during.first);
  out.add_latency("delivery_before", before.second);
  out.add_latency("delivery_during", during.second);
  out.add("post_p99_during_to_before", out.at("post_during_p99") / out.at("post_before_p99"), "", 2,
          better::lower);
  out.add("delivery_p99_during_to_before", out.at("delivery_during_p99") / out.at("delivery_before_p99"),
          "", 2, better::lower);
  return out;
}

} // namespace carillon::bench
