// Reading what a slot's users have about pushes: what they said, what waits to be told, what is shown and
// not read. Written by apply_command (message_store.hpp); scans belong on the storage readers' threads.
// Thread-safe (reads a kv).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/base/result.hpp"
#include "runtime/ring/slot_hash.hpp"
#include "runtime/wire/event.pb.h"
#include "storage/kv.hpp"

namespace carillon::storage {

// A row of somebody's mentions (key and value of family::index) that only says that a DM had a message
// before `since`: badges do not count back so far.
bool is_direct_row_before(std::string_view key, std::string_view value, timestamp since);

struct slot_pushes {
  struct row {
    entity_id user;
    entity_id channel;
    wire::push_row row;
    // How far the user has read the channel, and whether they are in it: what was marked when nobody
    // could follow it.
    timestamp last_read = 0;
    bool member = false;
  };
  std::vector<wire::push_user> users;
  std::vector<row> rows;
};

// What one push of a channel needs to know of its user.
struct push_standing {
  timestamp last_read = 0;   // of the channel
  bool member = false;
  std::uint32_t unread = 0;  // messages of the channel that speak to them and are not read; no threads
  std::uint32_t badge = 0;   // of all their channels, and replies in their threads that they were pushed
};

class push_store {
public:
  push_store(const kv& store, slot_id slot) : store_(store), slot_(slot) {}

  // nullopt: the user never said anything.
  result<std::optional<wire::push_user>> user(const entity_id& user) const;
  // Of all users of the slot.
  result<slot_pushes> all() const;
  // The badge is counted up to `most`.
  result<push_standing> standing(const entity_id& user, const entity_id& channel,
                                 std::uint32_t most) const;

private:
  result<std::optional<wire::user_channel>> channel_of(const entity_id& user,
                                                       const entity_id& channel) const;

  // Of the pushes whose keys begin so.
  result<std::vector<slot_pushes::row>> rows_below(std::string_view prefix) const;
  std::uint32_t unread_mentions(cursor& at, const entity_id& user, const entity_id& channel, timestamp last_read,
                                std::uint32_t most) const;
  result<std::uint32_t> unread_replies(const entity_id& user) const;

  const kv& store_;
  slot_id slot_;
};

}  // namespace carillon::storage
