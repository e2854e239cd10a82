// How a device is told what it has not seen: from a page of its user's inbox and from the channels that
// the inbox does not hold, exactly once each, in the order of each channel. What the device has beside the
// inbox (`ahead`: read from a channel, or told over a WebSocket) is left out when the inbox brings it.
// Pure; sync_reading.hpp says what is asked when.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/base/result.hpp"
#include "runtime/wire/api.pb.h"

namespace carillon {

// -- cursors --

std::string sync_cursor_text(const wire::sync_place& place);
// invalid_cursor: not one of ours, or of another user or device; cursor_expired: older than `since`.
result<wire::sync_place> read_sync_cursor(std::string_view text, const entity_id& user,
                                          std::string_view device, timestamp since);

// -- a sync --

using seqs_by_channel = std::map<entity_id, std::uint64_t>;

// `seen` as clients say it: a JSON object of channel ids and seqs, of seen_max channels at most.
// invalid_arguments.
inline constexpr std::size_t seen_max = 2'000;
result<seqs_by_channel> read_seen(std::string_view json);

class sync_plan {
public:
  // Events of one channel, to be asked of it.
  struct reading {
    entity_id channel;
    std::uint64_t after = 0;
    std::uint64_t last = 0;  // 0: whatever there is
    bool granted = false;    // the inbox says that they may be told of them
    // Of the inbox: its events of the page before this channel's, and the first of those.
    std::uint64_t events_before = 0;
    std::uint64_t first = 0;
  };

  // `at`: of this sync, for the next cursor.
  sync_plan(wire::sync_place from, const seqs_by_channel& seen, timestamp at);

  wire::read_inbox question(std::uint32_t limit, bool begins) const;
  // Answered: what is to be read of it, in its order. A page has no more than was asked for.
  std::vector<reading> take_page(const wire::inbox_page& page);
  // And then, once the inbox is read to its end: the channels that it does not hold, one by one.
  std::optional<reading> next_beyond();
  // So far they were read.
  void read_beyond(const entity_id& channel, std::uint64_t seq);

  bool inbox_has_more() const { return page_.has_more(); }
  // The place after what was read.
  wire::sync_place finish();

  // Where live events are to begin, in each channel that the user is in: after a seq that the device has,
  // with an event that is theirs. From a page of starts (api.proto, read_inbox).
  struct live_start {
    entity_id channel;
    std::uint64_t joined_seq = 0;
    std::uint64_t after = 0;
  };
  std::vector<live_start> live_after(const wire::inbox_page& starts) const;

private:
  std::optional<std::uint64_t> ahead_in(const entity_id& channel) const;
  void forget_others();
  static std::uint64_t held_before(const wire::inbox_standing& channel);
  static std::uint64_t unread_after(const wire::inbox_standing& channel, std::optional<std::uint64_t> ahead);

  wire::sync_place place_;
  seqs_by_channel ahead_;
  std::set<entity_id> caught_up_;  // the inbox brought what the device had of these beside it
  wire::inbox_page page_;
  int beyond_ = 0;
};

}  // namespace carillon
