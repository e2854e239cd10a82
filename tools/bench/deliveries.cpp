#include "tools/bench/deliveries.hpp"

namespace carillon::bench {
namespace {

constexpr std::chrono::seconds patience{30};

report describe(report first, const delivered_posts& what) {
  report out = std::move(first);
  out.add("posts_per_second", what.posts / what.took.seconds, "1/s", 0, better::higher);
  out.add("deliveries_per_second", what.deliveries / what.took.seconds, "1/s", 0, better::higher);
  out.add_latency("delivery", what.delivery);
  out.add_latency("post", what.post);
  what.took.add_to(out, "delivery", what.deliveries, 3);
  return out;
}

// The raw rounds of both kinds, before and after.
class raw_pair {
public:
  explicit raw_pair(const raw_how& how) : plain_("raw", how), coalesced_("raw_coalesced", how) {
    coalesced_.how().shape.coalesced = true;
  }
  void run(client::event_loop& loop) {
    plain_.run(loop);
    coalesced_.run(loop);
  }
  void add_to(report& out) const {
    plain_.add_rate_to(out);
    coalesced_.add_rate_to(out);
    plain_.add_rate_ratio_to(out, "ratio_to_raw", "deliveries_per_second");
    coalesced_.add_rate_ratio_to(out, "ratio_to_raw_coalesced", "deliveries_per_second");
  }

private:
  raw_rounds plain_;
  raw_rounds coalesced_;
};

} // namespace

delivered_posts measure_round(client::event_loop& loop, const target& hosts,
                              delivery_tally& deliveries, post_tally& posts,
                              std::chrono::milliseconds how_long) {
  deliveries.latency = posts.latency = {};
  std::uint64_t delivered = deliveries.delivered;
  std::uint64_t acknowledged = posts.acknowledged;
  meter measured(hosts);
  loop.run_for(how_long);
  delivered_posts out;
  out.took = measured.read();
  out.deliveries = static_cast<double>(deliveries.delivered - delivered);
  out.posts = static_cast<double>(posts.acknowledged - acknowledged);
  out.delivery = deliveries.latency;
  out.post = posts.latency;
  return out;
}

void wait_for_all(client::event_loop& loop, std::size_t members, const delivery_tally& deliveries,
                  const post_tally& posts) {
  check_all_accepted(posts);
  std::uint64_t expected = posts.acknowledged * members;
  loop.run_until([&] { return deliveries.delivered >= expected; }, patience);
  if (deliveries.gaps > 0 || deliveries.delivered != expected)
    throw client::client_error(std::to_string(deliveries.delivered) + " deliveries of " +
                               std::to_string(expected) + ", " + std::to_string(deliveries.gaps) +
                               " gaps");
}

raw_how raw_deliveries(const load_options& how, const target& hosts, const population& all,
                       std::size_t frame_bytes, const post_tally& posts) {
  raw_how raw;
  raw.shape.people = all.people.size();
  raw.shape.groups = all.channels.size();
  raw.shape.members = all.members;
  raw.shape.frame_bytes = std::max(frame_bytes, raw_stamp_bytes);
  raw.shape.request_bytes = std::max(posts.request_bytes, raw_request_min);
  raw.shape.answer_bytes = std::max<std::size_t>(posts.answer_bytes, 1);
  raw.posters = raw.in_flight = how.in_flight;
  raw.duration = how.raw_duration;
  raw.core = hosts.core();
  return raw;
}

report measure_deliveries(client::event_loop& loop, const target& hosts, const population& all,
                          const load_options& how, report first) {
  delivery_tally deliveries;
  auto listeners = connect_all(loop, hosts.hosts(), all.people, deliveries);
  post_tally posts;
  auto places = all.places(how.in_flight);
  std::vector<std::unique_ptr<poster>> posters;
  for (std::size_t i = 0; i < how.in_flight; ++i)
    posters.push_back(std::make_unique<poster>(loop, hosts.where(i), places, i, how.in_flight,
                                               how.text_bytes, posts));
  start_posting(posters, posts);
  loop.run_for(how.warm_up);

  std::optional<raw_pair> raw;
  if (how.raw_duration.count() > 0) {
    stop_posting(loop, posts);
    wait_for_all(loop, all.members, deliveries, posts);
    std::uint64_t frame = deliveries.bytes / std::max<std::uint64_t>(deliveries.delivered, 1);
    raw.emplace(raw_deliveries(how, hosts, all, frame, posts));
    raw->run(loop);
    start_posting(posters, posts);
    loop.run_for(how.warm_up / 4);
  }

  deliveries.measuring = posts.measuring = true;
  delivered_posts whole;
  std::vector<report> rounds;
  for (std::size_t i = 0; i < how.rounds; ++i) {
    delivered_posts round =
        measure_round(loop, hosts, deliveries, posts, how.duration / how.rounds);
    rounds.push_back(describe(first, round));
    whole.add(round);
  }
  deliveries.measuring = false;
  stop_posting(loop, posts);
  wait_for_all(loop, all.members, deliveries, posts);

  report out = describe(std::move(first), whole);
  add_spreads(out, rounds);
  if (raw) {
    raw->run(loop);
    raw->add_to(out);
  }
  return out;
}

} // namespace carillon::bench
