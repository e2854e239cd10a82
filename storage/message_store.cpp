#include "storage/message_store.hpp"

#include <algorithm>

#include "storage/rows.hpp"

namespace carillon::storage {

// -- what is asked: the answer, and damage told to the listener -----------------------------------

result<std::optional<wire::channel_facts>> message_store::facts(const entity_id& channel) const {
  const auto key = make_table_prefix(slot_of(channel), channel, table::facts);
  return watch(channel, get_row<wire::channel_facts>(store_, family::index, key));
}

result<std::vector<wire::channel_member>> message_store::members(const entity_id& channel) const {
  const auto prefix = make_table_prefix(slot_of(channel), channel, table::members);
  return watch(channel, get_rows<wire::channel_member>(store_, family::index, prefix));
}

result<bool> message_store::is_member(const entity_id& channel, const entity_id& user) const {
  const auto key = make_id_row_key(slot_of(channel), channel, table::members, user);
  auto row = watch(channel, get_row<wire::channel_member>(store_, family::index, key));
  if (!row)
    return row.error();
  return row->has_value();
}

result<channel_tail> message_store::tail(const entity_id& channel) const {
  return watch(channel, read_tail(channel));
}

result<std::optional<wire::chat_message>> message_store::message_at(const entity_id& channel,
                                                                    timestamp ts) const {
  auto seq = watch(channel, get_number(store_, family::index,
                                       make_ts_key(slot_of(channel), channel, ts)));
  if (!seq)
    return seq.error();
  if (!*seq)
    return std::optional<wire::chat_message>();
  return message_by_seq(channel, **seq);
}

result<std::optional<wire::chat_message>> message_store::message_by_seq(const entity_id& channel,
                                                                        std::uint64_t seq) const {
  return watch(channel, read_message(channel, seq));
}

result<std::optional<std::uint64_t>>
message_store::find_client_msg_id(const entity_id& channel, std::string_view author,
                                  std::string_view client_msg_id) const {
  const auto key = make_client_msg_id_key(slot_of(channel), channel, author, client_msg_id);
  return watch(channel, get_number(store_, family::index, key));
}

result<std::optional<std::uint64_t>>
message_store::find_request_key(const entity_id& channel, std::string_view author,
                                std::string_view request_key) const {
  const auto key = make_request_key(slot_of(channel), channel, author, request_key);
  return watch(channel, get_number(store_, family::index, key));
}

result<std::vector<wire::channel_event>> message_store::events_after(const entity_id& channel,
                                                                     std::uint64_t after,
                                                                     std::size_t limit) const {
  return watch(channel, read_events(channel, after, limit, page_max_bytes));
}

result<event_page> message_store::events(const entity_id& channel,
                                         const wire::read_events& query) const {
  return watch(channel, read_window(channel, query));
}

result<history_page> message_store::history(const entity_id& channel,
                                            const wire::read_history& query) const {
  return watch(channel, read_history(channel, query));
}

result<unread_counts> message_store::unread(const entity_id& channel, timestamp last_read,
                                            std::string_view user, std::uint32_t most) const {
  return watch(channel, count_unread(channel, last_read, user, most));
}

result<std::optional<wire::chat_message>> message_store::latest(const entity_id& channel) const {
  return watch(channel, read_latest(channel));
}

result<std::vector<wire::user_channel>> message_store::user_channels(const entity_id& user) const {
  const auto prefix = make_table_prefix(slot_of(user), user, table::user_channels);
  return watch(user, get_rows<wire::user_channel>(store_, family::index, prefix));
}

result<std::vector<wire::user_friend>> message_store::user_friends(const entity_id& user) const {
  const auto prefix = make_table_prefix(slot_of(user), user, table::user_friends);
  return watch(user, get_rows<wire::user_friend>(store_, family::index, prefix));
}

result<std::optional<wire::user_settings>>
message_store::user_settings(const entity_id& user) const {
  const auto key = make_table_prefix(slot_of(user), user, table::user_settings);
  return watch(user, get_row<wire::user_settings>(store_, family::index, key));
}

result<std::optional<wire::thread_row>> message_store::thread(const entity_id& channel,
                                                              timestamp ts) const {
  const auto key = make_thread_key(slot_of(channel), channel, ts);
  return watch(channel, get_row<wire::thread_row>(store_, family::index, key));
}

// -- reading ---------------------------------------------------------------------------------------

result<channel_tail> message_store::read_tail(const entity_id& channel) const {
  const slot_id slot = slot_of(channel);
  auto at = store_.scan(family::messages, make_entity_prefix(slot, channel));
  at->seek_for_prev(make_message_key(slot, channel, ~0ULL));
  if (!at->valid()) {
    if (auto scanned = at->failure(); !scanned)
      return scanned.error();
    return channel_tail{};
  }
  auto event = parse_row<wire::channel_event>(family::messages, at->key(), at->value());
  if (!event)
    return event.error();
  return channel_tail{event->seq(), event->ts()};
}

result<std::optional<wire::chat_message>> message_store::read_message(const entity_id& channel,
                                                                      std::uint64_t seq) const {
  auto event = get_row<wire::channel_event>(store_, family::messages,
                                            make_message_key(slot_of(channel), channel, seq));
  if (!event)
    return event.error();
  if (!*event || (*event)->kind() != wire::EVENT_MESSAGE)
    return std::optional<wire::chat_message>();
  return std::optional(std::move(*(*event)->mutable_message()));
}

result<std::vector<wire::channel_event>> message_store::read_events(const entity_id& channel,
                                                                    std::uint64_t after,
                                                                    std::size_t limit,
                                                                    std::size_t max_bytes) const {
  const slot_id slot = slot_of(channel);
  std::vector<wire::channel_event> events;
  if (after == ~0ULL)
    return events;
  std::size_t bytes = 0;
  auto at = store_.scan(family::messages, make_entity_prefix(slot, channel));
  for (at->seek(make_message_key(slot, channel, after + 1));
       at->valid() && events.size() < limit && bytes < max_bytes; at->next()) {
    auto event = parse_row<wire::channel_event>(family::messages, at->key(), at->value());
    if (!event)
      return event.error();
    if (event->kind() != wire::EVENT_MESSAGE) {
      auto message = read_message(channel, event->message().seq());
      if (!message)
        return message.error();
      if (!*message)
        return corrupt(family::messages, at->key(), "refers to a message that is not there");
      *event->mutable_message() = std::move(**message);
    }
    bytes += event->ByteSizeLong();
    events.push_back(std::move(*event));
  }
  if (auto scanned = at->failure(); !scanned)
    return scanned.error();
  return events;
}

result<event_page> message_store::read_window(const entity_id& channel,
                                              const wire::read_events& query) const {
  event_page out;
  std::uint64_t after = query.after();
  if (query.since() != 0) {
    auto first = first_seq_since(channel, query.since());
    if (!first)
      return first.error();
    after = std::max(after, *first == 0 ? 0 : *first - 1);
  }
  const std::uint64_t last = query.last() == 0 ? ~0ULL : query.last();
  if (last <= after)
    return out;
  const std::uint64_t room = std::min<std::uint64_t>(query.limit(), last - after);
  auto events = read_events(channel, after, room + 1, window_max_bytes);
  if (!events)
    return events.error();
  out.events = std::move(*events);
  const bool cut_by_size = out.events.size() <= room && !out.events.empty() &&
                           out.events.back().seq() < last;
  while (!out.events.empty() && (out.events.size() > room || out.events.back().seq() > last)) {
    out.has_more = out.has_more || out.events.back().seq() <= last;
    out.events.pop_back();
  }
  if (!out.has_more && cut_by_size) {  // or there is no more of them
    auto tail = read_tail(channel);
    if (!tail)
      return tail.error();
    out.has_more = tail->last_seq > out.events.back().seq();
  }
  return out;
}

// 0: none; by the index of messages, so edits and deletions alone do not count.
result<std::uint64_t> message_store::first_seq_since(const entity_id& channel, timestamp since) const {
  const slot_id slot = slot_of(channel);
  auto at = store_.scan(family::index, make_table_prefix(slot, channel, table::ts));
  at->seek(make_ts_key(slot, channel, since));
  if (!at->valid()) {
    if (auto scanned = at->failure(); !scanned)
      return scanned.error();
    auto tail = read_tail(channel);  // what is there is older
    if (!tail)
      return tail.error();
    return tail->last_seq + 1;
  }
  auto seq = unseal_number(family::index, at->key(), at->value());
  if (!seq)
    return seq.error();
  return seq->at[0];
}

}  // namespace carillon::storage
