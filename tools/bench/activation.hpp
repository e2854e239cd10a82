// First calls to channels that nobody has in memory: how long each took, and how many per second
// with so many under way. One thread: the loop's.
#pragma once

#include <span>

#include "tools/bench/figures/report.hpp"
#include "tools/bench/poster.hpp"
#include "tools/bench/target.hpp"

namespace carillon::bench {

enum class first_call : std::uint8_t { read, post };

struct activations {
  histogram latency;
  double seconds = 0;

  // NAME_p50 and so on, NAMEs_per_second.
  void add_to(report& out, const std::string& name) const;
};

// One call to each of the places, `in_flight` at a time. Throws client_error when one is refused.
activations call_each(client::event_loop& loop, const target& hosts,
                      std::span<const post_place> places, first_call what, std::size_t in_flight,
                      std::size_t text_bytes);

} // namespace carillon::bench
