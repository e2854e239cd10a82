#include "storage/table_check.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "runtime/base/logging.hpp"
#include "storage/rows.hpp"

namespace carillon::storage {
namespace {

class table_checker {
public:
  table_checker(const kv& store, const check_options& how, check_book& book)
      : store_(store), how_(how), book_(book) {}

  void run();

private:
  // What the tables of one entity say, gathered from both families.
  struct entity_rows {
    entity_id id;
    slot_id slot = 0;
    bool doubtful = false;             // a row of it is damaged or cannot be read
    bool elsewhere = false;            // a channel of another slot, of which inboxes here know
    std::uint64_t by_ts = 0;           // rows of the index that lead from a ts to a seq
    std::uint64_t highest_target = 0;  // of rows that lead to a seq
    channel_summary channel;
  };

  void read_message(entity_rows& of, std::string_view key, std::string_view value);
  void read_index(entity_rows& of, std::string_view key, std::string_view value);
  void close_entity(entity_rows& of);
  void contradiction(family where, const entity_rows& of, std::string words) {
    book_.contradiction(where, {of.slot, of.id}, std::move(words));
  }

  const kv& store_;
  const check_options& how_;
  check_book& book_;
};

void table_checker::read_message(entity_rows& of, std::string_view key, std::string_view value) {
  const auto place = read_message_key(key);
  auto event = parse_row<wire::channel_event>(family::messages, key, value);
  channel_summary& channel = of.channel;
  if (!place || !event || event->seq() != place->seq) {
    of.doubtful = true;
    return book_.damaged(family::messages, key,
                         !event ? event.error()
                                : corrupt(family::messages, key, "a row of no known kind"));
  }
  if (!of.doubtful && !book_.is_mixed(of.slot)) {
    if (place->seq != channel.last_seq + 1)
      contradiction(family::messages, of,
                    fmt::format("seq {} follows {}", place->seq, channel.last_seq));
    if (event->ts() <= channel.last_ts)
      contradiction(family::messages, of,
                    fmt::format("ts {} of seq {} is not after {}", format_ts(event->ts()),
                                place->seq, format_ts(channel.last_ts)));
  }
  channel.last_seq = place->seq;
  channel.last_ts = event->ts();
  ++channel.events;
  if (event->kind() == wire::EVENT_MESSAGE)
    ++channel.messages;
}

void table_checker::read_index(entity_rows& of, std::string_view key, std::string_view value) {
  const auto damaged = [&](const error& why) {
    of.doubtful = true;
    book_.damaged(family::index, key, why);
  };
  const auto sound = [&]<class Message>(result<Message> row) -> std::optional<Message> {
    if (row)
      return std::move(*row);
    damaged(row.error());
    return std::nullopt;
  };
  if (key.size() < table_prefix_size)
    return damaged(corrupt(family::index, key, "a row of no known kind"));
  if (of.id.kind == pushes_owner.kind) {
    if (read_push_key(key))
      (void)sound(parse_row<wire::push_row>(family::index, key, value));
    else if (key[entity_prefix_size] == table::push_users)
      (void)sound(parse_row<wire::push_user>(family::index, key, value));
    else
      damaged(corrupt(family::index, key, "a row of no known kind"));
    return;
  }
  switch (key[entity_prefix_size]) {
  case table::threads:
    (void)sound(parse_row<wire::thread_row>(family::index, key, value));
    return;
  case table::facts:  // or table::user_friends, which is the same letter
    if (!of.id.is_channel()) {
      (void)sound(parse_row<wire::user_friend>(family::index, key, value));
      return;
    }
    of.channel.facts = sound(parse_row<wire::channel_facts>(family::index, key, value));
    return;
  case table::members:
    of.channel.members +=
        sound(parse_row<wire::channel_member>(family::index, key, value)).has_value();
    return;
  case table::client_msg_ids:
  case table::request_keys:
  case table::ts: {
    auto row = unseal_number(family::index, key, value);
    if (!row)
      return damaged(row.error());
    of.by_ts += key[entity_prefix_size] == table::ts;
    of.highest_target = std::max(of.highest_target, row->at[0]);
    return;
  }
  case table::user_channels:
    (void)sound(parse_row<wire::user_channel>(family::index, key, value));
    return;
  case table::user_settings:
    (void)sound(parse_row<wire::user_settings>(family::index, key, value));
    return;
  case table::user_devices:
    (void)sound(parse_row<wire::user_device>(family::index, key, value));
    return;
  case table::inbox:
    (void)sound(parse_row<wire::inbox_row>(family::index, key, value));
    return;
  case table::mentions:
    (void)sound(parse_row<wire::mention_row>(family::index, key, value));
    return;
  case table::inbox_reach:
    (void)sound(parse_row<wire::inbox_reach>(family::index, key, value));
    of.elsewhere = true;
    return;
  default:
    damaged(corrupt(family::index, key, "a row of no known kind"));
  }
}

void table_checker::close_entity(entity_rows& of) {
  if (!of.id || of.id.kind == pushes_owner.kind)
    return;
  slot_summary& slot = book_.slot_at(of.slot);
  if (!of.id.is_channel()) {
    ++slot.users;
    return;
  }
  channel_summary& channel = of.channel;
  if (of.elsewhere && channel.events == 0 && !channel.facts)
    return;
  if (!of.doubtful && !slot.facts.tables_mixed) {
    if (of.by_ts != channel.messages)
      contradiction(family::index, of,
                    fmt::format("{} messages, and {} of them can be found by their ts",
                                channel.messages, of.by_ts));
    if (of.highest_target > channel.last_seq)
      contradiction(family::index, of,
                    fmt::format("the index names seq {}, the last one is {}", of.highest_target,
                                channel.last_seq));
    if (!channel.facts && channel.events != 0)
      contradiction(family::index, of, "it has messages and no facts");
  }
  ++slot.channels;
  slot.events += channel.events;
  channel.id = of.id;
  channel.slot = of.slot;
  if (how_.on_channel)
    how_.on_channel(channel);
}

// Both families have the same order, so one entity's rows of both come together.
void table_checker::run() {
  const auto on_gap = [this](const unreadable_rows& gap) { book_.unreadable(gap); };
  readable_rows messages(store_, family::messages, on_gap);
  readable_rows index(store_, family::index, on_gap);
  const auto entity_at = [](const readable_rows& at) {
    return at.valid() ? at.key().substr(0, entity_prefix_size) : std::string_view();
  };
  while (messages.valid() || index.valid()) {
    const std::string_view next_message = entity_at(messages);
    const std::string_view next_index = entity_at(index);
    const std::string prefix(!messages.valid() ? next_index
                             : !index.valid()  ? next_message
                                               : std::min(next_message, next_index));
    entity_rows of;
    const row_place where = place_of(family::index, prefix);
    of.id = where.entity;
    of.slot = where.slot.value_or(0);
    const auto look_for_gap = [&] { of.doubtful = of.doubtful || book_.may_lack_rows(prefix); };
    look_for_gap();
    for (; messages.valid() && entity_at(messages) == prefix; messages.next()) {
      look_for_gap();
      book_.count(family::messages, messages.key(), messages.value());
      read_message(of, messages.key(), messages.value());
    }
    for (; index.valid() && entity_at(index) == prefix; index.next()) {
      book_.count(family::index, index.key(), index.value());
      read_index(of, index.key(), index.value());
    }
    look_for_gap();
    close_entity(of);
  }
}

}  // namespace

void check_tables(const kv& store, const check_options& how, check_book& book) {
  table_checker(store, how, book).run();
}

}  // namespace carillon::storage
