#include "storage/message_store.hpp"

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
  return watch(channel, read_events(channel, after, limit));
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
                                                                    std::size_t limit) const {
  const slot_id slot = slot_of(channel);
  std::vector<wire::channel_event> events;
  if (after == ~0ULL)
    return events;
  std::size_t bytes = 0;
  auto at = store_.scan(family::messages, make_entity_prefix(slot, channel));
  for (at->seek(make_message_key(slot, channel, after + 1));
       at->valid() && events.size() < limit && bytes < page_max_bytes; at->next()) {
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

}  // namespace carillon::storage
