#include "storage/message_store.hpp"

#include "storage/rows.hpp"

namespace carillon::storage {

result<std::optional<wire::channel_facts>> message_store::facts(const entity_id& channel) const {
  return get_row<wire::channel_facts>(store_, family::index,
                                      make_table_prefix(slot_of(channel), channel, table::facts));
}

result<std::vector<wire::channel_member>> message_store::members(const entity_id& channel) const {
  return get_rows<wire::channel_member>(
      store_, family::index, make_table_prefix(slot_of(channel), channel, table::members));
}

result<channel_tail> message_store::tail(const entity_id& channel) const {
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

result<std::optional<wire::chat_message>> message_store::message_at(const entity_id& channel,
                                                                    timestamp ts) const {
  auto seq = get_number(store_, family::index, make_ts_key(slot_of(channel), channel, ts));
  if (!seq)
    return seq.error();
  if (!*seq)
    return std::optional<wire::chat_message>();
  return message_by_seq(channel, **seq);
}

result<std::optional<wire::chat_message>> message_store::message_by_seq(const entity_id& channel,
                                                                        std::uint64_t seq) const {
  auto event = get_row<wire::channel_event>(store_, family::messages,
                                            make_message_key(slot_of(channel), channel, seq));
  if (!event)
    return event.error();
  if (!*event || (*event)->kind() != wire::EVENT_MESSAGE)
    return std::optional<wire::chat_message>();
  return std::optional(std::move(*(*event)->mutable_message()));
}

result<std::optional<std::uint64_t>> message_store::find_client_msg_id(const entity_id& channel,
                                                                       std::string_view author,
                                                                       std::string_view client_msg_id) const {
  return get_number(store_, family::index, make_client_msg_id_key(slot_of(channel), channel, author, client_msg_id));
}

result<std::vector<wire::channel_event>> message_store::events_after(const entity_id& channel,
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
      auto message = message_by_seq(channel, event->message().seq());
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

result<std::vector<wire::user_channel>> message_store::user_channels(const entity_id& user) const {
  return get_rows<wire::user_channel>(store_, family::index,
                                      make_table_prefix(slot_of(user), user, table::user_channels));
}

result<std::optional<wire::user_settings>>
message_store::user_settings(const entity_id& user) const {
  return get_row<wire::user_settings>(store_, family::index,
                                      make_table_prefix(slot_of(user), user, table::user_settings));
}

}  // namespace carillon::storage
