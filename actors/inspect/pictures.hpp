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

// Who leads each of so many slots, as all of `hosts` together know it (slot_states.cpp).
std::vector<wire::slot_state> states_of(
    const google::protobuf::RepeatedPtrField<wire::host_picture>& hosts, int slots);

// What a live view is sent: {"cluster":…,"top":…}, without the replicas of each slot. When that is
// longer than `most` bytes, without places and states either: whoever wants them asks.
std::string live_text(wire::cluster_picture cluster, const wire::top_picture& top, std::size_t most);

// `view` and the answers as one picture of the cluster; `names`: the hosts in the order of the
// configuration. Slots stay in the picture only when they are wanted; what moves is told in any case.
wire::cluster_picture picture_of_cluster(const wire::ring_view& view,
                                         const std::vector<std::string>& names,
                                         std::vector<host_answer> answers, bool with_slots);

// The highest of all lists, `limit` of each; 0: 10. Mailboxes where nothing waits and that answered
// at once are left out.
inline constexpr std::uint32_t top_default = 10;
wire::top_picture merge_tops(const std::vector<wire::top_picture>& parts, std::uint32_t limit);

// cluster.hosts, then members of the ring that are not listed there: they joined later, or all are
// found in ZooKeeper. A host that is alone: itself.
std::vector<std::string> host_names(const settings& config, const wire::ring_view& view);

}  // namespace carillon
