#include "storage/keys.hpp"

#include "runtime/base/logging.hpp"

namespace carillon::storage {
namespace {

// Fills a key from the front.
class key_writer {
public:
  explicit key_writer(char* at) : at_(at) {}
  key_writer& letter(char c) {
    *at_++ = c;
    return *this;
  }
  key_writer& slot(slot_id slot) {
    *at_++ = static_cast<char>(slot >> 8);
    *at_++ = static_cast<char>(slot);
    return *this;
  }
  key_writer& number(std::uint64_t number) {
    put_u64(at_, number);
    at_ += 8;
    return *this;
  }
  key_writer& id(const entity_id& id) { return letter(id.kind).number(id.number); }

private:
  char* at_;
};

slot_meta_key make_slot_meta_key(slot_id slot, char letter) {
  slot_meta_key key;
  key_writer(key.bytes.data()).letter('s').slot(slot).letter(letter);
  return key;
}

slot_id get_slot(std::string_view key) {
  return static_cast<slot_id>(static_cast<unsigned char>(key[0]) << 8 |
                              static_cast<unsigned char>(key[1]));
}

entity_id get_id(std::string_view bytes) {
  return {bytes[0], get_u64(bytes.data() + 1)};
}

std::string make_authors_key(slot_id slot, const entity_id& channel, char letter,
                             std::string_view author, std::string_view name) {
  const table_prefix prefix = make_table_prefix(slot, channel, letter);
  std::string key;
  key.reserve(table_prefix_size + author.size() + 1 + name.size());
  key.append(prefix);
  key.append(author);
  key += ' ';
  key.append(name);
  return key;
}

std::string hex(std::string_view bytes) {
  std::string out = "0x";
  for (char c : bytes)
    out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

std::string describe(const view_row_place& row) {
  if (row.letter == view_row::members)
    return fmt::format("member={:x}", row.number);
  return fmt::format("{}={}", row.letter == view_row::places ? "place" : "move", row.number);
}

std::string describe_meta(std::string_view key) {
  if (key == founding_key)
    return "founding";
  if (key == cluster_key)
    return "cluster";
  if (key == starts_key)
    return "starts";
  if (key.size() == 3 && key.starts_with(ring_view_prefix))
    return fmt::format("slot={} ring_view", get_slot(key.substr(1)));
  if (const auto row = read_view_row_key(key))
    return fmt::format("slot={} ring_view {}", get_slot(key.substr(1)), describe(*row));
  if (key.size() != 4 || key[0] != 's')
    return hex(key);
  const char* what = key[3] == 'h'   ? "hard_state"
                     : key[3] == 'a' ? "applied"
                     : key[3] == 'p' ? "projected"
                     : key[3] == 't' ? "first_index"
                     : key[3] == 'g' ? "group_config"
                     : key[3] == 'c' ? "mixed"
                     : key[3] == 'd' ? "log_damage"
                                     : "unknown";
  return fmt::format("slot={} {}", get_slot(key.substr(1)), what);
}

std::string describe_push(std::string_view key, char letter, std::string_view rest) {
  if (const auto place = read_push_key(key))
    return fmt::format("push user={} channel={}", place->user.text(), place->channel.text());
  if (letter == table::push_users && rest.size() == id_size)
    return fmt::format("pushes of user={}", get_id(rest).text());
  return hex(key);
}

std::string describe_index(std::string_view key) {
  if (key.size() < table_prefix_size)
    return hex(key);
  const entity_id entity = get_id(key.substr(2, id_size));
  const char letter = key[entity_prefix_size];
  const std::string_view rest = key.substr(table_prefix_size);
  if (entity.kind == pushes_owner.kind)
    return fmt::format("slot={} {}", get_slot(key), describe_push(key, letter, rest));
  const std::string owner = fmt::format("slot={} entity={}", get_slot(key), entity.text());
  if (letter == table::facts && rest.empty())
    return owner + " facts";
  if (letter == table::user_settings && rest.empty())
    return owner + " settings";
  if (letter == table::inbox_reach && rest.empty())
    return owner + " reach of inboxes";
  if (letter == table::user_devices)
    return owner + " device=" + std::string(rest);
  if (letter == table::inbox && rest.size() == 8)
    return owner + fmt::format(" inbox position={}", get_u64(rest.data()));
  if (letter == table::mentions && rest.size() == id_size + 8)
    return owner + " mention channel=" + get_id(rest).text() +
           " ts=" + format_ts(get_u64(rest.data() + id_size));
  if (letter == table::threads && rest.size() == 8)
    return owner + " thread ts=" + format_ts(get_u64(rest.data()));
  if (letter == table::client_msg_ids)
    return owner + " author and client_msg_id=" + std::string(rest);
  if (letter == table::request_keys)
    return owner + " author and request_key=" + std::string(rest);
  if (letter == table::ts && rest.size() == 8)
    return owner + " ts=" + format_ts(get_u64(rest.data()));
  if (letter == table::members && rest.size() == id_size)
    return owner + " member=" + get_id(rest).text();
  if (letter == table::user_friends && rest.size() == id_size)
    return owner + " friend=" + get_id(rest).text();
  if (letter == table::user_channels && rest.size() == id_size)
    return owner + " channel=" + get_id(rest).text();
  return hex(key);
}

}  // namespace

slot_meta_key hard_state_key(slot_id slot) {
  return make_slot_meta_key(slot, 'h');
}
slot_meta_key applied_key(slot_id slot) {
  return make_slot_meta_key(slot, 'a');
}
slot_meta_key projected_key(slot_id slot) {
  return make_slot_meta_key(slot, 'p');
}
slot_meta_key first_index_key(slot_id slot) {
  return make_slot_meta_key(slot, 't');
}

slot_meta_key group_config_key(slot_id slot) {
  return make_slot_meta_key(slot, 'g');
}
slot_meta_key mixed_key(slot_id slot) {
  return make_slot_meta_key(slot, 'c');
}
slot_meta_key log_damage_key(slot_id slot) {
  return make_slot_meta_key(slot, 'd');
}

view_key ring_view_key(slot_id meta_slot) {
  view_key key;
  key_writer(key.bytes.data()).letter('V').slot(meta_slot);
  return key;
}

view_row_key make_view_row_key(slot_id meta_slot, char letter, std::uint64_t number) {
  view_row_key key;
  key_writer(key.bytes.data()).letter('V').slot(meta_slot).letter(letter).number(number);
  return key;
}

log_key make_log_key(slot_id slot, raft::log_index index) {
  log_key key;
  key_writer(key.bytes.data()).slot(slot).number(index);
  return key;
}

fixed_key<2> slot_prefix(slot_id slot) {
  fixed_key<2> key;
  key_writer(key.bytes.data()).slot(slot);
  return key;
}

message_key make_message_key(slot_id slot, const entity_id& channel, std::uint64_t seq) {
  message_key key;
  key_writer(key.bytes.data()).slot(slot).id(channel).number(seq);
  return key;
}

entity_prefix make_entity_prefix(slot_id slot, const entity_id& entity) {
  entity_prefix key;
  key_writer(key.bytes.data()).slot(slot).id(entity);
  return key;
}

table_prefix make_table_prefix(slot_id slot, const entity_id& entity, char letter) {
  table_prefix key;
  key_writer(key.bytes.data()).slot(slot).id(entity).letter(letter);
  return key;
}

number_row_key make_ts_key(slot_id slot, const entity_id& channel, timestamp ts) {
  number_row_key key;
  key_writer(key.bytes.data()).slot(slot).id(channel).letter(table::ts).number(ts);
  return key;
}

number_row_key make_inbox_key(slot_id slot, const entity_id& user, std::uint64_t position) {
  number_row_key key;
  key_writer(key.bytes.data()).slot(slot).id(user).letter(table::inbox).number(position);
  return key;
}

mention_key make_mention_key(slot_id slot, const entity_id& user, const entity_id& channel,
                             timestamp ts) {
  mention_key key;
  key_writer(key.bytes.data()).slot(slot).id(user).letter(table::mentions).id(channel).number(ts);
  return key;
}

number_row_key make_thread_key(slot_id slot, const entity_id& channel, timestamp ts) {
  number_row_key key;
  key_writer(key.bytes.data()).slot(slot).id(channel).letter(table::threads).number(ts);
  return key;
}

push_key make_push_key(slot_id slot, const entity_id& user, const entity_id& channel) {
  push_key key;
  key_writer(key.bytes.data())
      .slot(slot).id(pushes_owner).letter(table::push_rows).id(user).id(channel);
  return key;
}

std::string make_device_key(slot_id slot, const entity_id& user, std::string_view name) {
  std::string key = make_table_prefix(slot, user, table::user_devices).text();
  key += name;
  return key;
}

id_row_key make_id_row_key(slot_id slot, const entity_id& owner, char letter,
                           const entity_id& row) {
  id_row_key key;
  key_writer(key.bytes.data()).slot(slot).id(owner).letter(letter).id(row);
  return key;
}

std::string make_client_msg_id_key(slot_id slot, const entity_id& channel, std::string_view author,
                                   std::string_view client_msg_id) {
  return make_authors_key(slot, channel, table::client_msg_ids, author, client_msg_id);
}

std::string make_request_key(slot_id slot, const entity_id& channel, std::string_view author,
                             std::string_view request_key) {
  return make_authors_key(slot, channel, table::request_keys, author, request_key);
}

std::string_view run_prefix(std::string_view index_key) {
  const std::string_view of_table = index_key.substr(0, table_prefix_size);
  if (of_table.size() < table_prefix_size ||
      (of_table.back() != table::client_msg_ids && of_table.back() != table::request_keys))
    return of_table;
  const auto author_end = index_key.find(' ', table_prefix_size);
  return author_end == std::string_view::npos ? of_table : index_key.substr(0, author_end + 1);
}

std::optional<log_place> read_log_key(std::string_view key) {
  if (key.size() != log_key{}.bytes.size())
    return std::nullopt;
  return log_place{get_slot(key), get_u64(key.data() + 2)};
}

std::optional<message_place> read_message_key(std::string_view key) {
  if (key.size() != message_key{}.bytes.size())
    return std::nullopt;
  return message_place{get_slot(key), get_id(key.substr(2, id_size)),
                       get_u64(key.data() + entity_prefix_size)};
}

std::optional<push_place> read_push_key(std::string_view key) {
  if (key.size() != push_key{}.bytes.size() || key[2] != pushes_owner.kind ||
      key[entity_prefix_size] != table::push_rows)
    return std::nullopt;
  return push_place{get_id(key.substr(table_prefix_size, id_size)),
                    get_id(key.substr(table_prefix_size + id_size))};
}

std::optional<view_row_place> read_view_row_key(std::string_view key) {
  constexpr std::size_t letter_at = 3;
  if (key.size() != view_row_key{}.bytes.size() || !key.starts_with(ring_view_prefix))
    return std::nullopt;
  switch (key[letter_at]) {
  case view_row::members:
  case view_row::places:
  case view_row::moves:
    return view_row_place{key[letter_at], get_u64(key.data() + letter_at + 1)};
  default:
    return std::nullopt;
  }
}

std::string prefix_end(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff')
    end.pop_back();
  if (!end.empty())
    end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

std::string_view to_string(family where) {
  switch (where) {
  case family::meta:
    return "meta";
  case family::log:
    return "log";
  case family::messages:
    return "messages";
  case family::index:
    return "index";
  }
  return "unknown";
}

std::string describe_key(family where, std::string_view key) {
  std::string words(to_string(where));
  words += ' ';
  switch (where) {
  case family::meta:
    return words + describe_meta(key);
  case family::log:
    if (auto place = read_log_key(key))
      return words + fmt::format("slot={} index={}", place->slot, place->index);
    return words + hex(key);
  case family::messages:
    if (auto place = read_message_key(key))
      return words + fmt::format("slot={} channel={} seq={}", place->slot, place->channel.text(),
                                 place->seq);
    return words + hex(key);
  case family::index:
    return words + describe_index(key);
  }
  return words + hex(key);
}

}  // namespace carillon::storage
