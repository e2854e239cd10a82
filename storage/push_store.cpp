#include "storage/push_store.hpp"

#include <algorithm>

#include "storage/keys.hpp"
#include "storage/rows.hpp"

namespace carillon::storage {
namespace {

// Memberships may be told later than what was said in the channel: nobody is out who was never in, or who has
// news of the time after they left.
bool is_member(const std::optional<wire::user_channel>& known, const wire::push_row& row) {
  return !known || known->member() ||
         (!row.items().empty() && row.items().rbegin()->seq() > known->joined_seq());
}

// The channel of a row of somebody's mentions.
entity_id channel_of_mention(std::string_view key) {
  const char* at = key.data() + table_prefix_size;
  return {*at, get_u64(at + 1)};
}

}  // namespace

// What is damaged stays: who reads it says so.
bool is_direct_row_before(std::string_view key, std::string_view value, timestamp since) {
  if (key.size() != mention_key{}.bytes.size() || key[2] != id_kind::user ||
      key[entity_prefix_size] != table::mentions || key[table_prefix_size] == id_kind::channel ||
      get_u64(key.data() + table_prefix_size + id_size) >= since)
    return false;
  const auto row = parse_row<wire::mention_row>(family::index, key, value);
  return row && row->kind() == wire::MENTION_DIRECT;
}

result<std::optional<wire::push_user>> push_store::user(const entity_id& user) const {
  return get_row<wire::push_user>(store_, family::index,
                                  make_id_row_key(slot_, pushes_owner, table::push_users, user));
}

result<std::optional<wire::user_channel>> push_store::channel_of(const entity_id& user,
                                                                 const entity_id& channel) const {
  return get_row<wire::user_channel>(store_, family::index,
                                     make_id_row_key(slot_, user, table::user_channels, channel));
}

result<slot_pushes> push_store::all() const {
  slot_pushes out;
  auto users = get_rows<wire::push_user>(store_, family::index,
                                         make_table_prefix(slot_, pushes_owner, table::push_users));
  if (!users)
    return users.error();
  out.users = std::move(*users);
  auto rows = rows_below(make_table_prefix(slot_, pushes_owner, table::push_rows));
  if (!rows)
    return rows.error();
  out.rows = std::move(*rows);
  return out;
}

result<std::vector<slot_pushes::row>> push_store::rows_below(std::string_view prefix) const {
  std::vector<slot_pushes::row> out;
  auto at = store_.scan(family::index, prefix);
  for (at->seek(prefix); at->valid(); at->next()) {
    const auto place = read_push_key(at->key());
    if (!place)
      return corrupt(family::index, at->key(), "a row of no known kind");
    auto row = parse_row<wire::push_row>(family::index, at->key(), at->value());
    if (!row)
      return row.error();
    auto channel = channel_of(place->user, place->channel);
    if (!channel)
      return channel.error();
    const bool member = is_member(*channel, *row);
    const timestamp last_read = *channel ? (*channel)->last_read() : 0;
    out.push_back({place->user, place->channel, std::move(*row), last_read, member});
  }
  if (auto scanned = at->failure(); !scanned)
    return scanned.error();
  return out;
}

// Of the mentions in a channel those that are not read, up to `most`. Leaves the cursor behind them.
std::uint32_t push_store::unread_mentions(cursor& at, const entity_id& user, const entity_id& channel,
                                          timestamp last_read, std::uint32_t most) const {
  const std::string end = prefix_end(make_id_row_key(slot_, user, table::mentions, channel).text());
  std::uint32_t out = 0;
  at.seek(make_mention_key(slot_, user, channel, last_read + 1));
  for (; at.valid() && at.key() < std::string_view(end) && out < most; at.next())
    ++out;
  return out;
}

// Replies in threads have no row in the inbox: those that were pushed stand with the pushes.
result<std::uint32_t> push_store::unread_replies(const entity_id& user) const {
  auto rows = rows_below(make_id_row_key(slot_, pushes_owner, table::push_rows, user));
  if (!rows)
    return rows.error();
  std::uint32_t out = 0;
  for (const auto& each : *rows)
    if (each.member)
      out += static_cast<std::uint32_t>(
          std::count_if(each.row.items().begin(), each.row.items().end(), [&](const auto& item) {
            return item.kind() == wire::MENTION_THREAD && item.ts() > each.last_read;
          }));
  return out;
}

// From one channel that mentions the user to the next, and in each only over what is not read.
result<push_standing> push_store::standing(const entity_id& user, const entity_id& channel,
                                           std::uint32_t most) const {
  auto known = channel_of(user, channel);
  if (!known)
    return known.error();
  push_standing out;
  if (*known)
    out.last_read = (*known)->last_read();
  auto row = get_row<wire::push_row>(store_, family::index, make_push_key(slot_, user, channel));
  if (!row)
    return row.error();
  out.member = is_member(*known, row->value_or(wire::push_row()));
  auto replies = unread_replies(user);
  if (!replies)
    return replies.error();
  out.badge = std::min(*replies, most);
  const table_prefix prefix = make_table_prefix(slot_, user, table::mentions);
  auto at = store_.scan(family::index, prefix);
  out.unread = unread_mentions(*at, user, channel, out.last_read, most);
  at->seek(prefix);
  while (at->valid() && out.badge < most) {
    const entity_id each = channel_of_mention(at->key());
    auto in = channel_of(user, each);
    if (!in)
      return in.error();
    if (!*in || (*in)->member())
      out.badge += unread_mentions(*at, user, each, *in ? (*in)->last_read() : 0, most - out.badge);
    else
      at->seek(prefix_end(make_id_row_key(slot_, user, table::mentions, each).text()));
  }
  if (auto scanned = at->failure(); !scanned)
    return scanned.error();
  return out;
}

}  // namespace carillon::storage
