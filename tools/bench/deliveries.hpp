// What `fanout` and `groups` have in common: people who listen, closed loops that post, rounds in
// which deliveries are counted, and the raw limit of the same shape around them.
#pragma once

#include "tools/bench/meter.hpp"
#include "tools/bench/population.hpp"
#include "tools/bench/raw/raw_rounds.hpp"
#include "tools/bench/workloads.hpp"

namespace carillon::bench {

// Each of the people has one connection. The report begins with `first`.
report measure_deliveries(client::event_loop& loop, const target& hosts, const population& all,
                          const load_options& how, report first);

// What a raw server does for the same people: `frame_bytes` to each member of a group.
raw_how raw_deliveries(const load_options& how, const target& hosts, const population& all,
                       std::size_t frame_bytes, const post_tally& posts);

} // namespace carillon::bench
