// What workloads with listeners have in common: rounds in which deliveries are counted, the check that
// none is missing, and the raw limit of the same shape; for `fanout` and `groups` the whole of it, with
// closed loops that post.
#pragma once

#include "tools/bench/listener.hpp"
#include "tools/bench/meter.hpp"
#include "tools/bench/population.hpp"
#include "tools/bench/raw/raw_rounds.hpp"
#include "tools/bench/workloads.hpp"

namespace carillon::bench {

// What was measured in one round, or in all of them.
struct delivered_posts {
  double deliveries = 0;
  double posts = 0;
  meter::reading took;
  histogram delivery;
  histogram post;

  void add(const delivered_posts& other) {
    deliveries += other.deliveries;
    posts += other.posts;
    took.add(other.took);
    delivery.add(other.delivery);
    post.add(other.post);
  }
};
delivered_posts measure_round(client::event_loop& loop, const target& hosts,
                              delivery_tally& deliveries, post_tally& posts,
                              std::chrono::milliseconds how_long);

// All listeners but every 16th are counted by their bytes from now on. They are members of the same
// channels, in which nobody has posted yet.
void count_most(client::event_loop& loop, std::vector<std::unique_ptr<listener>>& listeners,
                const load_options& how, delivery_tally& deliveries);

// Nothing may be missing: every post reaches every member, in order; who is counted has exactly as many
// bytes as those who read. Throws client_error.
void wait_for_all(client::event_loop& loop, std::size_t members, const delivery_tally& deliveries,
                  const post_tally& posts);

// Each of the people has one connection. The report begins with `first`.
report measure_deliveries(client::event_loop& loop, const target& hosts, const population& all,
                          const load_options& how, report first);

// What a raw server does for the same people: `frame_bytes` to each member of a group.
raw_how raw_deliveries(const load_options& how, const target& hosts, const population& all,
                       std::size_t frame_bytes, const post_tally& posts);

} // namespace carillon::bench
