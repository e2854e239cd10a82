// What a committed change of a channel is for the inboxes of its members: which events, who came and
// went with it, whom its text mentions. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/raft/types.hpp"
#include "runtime/wire/event.pb.h"

namespace carillon {

// Whom a text speaks of, as Slack writes it: <@U…>, <@U…|name>, <!here>, <!channel>, <!everyone>; and
// @here, @channel, @everyone as words, which people type.
struct mentions_in_text {
  std::vector<std::uint64_t> users;  // rising, each once
  wire::mention_kind everybody = wire::MENTION_UNKNOWN;  // or MENTION_HERE, MENTION_CHANNEL

  bool empty() const { return users.empty() && everybody == wire::MENTION_UNKNOWN; }
  bool operator==(const mentions_in_text&) const = default;
};
mentions_in_text find_mentions(std::string_view text);

struct inbox_step {
  struct mention {
    std::uint64_t seq = 0;  // of the event that says so
    timestamp ts = 0;       // of the message
    mentions_in_text who;
    bool withdrawn = false;
    std::uint64_t author = 0;  // is not told of what they say themselves
    wire::mention_kind named = wire::MENTION_USER;  // what `who.users` are
  };
  struct joiner {
    std::uint64_t user = 0;
    std::uint64_t seq = 0;
  };

  raft::log_index index = 0;
  entity_id channel;
  std::uint64_t first_seq = 0;  // 0: no event
  std::uint64_t last_seq = 0;
  std::vector<mention> mentions;
  std::vector<joiner> joined;
  std::vector<std::uint64_t> left;
  bool leaves_inboxes = false;
  bool read_at_sync = false;    // said by its facts; false without facts

  bool needs_everybody() const;
};

// nullopt: inboxes have nothing to do with it.
std::optional<inbox_step> inbox_step_of(raft::log_index index, const wire::slot_command& command);

}  // namespace carillon
