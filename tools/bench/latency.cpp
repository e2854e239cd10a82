#include "tools/bench/deliveries.hpp"
#include "tools/bench/open_posts.hpp"

namespace carillon::bench {
namespace {

report describe(report first, const delivered_posts& what) {
  report out = std::move(first);
  out.add("posts_per_second", what.posts / what.took.seconds, "1/s", 1);
  out.add_latency("delivery", what.delivery);
  out.add_latency("post", what.post);
  what.took.add_to(out, "post", what.posts, 1);
  return out;
}

} // namespace

report run_latency(const load_options& how) {
  allow_open_files(2 * how.subscribers + 2 * how.posters + 512);
  target hosts(how.host);
  client::event_loop loop;
  std::size_t members = how.members > 0 ? std::min(how.members, how.subscribers) : how.subscribers;
  population all = settle(loop, hosts, how.subscribers, how.channels, members);
  hosts.keep_awake(loop);
  delivery_tally deliveries;
  auto listeners = connect_all(loop, hosts.hosts(), all.people, deliveries);
  post_tally tally;
  auto places = all.places(how.posters);
  open_posts posts(loop, hosts, places, how.posters, how.text_bytes, tally);
  posts.start(how.rate);
  loop.run_for(how.warm_up);

  std::optional<raw_rounds> raw;
  if (how.raw_duration.count() > 0) {
    posts.stop();
    stop_posting(loop, tally);
    std::uint64_t frame = deliveries.bytes / std::max<std::uint64_t>(deliveries.delivered, 1);
    raw_how shape = raw_deliveries(how, hosts, all, frame, tally);
    shape.per_second = how.rate;
    shape.reads_all = true; // as we do
    raw.emplace("raw", shape);
    raw->run(loop);
    posts.start(how.rate);
    loop.run_for(how.warm_up / 4);
  }

  report first{"latency", {}, {}};
  first.add("rate", how.rate, "1/s", 0);
  first.add("channels", static_cast<double>(how.channels), "");
  first.add("members_of_each", static_cast<double>(members), "");
  first.add("subscribers", static_cast<double>(how.subscribers), "");
  deliveries.measuring = tally.measuring = true;
  delivered_posts whole;
  std::vector<report> rounds;
  for (std::size_t i = 0; i < how.rounds; ++i) {
    delivered_posts round = measure_round(loop, hosts, deliveries, tally, how.duration / how.rounds);
    rounds.push_back(describe(first, round));
    whole.add(round);
  }
  std::size_t behind = posts.waiting_here();
  deliveries.measuring = false;
  posts.stop();
  stop_posting(loop, tally);
  wait_for_all(loop, members, deliveries, tally);

  report out = describe(std::move(first), whole);
  add_spreads(out, rounds);
  out.add("posts_behind_at_end", static_cast<double>(behind), "");
  if (raw) {
    raw->run(loop);
    raw->add_latency_to(out);
    raw->add_p99_ratio_to(out, "ratio_to_raw", "delivery_p99");
  }
  return out;
}

} // namespace carillon::bench
