// Every key layout of the store, drawn once. Numbers are big-endian, so that byte order is number
// order; an entity id is nine bytes, its letter and its 64-bit number, so that prefixes have a
// fixed length (prefix blooms and insert hints depend on it).
//
//   family    key                                        value (sealed, see record.hpp)
//   meta      'F'                                        founding facts (founding.hpp)
//             's' slot:2 'h'                             raft hard state: term:8 vote:8
//             's' slot:2 'a'                             applied: index:8 term:8
//             's' slot:2 'p'                             projections' cursor: index:8
//             's' slot:2 't'                             first index of the kept log: index:8
//             's' slot:2 'g'                             wire::group_config as of applied
//             's' slot:2 'c'                             1:8 while the tables are mixed
//             's' slot:2 'd'                             log damaged: acknowledged index:8
//             'K'                                        wire::founding_facts of the cluster
//             'S'                                        starts and names (founding.cpp)
//             'V' slot:2                                 the ring view (ring_view_rows.hpp), of the meta
//                                                        group's slot: its head
//             'V' slot:2 'm' store id:8                  wire::ring_member
//             'V' slot:2 'p' slot:8                      wire::slot_place
//             'V' slot:2 'v' number:8                    wire::replica_move; in the order of the plan
//   log       slot:2 index:8                             raft entry: term:8 kind:1 payload
//   messages  slot:2 channel:9 seq:8                     wire::channel_event (apply.cpp)
//   index     slot:2 channel:9 'f'                       wire::channel_facts
//             slot:2 channel:9 'k' author, space, client_msg_id   seq:8
//             slot:2 channel:9 'm' user:9                wire::channel_member
//             slot:2 channel:9 'q' author, space, request key         seq:8
//             slot:2 channel:9 't' ts:8                  seq:8, only of events that are messages
//             slot:2 user:9 'c' channel:9                wire::user_channel
//             slot:2 user:9 'd' name                     wire::user_device
//             slot:2 user:9 'f' user:9                   wire::user_friend
//             slot:2 user:9 'i' position:8               wire::inbox_row
//             slot:2 user:9 'n' channel:9 ts:8           wire::mention_row
//             slot:2 user:9 's'                          wire::user_settings
//             slot:2 channel:9 'h' ts:8                  wire::thread_row; of its first message
//             slot:2 channel:9 'r'                       wire::inbox_reach; in the slots of its members
//             slot:2 'P' 0:8 'o' user:9 channel:9        wire::push_row
//             slot:2 'P' 0:8 'u' user:9                  wire::push_user
//
// What a slot's users have about pushes stands together: who leads next reads it whole.
//
// The client_msg_id is in its key as it is, not as a hash: no collision can answer wrongly.
// Letters and layouts are on disk: never reused, never changed. Pure; any thread.
#pragma once

#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/ids.hpp"
#include "runtime/raft/types.hpp"
#include "runtime/ring/slot_hash.hpp"
#include "storage/kv.hpp"

namespace carillon::storage {

// A key of known length, without an allocation.
template <std::size_t Size>
struct fixed_key {
  std::array<char, Size> bytes;
  operator std::string_view() const { return {bytes.data(), Size}; }
  std::string text() const { return {bytes.data(), Size}; }
};

inline constexpr std::size_t id_size = 9;
inline constexpr std::size_t entity_prefix_size = 2 + id_size;            // slot, entity
inline constexpr std::size_t table_prefix_size = entity_prefix_size + 1;  // and the table's letter

using slot_meta_key = fixed_key<4>;
using view_key = fixed_key<3>;
using view_row_key = fixed_key<3 + 1 + 8>;
using log_key = fixed_key<10>;
using message_key = fixed_key<entity_prefix_size + 8>;
using entity_prefix = fixed_key<entity_prefix_size>;
using table_prefix = fixed_key<table_prefix_size>;
using number_row_key = fixed_key<table_prefix_size + 8>;
using id_row_key = fixed_key<table_prefix_size + id_size>;
using mention_key = fixed_key<table_prefix_size + id_size + 8>;
using push_key = fixed_key<table_prefix_size + 2 * id_size>;

// Letters of the rows that the ring view has beside its head.
namespace view_row {
inline constexpr char members = 'm';
inline constexpr char places = 'p';
inline constexpr char moves = 'v';
}  // namespace view_row

// Letters of the tables of one entity in family::index.
namespace table {
inline constexpr char facts = 'f';
inline constexpr char client_msg_ids = 'k';
inline constexpr char members = 'm';
inline constexpr char request_keys = 'q';
inline constexpr char ts = 't';
inline constexpr char user_channels = 'c';
inline constexpr char user_devices = 'd';
inline constexpr char inbox = 'i';
inline constexpr char mentions = 'n';
inline constexpr char inbox_reach = 'r';
inline constexpr char user_settings = 's';
inline constexpr char user_friends = 'f';  // of a user; a channel has its facts there
inline constexpr char threads = 'h';
inline constexpr char push_rows = 'o';   // these two of pushes_owner
inline constexpr char push_users = 'u';
}  // namespace table

// Stands where other rows have their entity, which it is not.
inline constexpr entity_id pushes_owner{'P', 0};

inline constexpr std::string_view founding_key = "F";
slot_meta_key hard_state_key(slot_id slot);
slot_meta_key applied_key(slot_id slot);
slot_meta_key projected_key(slot_id slot);
slot_meta_key first_index_key(slot_id slot);
slot_meta_key group_config_key(slot_id slot);
slot_meta_key mixed_key(slot_id slot);
slot_meta_key log_damage_key(slot_id slot);

inline constexpr std::string_view cluster_key = "K";
inline constexpr std::string_view starts_key = "S";
inline constexpr std::string_view ring_view_prefix = "V";
view_key ring_view_key(slot_id meta_slot);  // and what all rows of the view begin with
view_row_key make_view_row_key(slot_id meta_slot, char letter, std::uint64_t number);

log_key make_log_key(slot_id slot, raft::log_index index);
fixed_key<2> slot_prefix(slot_id slot);  // of families log, messages and index

message_key make_message_key(slot_id slot, const entity_id& channel, std::uint64_t seq);
entity_prefix make_entity_prefix(slot_id slot, const entity_id& entity);

table_prefix make_table_prefix(slot_id slot, const entity_id& entity, char letter);
number_row_key make_ts_key(slot_id slot, const entity_id& channel, timestamp ts);
number_row_key make_inbox_key(slot_id slot, const entity_id& user, std::uint64_t position);
mention_key make_mention_key(slot_id slot, const entity_id& user, const entity_id& channel,
                             timestamp ts);
number_row_key make_thread_key(slot_id slot, const entity_id& channel, timestamp ts);
push_key make_push_key(slot_id slot, const entity_id& user, const entity_id& channel);
std::string make_device_key(slot_id slot, const entity_id& user, std::string_view name);
id_row_key make_id_row_key(slot_id slot, const entity_id& owner, char letter, const entity_id& row);
// The author's id holds no space, so author and client_msg_id cannot run into each other.
std::string make_client_msg_id_key(slot_id slot, const entity_id& channel, std::string_view author,
                                   std::string_view client_msg_id);
std::string make_request_key(slot_id slot, const entity_id& channel, std::string_view author,
                             std::string_view request_key);

// The beginning of a key of family::index that it shares with the rows before it in its run: rows
// that are written in the order of their keys, or nearly. An author's client_msg_ids are such a run;
// those of all authors of a channel together are not.
std::string_view run_prefix(std::string_view index_key);

// The other way round; nullopt: not a key of that layout.
struct log_place {
  slot_id slot = 0;
  raft::log_index index = 0;
};
std::optional<log_place> read_log_key(std::string_view key);
struct message_place {
  slot_id slot = 0;
  entity_id channel;
  std::uint64_t seq = 0;
};
std::optional<message_place> read_message_key(std::string_view key);
struct push_place {
  entity_id user;
  entity_id channel;
};
std::optional<push_place> read_push_key(std::string_view key);
struct view_row_place {
  char letter = 0;           // one of view_row
  std::uint64_t number = 0;
};
std::optional<view_row_place> read_view_row_key(std::string_view key);

// The first key after all that start with `prefix`; empty: there is none.
std::string prefix_end(std::string_view prefix);

// For logs and error details: "messages slot=3 channel=C0K3ZT9QW1B7M seq=17". Keys of no known
// layout are shown in hex.
std::string describe_key(family where, std::string_view key);
std::string_view to_string(family where);

// -- numbers in keys and values --
inline void put_u64(char* at, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8)
    *at++ = static_cast<char>(number >> shift);
}
inline std::uint64_t get_u64(const char* at) {
  std::uint64_t number = 0;
  for (int i = 0; i < 8; ++i)
    number = number << 8 | static_cast<unsigned char>(at[i]);
  return number;
}
inline void append_u64(std::string& to, std::uint64_t number) {
  char bytes[8];
  put_u64(bytes, number);
  to.append(bytes, sizeof bytes);
}

}  // namespace carillon::storage
