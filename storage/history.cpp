// Reading a channel's messages by time (message_store.hpp: history, unread, latest). The ts table
// says where to begin; from there the messages family is walked in its own order, because seq and
// ts rise together.
#include "storage/message_store.hpp"

#include <algorithm>

#include "storage/rows.hpp"

namespace carillon::storage {
namespace {

// A walk over one channel's messages that are not deleted, in either direction.
class message_walk {
public:
  message_walk(const kv& store, slot_id slot, const entity_id& channel)
      : slot_(slot), channel_(channel), store_(store),
        at_(store.scan(family::messages, make_entity_prefix(slot, channel))) {}

  // Goes to the first message with ts >= `ts` (its tombstone counts as being there).
  status start_at(timestamp ts) {
    auto index = ts_table();
    index->seek(make_ts_key(slot_, channel_, ts));
    return start_from(*index, true);
  }
  // The last one with ts <= `ts`.
  status start_back_from(timestamp ts) {
    if (ts == ~0ULL) {
      auto found = start_at_end();
      if (!found || *found)
        return found ? status(ok) : status(found.error());
    }
    auto index = ts_table();
    index->seek_for_prev(make_ts_key(slot_, channel_, ts));
    return start_from(*index, false);
  }

  // The next message on the way, nullopt at the end of the channel.
  result<std::optional<wire::chat_message>> next() {
    while (at_->valid()) {
      auto event = parse_row<wire::channel_event>(family::messages, at_->key(), at_->value());
      if (!event)
        return event.error();
      forward_ ? at_->next() : at_->prev();
      if (event->kind() == wire::EVENT_MESSAGE && !event->message().deleted())
        return std::optional(std::move(*event->mutable_message()));
    }
    if (auto scanned = at_->failure(); !scanned)
      return scanned.error();
    return std::optional<wire::chat_message>();
  }

private:
  // Whether the channel ends with a message, as most do: then the way back begins there, without a
  // question to the ts table. Behind the last message may stand any number of edits.
  result<bool> start_at_end() {
    forward_ = false;
    at_->seek_for_prev(make_message_key(slot_, channel_, ~0ULL));
    if (!at_->valid())
      return false;
    auto event = parse_row<wire::channel_event>(family::messages, at_->key(), at_->value());
    if (!event)
      return event.error();
    return event->kind() == wire::EVENT_MESSAGE;
  }

  std::unique_ptr<cursor> ts_table() const {
    return store_.scan(family::index, make_table_prefix(slot_, channel_, table::ts));
  }

  status start_from(const cursor& index, bool forward) {
    forward_ = forward;
    std::uint64_t seq = forward ? ~0ULL : 0;  // beyond the last, before the first
    if (index.valid()) {
      auto row = unseal_number(family::index, index.key(), index.value());
      if (!row)
        return row.error();
      seq = row->at[0];
    } else if (auto scanned = index.failure(); !scanned) {
      return scanned.error();
    }
    const auto key = make_message_key(slot_, channel_, seq);
    forward ? at_->seek(key) : at_->seek_for_prev(key);
    return ok;
  }

  slot_id slot_;
  const entity_id& channel_;
  const kv& store_;
  std::unique_ptr<cursor> at_;
  bool forward_ = true;
};

// Slack's window as closed bounds: [first, last] in microseconds.
struct window {
  timestamp first = 0;
  timestamp last = ~0ULL;
  bool empty = false;
};

window window_of(const wire::read_history& query) {
  window in;
  if (query.oldest() != 0)
    in.first = query.inclusive() ? query.oldest() : query.oldest() + 1;
  if (query.latest() != 0)
    in.last = query.inclusive() ? query.latest() : query.latest() - 1;
  // oldest + 1 wraps only past the end of time, where there is nothing.
  in.empty = in.first > in.last || (query.oldest() != 0 && in.first == 0);
  return in;
}

// Who wrote so many messages without marking any as read will hear of those of others among them: a
// bot's own flood is not read through at every question.
constexpr std::uint32_t own_messages_max = 10'000;

// Joins, leaves and changes of settings: Slack's unread_count_display leaves them out.
bool is_settings_message(const std::string& subtype) {
  return subtype.starts_with("channel_") || subtype.starts_with("group_");
}

}  // namespace

result<history_page> message_store::read_history(const entity_id& channel,
                                                 const wire::read_history& query) const {
  history_page page;
  const window in = window_of(query);
  if (in.empty)
    return page;
  message_walk walk(store_, slot_of(channel), channel);
  const bool forward = query.from_oldest();
  if (auto started = forward ? walk.start_at(in.first) : walk.start_back_from(in.last); !started)
    return started.error();
  page.messages.reserve(std::min<std::size_t>(query.limit(), 32));
  std::size_t bytes = 0;
  for (;;) {
    auto message = walk.next();
    if (!message)
      return message.error();
    if (!*message || (*message)->ts() < in.first || (*message)->ts() > in.last)
      break;
    bytes += (*message)->ByteSizeLong();
    if (page.messages.size() == query.limit() ||
        (bytes > message_store::page_max_bytes && !page.messages.empty())) {
      page.has_more = true;
      break;
    }
    page.messages.push_back(std::move(**message));
  }
  if (forward)
    std::reverse(page.messages.begin(), page.messages.end());
  return page;
}

result<unread_counts> message_store::count_unread(const entity_id& channel, timestamp last_read,
                                                  std::string_view user, std::uint32_t most) const {
  unread_counts counts;
  if (last_read == ~0ULL)
    return counts;
  message_walk walk(store_, slot_of(channel), channel);
  if (auto started = walk.start_at(last_read + 1); !started)
    return started.error();
  std::uint32_t own = 0;
  while (counts.all < most && own < own_messages_max) {
    auto message = walk.next();
    if (!message)
      return message.error();
    if (!*message)
      break;
    if ((*message)->user() == user) {
      ++own;
      continue;
    }
    ++counts.all;
    if (!is_settings_message((*message)->subtype()))
      ++counts.display;
  }
  return counts;
}

result<std::optional<wire::chat_message>> message_store::read_latest(const entity_id& channel) const {
  message_walk walk(store_, slot_of(channel), channel);
  if (auto started = walk.start_back_from(~0ULL); !started)
    return started.error();
  return walk.next();
}

}  // namespace carillon::storage
