#include "tools/bench/meter.hpp"
#include "tools/bench/poster.hpp"
#include "tools/bench/population.hpp"
#include "tools/bench/raw/raw_rounds.hpp"
#include "tools/bench/workloads.hpp"

namespace carillon::bench {
namespace {

// What was measured in one round, or in all of them.
struct acknowledged_posts {
  double posts = 0;
  meter::reading took;
  histogram latency;

  void add(const acknowledged_posts& other) {
    posts += other.posts;
    took.add(other.took);
    latency.add(other.latency);
  }
};

report describe(const load_options& how, const acknowledged_posts& what) {
  report out{"durable", {}, {}};
  out.add("hosts", static_cast<double>(how.host.hosts), "");
  out.add("posters", static_cast<double>(how.posters), "");
  out.add("channels", static_cast<double>(how.channels), "");
  out.add("acknowledged_per_second", what.posts / what.took.seconds, "1/s", 0, better::higher);
  out.add_latency("latency", what.latency);
  what.took.add_to(out, "post", what.posts, 1);
  return out;
}

acknowledged_posts measure_round(client::event_loop& loop, const target& hosts, post_tally& tally,
                                 std::chrono::milliseconds how_long) {
  tally.latency = {};
  std::uint64_t before = tally.acknowledged;
  meter measured(hosts, loop);
  loop.run_for(how_long);
  acknowledged_posts out;
  out.took = measured.read();
  out.posts = static_cast<double>(tally.acknowledged - before);
  out.latency = tally.latency;
  return out;
}

// Appends and syncs as long posts as ours, from as many posters, on the hosts' disk.
raw_rounds raw_of(const load_options& how, const target& hosts, const post_tally& tally) {
  raw_how raw;
  raw.shape.request_bytes = std::max(tally.request_bytes, raw_request_min);
  raw.shape.answer_bytes = std::max<std::size_t>(tally.answer_bytes, 1);
  raw.shape.journal = hosts.disk() + "/raw.journal";
  raw.posters = how.posters;
  raw.duration = how.raw_duration;
  raw.core = hosts.core();
  return {"raw", raw};
}

} // namespace

report run_durable(const load_options& how) {
  target hosts(how.host);
  client::event_loop loop;
  std::size_t people = std::max(how.posters, how.channels);
  std::size_t members = std::max<std::size_t>(1, how.posters / how.channels);
  population all = settle(loop, hosts, people, how.channels, members);
  auto places = all.places(how.posters);
  post_tally tally;
  std::vector<std::unique_ptr<poster>> posters;
  for (std::size_t i = 0; i < how.posters; ++i)
    posters.push_back(std::make_unique<poster>(loop, hosts.where(i), places, i, how.posters,
                                               how.text_bytes, tally));
  start_posting(posters, tally);
  loop.run_for(how.warm_up);

  bool with_raw = how.raw_duration.count() > 0 && !hosts.disk().empty();
  raw_rounds raw = raw_of(how, hosts, tally);
  auto run_raw = [&] {
    if (!with_raw)
      return;
    stop_posting(loop, tally);
    raw.run(loop);
  };
  run_raw();
  if (with_raw)
    start_posting(posters, tally);
  loop.run_for(how.warm_up / 4);

  tally.measuring = true;
  acknowledged_posts whole;
  std::vector<report> rounds;
  for (std::size_t i = 0; i < how.rounds; ++i) {
    acknowledged_posts round = measure_round(loop, hosts, tally, how.duration / how.rounds);
    rounds.push_back(describe(how, round));
    whole.add(round);
  }
  stop_posting(loop, tally);
  check_all_accepted(tally);
  run_raw();

  report out = describe(how, whole);
  add_spreads(out, rounds);
  if (with_raw) {
    raw.add_rate_to(out);
    raw.add_latency_to(out);
    raw.add_rate_ratio_to(out, "ratio_to_raw", "acknowledged_per_second");
  }
  return out;
}

} // namespace carillon::bench
