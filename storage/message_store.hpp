// Reading the applied tables of channels, and the one function that writes them. Reads may block on
// the disk: only point reads belong on scheduler threads, scans on the storage readers'. Every
// stored value carries a checksum; one that fails it is answered with corrupt_record, its key is
// logged, and it is never served. Thread-safe (reads a kv).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/base/result.hpp"
#include "runtime/ring/slot_hash.hpp"
#include "runtime/wire/api.pb.h"
#include "runtime/wire/event.pb.h"
#include "storage/inbox_store.hpp"
#include "storage/kv.hpp"
#include "storage/push_store.hpp"

namespace carillon::storage {

// Writes the outcome that the command carries: no decision, no read (DESIGN 4: applied once,
// deterministically). Channel and user changes alike; of the meta group's nothing. The caller adds the
// applied index.
void apply_command(write_batch& batch, slot_id slot, const wire::slot_command& command);
// What is left of a message that is deleted: that it was there.
void make_tombstone(wire::chat_message& message);

struct channel_tail {  // where a channel's order ends
  std::uint64_t last_seq = 0;
  timestamp last_ts = 0;
};

struct history_page {
  std::vector<wire::chat_message> messages;  // newest first
  bool has_more = false;
};

struct event_page {
  std::vector<wire::channel_event> events;  // in their order
  bool has_more = false;
};

struct unread_counts {
  std::uint32_t all = 0;
  std::uint32_t display = 0;  // without joins, leaves and other settings messages, as Slack
};

class message_store {
public:
  message_store(const kv& store, std::uint32_t slots) : store_(store), slots_(slots) {}

  // Called with every answer of corrupt_record, on the reader's thread, any number of times: the
  // slot's replica has to step down and pull its tables anew. Set before the first read.
  using corruption_listener = std::function<void(slot_id, const error&)>;
  void on_corruption(corruption_listener listener) { listener_ = std::move(listener); }

  slot_id slot_of(const entity_id& id) const { return carillon::slot_of(id, slots_); }

  // nullopt: the channel does not exist.
  result<std::optional<wire::channel_facts>> facts(const entity_id& channel) const;
  result<std::vector<wire::channel_member>> members(const entity_id& channel) const;  // by user id
  result<bool> is_member(const entity_id& channel, const entity_id& user) const;
  result<channel_tail> tail(const entity_id& channel) const;
  // The message as it stands (tombstones included); nullopt: none with that ts.
  result<std::optional<wire::chat_message>> message_at(const entity_id& channel,
                                                       timestamp ts) const;
  result<std::optional<wire::chat_message>> message_by_seq(const entity_id& channel,
                                                           std::uint64_t seq) const;
  // The seq of the message that this author posted with this client_msg_id, if any. Two authors may
  // choose the same one (clients count from 1): each has posts of their own.
  result<std::optional<std::uint64_t>> find_client_msg_id(const entity_id& channel,
                                                          std::string_view author,
                                                          std::string_view client_msg_id) const;
  // The seq of the first event of the request with this key (channel_change.request_key), if it was
  // carried out: a retry of it is answered with that.
  result<std::optional<std::uint64_t>> find_request_key(const entity_id& channel,
                                                        std::string_view author,
                                                        std::string_view request_key) const;
  // Messages that are not deleted, in Slack's window: oldest/latest exclusive unless inclusive.
  result<history_page> history(const entity_id& channel, const wire::read_history& query) const;
  // Events with seq in (after, ...], in order, at most `limit`: what a hub replays. Each carries
  // its message as it stands now: a post that was deleted since comes as a tombstone, an edit with
  // the text of the last edit.
  result<std::vector<wire::channel_event>>
  events_after(const entity_id& channel, std::uint64_t after, std::size_t limit) const;
  // The same in the window of the query: after its `after`, up to `last`, at or behind `since`. Of many
  // channels it is asked at a time, so it ends with the event that passes window_max_bytes.
  result<event_page> events(const entity_id& channel, const wire::read_events& query) const;
  // Messages after `last_read` that are not by `user`, counted up to `most`.
  result<unread_counts> unread(const entity_id& channel, timestamp last_read, std::string_view user,
                               std::uint32_t most) const;
  // Who takes part in the thread of the message with that ts; nullopt: nobody replied to it.
  result<std::optional<wire::thread_row>> thread(const entity_id& channel, timestamp ts) const;
  // The newest message that is not deleted.
  result<std::optional<wire::chat_message>> latest(const entity_id& channel) const;

  // -- user tables --
  inbox_store inboxes_near(const entity_id& user) const { return inboxes_of(slot_of(user)); }
  inbox_store inboxes_of(slot_id slot) const { return {store_, slot}; }
  push_store pushes_near(const entity_id& user) const { return pushes_of(slot_of(user)); }
  push_store pushes_of(slot_id slot) const { return {store_, slot}; }
  result<std::vector<wire::user_channel>> user_channels(const entity_id& user) const;
  result<std::vector<wire::user_friend>> user_friends(const entity_id& user) const;
  result<std::optional<wire::user_settings>> user_settings(const entity_id& user) const;

  // What one answer of history() or events_after() may hold, besides its limit: long messages come
  // in shorter pages.
  static constexpr std::size_t page_max_bytes = 4u << 20;
  static constexpr std::size_t window_max_bytes = 256u << 10;

private:
  // Passes an answer on, and damage to the listener as well.
  template <class T>
  result<T> watch(const entity_id& entity, result<T> answer) const {
    if (!answer && answer.code() == errc::corrupt_record && listener_)
      listener_(slot_of(entity), answer.error());
    return answer;
  }
  result<channel_tail> read_tail(const entity_id& channel) const;
  result<std::optional<wire::chat_message>> read_message(const entity_id& channel,
                                                         std::uint64_t seq) const;
  result<std::vector<wire::channel_event>> read_events(const entity_id& channel,
                                                       std::uint64_t after, std::size_t limit,
                                                       std::size_t max_bytes) const;
  result<event_page> read_window(const entity_id& channel, const wire::read_events& query) const;
  result<std::uint64_t> first_seq_since(const entity_id& channel, timestamp since) const;
  result<history_page> read_history(const entity_id& channel,
                                    const wire::read_history& query) const;
  result<unread_counts> count_unread(const entity_id& channel, timestamp last_read,
                                     std::string_view user, std::uint32_t most) const;
  result<std::optional<wire::chat_message>> read_latest(const entity_id& channel) const;

  const kv& store_;
  std::uint32_t slots_;
  corruption_listener listener_;
};

}  // namespace carillon::storage
