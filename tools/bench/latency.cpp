#include "tools/bench/deliveries.hpp"
#include "tools/bench/listener.hpp"
#include "tools/bench/open_posts.hpp"

namespace carillon::bench {
namespace {

struct paced_posts {
  double posts = 0;
  meter::reading took;
  histogram delivery;
  histogram post;

  void add(const paced_posts& other) {
    posts += other.posts;
    took.add(other.took);
    delivery.add(other.delivery);
    post.add(other.post);
  }
};

report describe(report first, const paced_posts& what) {
  report out = std::move(first);
  out.add("posts_per_second", what.posts / what.took.seconds, "1/s", 1);
  out.add_latency("delivery", what.delivery);
  out.add_latency("post", what.post);
  what.took.add_to(out, "post", what.posts, 1);
  return out;
}

paced_posts measure_round(client::event_loop& loop, const target& hosts, delivery_tally& deliveries,
                          post_tally& posts, std::chrono::milliseconds how_long) {
  deliveries.latency = posts.latency = {};
  std::uint64_t before = posts.acknowledged;
  meter measured(hosts);
  loop.run_for(how_long);
  paced_posts out;
  out.took = measured.read();
  out.posts = static_cast<double>(posts.acknowledged - before);
  out.delivery = deliveries.latency;
  out.post = posts.latency;
  return out;
}

} // namespace

report run_latency(const load_options& how) {
  allow_open_files(2 * how.subscribers + 2 * how.posters + 512);
  target hosts(how.host);
  client::event_loop loop;
  std::size_t members = how.members > 0 ? std::min(how.members, how.subscribers) : how.subscribers;
  population all = settle(loop, hosts, how.subscribers, how.channels, members);
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
  paced_posts whole;
  std::vector<report> rounds;
  for (std::size_t i = 0; i < how.rounds; ++i) {
    paced_posts round = measure_round(loop, hosts, deliveries, tally, how.duration / how.rounds);
    rounds.push_back(describe(first, round));
    whole.add(round);
  }
  std::size_t behind = posts.waiting_here();
  deliveries.measuring = false;
  posts.stop();
  stop_posting(loop, tally);
  check_all_accepted(tally);
  std::uint64_t expected = tally.acknowledged * members;
  loop.run_until([&] { return deliveries.delivered >= expected; }, std::chrono::seconds(30));
  if (deliveries.gaps > 0 || deliveries.delivered != expected)
    throw client::client_error("deliveries are missing");

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
