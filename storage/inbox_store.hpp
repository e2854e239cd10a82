// Reading users' inboxes: what came for them since a position of theirs, how far the inboxes of a slot
// hold a channel, what mentions them. Written by apply_command (message_store.hpp) like all tables; the
// reads block on the disk as message_store's do: scans belong on the storage readers' threads.
// Thread-safe (reads a kv).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/base/result.hpp"
#include "runtime/ring/slot_hash.hpp"
#include "runtime/wire/event.pb.h"
#include "storage/kv.hpp"

namespace carillon::storage {

// A place in a user's inbox: every row before `from` was read, and the first `skip` events of that one.
struct inbox_place {
  std::uint64_t from = 0;
  std::uint64_t skip = 0;
  bool operator==(const inbox_place&) const = default;
};

struct inbox_rows {
  std::vector<wire::inbox_span> spans;  // in the order in which they came; neighbours are joined
  inbox_place next;
  timestamp row_at = 0;  // when the last row was written that was looked at; 0: there was none
  bool has_more = false;
};

// A row of somebody's inbox that was written, or says that they were mentioned, before `since` (family::index).
bool is_inbox_row_before(std::string_view key, std::string_view value, timestamp since);

class inbox_store {
public:
  inbox_store(const kv& store, slot_id slot) : store_(store), slot_(slot) {}

  // At most `limit` events (in spans) from `place` on. Rows written before `since` are passed over.
  result<inbox_rows> read(const entity_id& user, inbox_place place, std::uint64_t limit,
                          timestamp since) const;
  // Everything from `place` on, neighbours of a channel joined whatever came between them: about one span
  // for each time that the user was in the channel.
  result<inbox_rows> starts(const entity_id& user, inbox_place place, timestamp since) const;
  // Whether the last row before `place` (or the one in which it is) is still the one that was written at
  // `row_at`. It is not when the tables were put back to an earlier time since. REQUIRES: retention keeps it.
  result<bool> holds(const entity_id& user, inbox_place place, timestamp row_at) const;
  // nullopt: these inboxes never had anything of the channel.
  result<std::optional<wire::inbox_reach>> reach(const entity_id& channel) const;
  // After `ts`, counted up to `most`.
  result<std::uint32_t> mentions(const entity_id& user, const entity_id& channel, timestamp ts,
                                 std::uint32_t most) const;
  result<std::vector<wire::user_device>> devices(const entity_id& user) const;

private:
  template <class Take>
  status walk(const entity_id& user, inbox_place place, timestamp since, Take take) const;

  const kv& store_;
  slot_id slot_;
};

}  // namespace carillon::storage
