#include "tools/bench/deliveries.hpp"

#include <algorithm>
#include <optional>

#include "tools/bench/pacer.hpp"

namespace carillon::bench {
namespace {

constexpr std::chrono::seconds patience{30};
constexpr double pong_every_seconds = 4; // well below the silence after which a host pings

report describe(report first, const delivered_posts& what) {
  report out = std::move(first);
  out.add("posts_per_second", what.posts / what.took.seconds, "1/s", 0, better::higher);
  out.add("deliveries_per_second", what.deliveries / what.took.seconds, "1/s", 0, better::higher);
  out.add_latency("delivery", what.delivery);
  out.add_latency("post", what.post);
  what.took.add_to(out, "delivery", what.deliveries, 3);
  return out;
}

// What is counted lies in kernels until it is worth a wake-up: at the ends of a measurement it is
// looked for.
void drain(const delivery_tally& deliveries) {
  for (auto& one : deliveries.counted)
    one->drain();
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

void count_most(client::event_loop& loop, std::vector<std::unique_ptr<listener>>& listeners,
                const load_options& how, delivery_tally& deliveries) {
  constexpr std::size_t around_text = 200; // of a frame
  std::size_t low_water = low_water_of(how.in_flight, how.text_bytes + around_text);
  for (std::size_t i = 0; i < listeners.size(); ++i)
    if (!is_read_whole(i))
      deliveries.counted.push_back(std::make_unique<byte_counter>(
          loop, listeners[i]->release(), low_water, deliveries.counted_bytes));
}

delivered_posts measure_round(client::event_loop& loop, const target& hosts,
                              delivery_tally& deliveries, post_tally& posts,
                              std::chrono::milliseconds how_long) {
  deliveries.latency = posts.latency = {};
  drain(deliveries);
  std::uint64_t delivered = deliveries.delivered;
  std::uint64_t bytes = deliveries.bytes;
  std::uint64_t counted = deliveries.counted_bytes;
  std::uint64_t acknowledged = posts.acknowledged;
  meter measured(hosts, loop);
  loop.run_for(how_long);
  drain(deliveries);
  delivered_posts out;
  out.took = measured.read();
  out.deliveries = static_cast<double>(deliveries.delivered - delivered);
  if (deliveries.bytes > bytes)
    out.deliveries += static_cast<double>(deliveries.counted_bytes - counted) * out.deliveries /
                      static_cast<double>(deliveries.bytes - bytes);
  out.posts = static_cast<double>(posts.acknowledged - acknowledged);
  out.delivery = deliveries.latency;
  out.post = posts.latency;
  return out;
}

void wait_for_all(client::event_loop& loop, std::size_t members, const delivery_tally& deliveries,
                  const post_tally& posts) {
  check_all_accepted(posts);
  std::size_t readers = members - deliveries.counted.size();
  std::uint64_t expected = posts.acknowledged * readers;
  loop.run_until([&] { return deliveries.delivered >= expected; }, patience);
  if (deliveries.gaps > 0 || deliveries.delivered != expected)
    throw client::client_error(std::to_string(deliveries.delivered) + " deliveries of " +
                               std::to_string(expected) + ", " + std::to_string(deliveries.gaps) +
                               " gaps");
  std::uint64_t of_each = deliveries.bytes / std::max<std::size_t>(readers, 1);
  auto has_all = [&](auto& one) { return one->bytes() == of_each; };
  loop.run_until(
      [&] {
        drain(deliveries);
        return std::all_of(deliveries.counted.begin(), deliveries.counted.end(), has_all);
      },
      patience);
  for (auto& one : deliveries.counted)
    if (!has_all(one))
      throw client::client_error(std::to_string(one->bytes()) + " bytes came to one listener, " +
                                 std::to_string(of_each) + " to others of its channel");
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
  raw.reads_all = how.reads_all || raw.shape.groups > 1;
  raw.posters = raw.in_flight = how.in_flight;
  raw.duration = how.raw_duration;
  raw.core = hosts.core();
  return raw;
}

report measure_deliveries(client::event_loop& loop, const target& hosts, const population& all,
                          const load_options& how, report first) {
  hosts.keep_awake(loop);
  delivery_tally deliveries;
  auto listeners = connect_all(loop, hosts.hosts(), all.people, deliveries);
  std::optional<pacer> pongs;
  if (all.channels.size() == 1 && !how.reads_all) {
    count_most(loop, listeners, how, deliveries);
    first.add("read_whole", static_cast<double>(listeners.size() - deliveries.counted.size()), "");
  }
  if (std::size_t counted = deliveries.counted.size(); counted > 0)
    pongs.emplace(loop, static_cast<double>(counted) / pong_every_seconds,
                  [&deliveries, next = std::size_t{0}](tick_time) mutable {
                    deliveries.counted[next++ % deliveries.counted.size()]->pong();
                  });
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
