// What several hosts or parts said, as one picture. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "runtime/wire/inspect.pb.h"

namespace carillon {

// One host's answer, or why there is none.
struct host_answer {
  std::string host;
  std::uint64_t asked_at = 0;    // by the asker's clock
  std::uint64_t answered_at = 0;
  wire::inspect_reply reply;     // errc not 0: silent
};

// The host's clock against ours. 0 where both may agree: it said a time between our question and its
// answer; otherwise as if it had read its clock halfway. Half a round trip exact.
std::int64_t clock_offset(std::uint64_t asked_at, std::uint64_t answered_at, std::uint64_t its_now);

// `view` and the answers as one picture of the cluster; `names`: the hosts in the order of the
// configuration. Slots stay in the picture only when they are wanted; what moves is told in any case.
wire::cluster_picture picture_of_cluster(const wire::ring_view& view,
                                         const std::vector<std::string>& names,
                                         std::vector<host_answer> answers, bool with_slots);

// The highest of all lists, `limit` of each; 0: 10. Mailboxes where nothing waits and that answered
// at once are left out.
inline constexpr std::uint32_t top_default = 10;
wire::top_picture merge_tops(const std::vector<wire::top_picture>& parts, std::uint32_t limit);

// The steps of all hosts by one clock: each host's offset is taken off its times.
wire::trace_picture merge_traces(const std::vector<wire::trace_picture>& parts);

// cluster.hosts; a host that is alone: itself.
std::vector<std::string> host_names(const settings& config);

}  // namespace carillon
