// Key and record layouts, pinned byte by byte: what a disk holds today must be found tomorrow.
#include <doctest/doctest.h>

#include "storage/crc32c.hpp"
#include "storage/keys.hpp"
#include "storage/record.hpp"

namespace carillon::storage {
namespace {

std::string bytes(std::initializer_list<int> list) {
  std::string out;
  for (int byte : list)
    out += static_cast<char>(byte);
  return out;
}

const entity_id channel{id_kind::channel, 0x0102030405060708ULL};
const entity_id user{id_kind::user, 0x1112131415161718ULL};

TEST_CASE("keys: a message's key is slot, channel and seq, big-endian") {
  const auto key = make_message_key(0x0a0b, channel, 0x2122232425262728ULL);
  CHECK(key.text() == bytes({0x0a, 0x0b, 'C', 1, 2, 3, 4, 5, 6, 7, 8, 0x21, 0x22, 0x23, 0x24, 0x25,
                             0x26, 0x27, 0x28}));
  const auto place = read_message_key(key);
  REQUIRE(place.has_value());
  CHECK(place->slot == 0x0a0b);
  CHECK(place->channel == channel);
  CHECK(place->seq == 0x2122232425262728ULL);
}

TEST_CASE("keys: every other layout, byte by byte") {
  CHECK(make_log_key(3, 258).text() == bytes({0, 3, 0, 0, 0, 0, 0, 0, 1, 2}));
  CHECK(hard_state_key(258).text() == bytes({'s', 1, 2, 'h'}));
  CHECK(applied_key(258).text() == bytes({'s', 1, 2, 'a'}));
  CHECK(projected_key(258).text() == bytes({'s', 1, 2, 'p'}));
  CHECK(first_index_key(258).text() == bytes({'s', 1, 2, 't'}));
  CHECK(group_config_key(258).text() == bytes({'s', 1, 2, 'g'}));
  CHECK(mixed_key(258).text() == bytes({'s', 1, 2, 'c'}));
  CHECK(log_damage_key(258).text() == bytes({'s', 1, 2, 'd'}));
  CHECK(ring_view_key(258).text() == bytes({'V', 1, 2}));
  CHECK(make_view_row_key(258, view_row::members, 3).text() ==
        bytes({'V', 1, 2, 'm', 0, 0, 0, 0, 0, 0, 0, 3}));
  CHECK(make_view_row_key(258, view_row::places, 259).text() ==
        bytes({'V', 1, 2, 'p', 0, 0, 0, 0, 0, 0, 1, 3}));
  CHECK(make_view_row_key(258, view_row::moves, 3).text() ==
        bytes({'V', 1, 2, 'v', 0, 0, 0, 0, 0, 0, 0, 3}));
  CHECK(std::string(cluster_key) == "K");
  CHECK(std::string(starts_key) == "S");
  CHECK(make_request_key(1, channel, "UA", "x-1") ==
        bytes({0, 1, 'C', 1, 2, 3, 4, 5, 6, 7, 8, 'q', 'U', 'A', ' ', 'x', '-', '1'}));
  CHECK(make_table_prefix(1, channel, table::facts).text() ==
        bytes({0, 1, 'C', 1, 2, 3, 4, 5, 6, 7, 8, 'f'}));
  CHECK(make_ts_key(1, channel, 5).text() ==
        bytes({0, 1, 'C', 1, 2, 3, 4, 5, 6, 7, 8, 't', 0, 0, 0, 0, 0, 0, 0, 5}));
  CHECK(make_id_row_key(1, channel, table::members, user).text() ==
        bytes({0,   1,   'C',  1,    2,    3,    4,    5,    6,    7,   8,
               'm', 'U', 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18}));
  CHECK(make_client_msg_id_key(1, channel, "UA", "x-1") ==
        bytes({0, 1, 'C', 1, 2, 3, 4, 5, 6, 7, 8, 'k', 'U', 'A', ' ', 'x', '-', '1'}));
}

TEST_CASE("keys: byte order is the order of slot, channel and number") {
  CHECK(make_message_key(1, channel, 255).text() < make_message_key(1, channel, 256).text());
  CHECK(make_message_key(1, channel, ~0ULL).text() < make_message_key(2, channel, 0).text());
  CHECK(make_log_key(255, 9).text() < make_log_key(256, 1).text());
}

TEST_CASE("keys: a key of another length is not taken for one") {
  const std::string key = make_message_key(1, channel, 1).text();
  CHECK_FALSE(read_message_key(key.substr(1)).has_value());
  CHECK_FALSE(read_message_key(key + 'x').has_value());
  CHECK_FALSE(read_log_key(key).has_value());
}

TEST_CASE("keys: the end of a prefix is the first key after all that start with it") {
  CHECK(prefix_end("ab") == "ac");
  CHECK(prefix_end("a\xff") == "b");
  CHECK(prefix_end("\xff\xff") == "");
  CHECK(prefix_end("") == "");
}

TEST_CASE("keys: a run is a table of an entity, and where authors write, one author's part of it") {
  const auto of_table = [](char letter) { return make_table_prefix(3, channel, letter).text(); };
  CHECK(run_prefix(make_ts_key(3, channel, 0x2020202020202020ULL)) == of_table(table::ts));
  CHECK(run_prefix(of_table(table::facts)) == of_table(table::facts));
  CHECK(run_prefix(make_id_row_key(3, channel, table::members, user)) == of_table(table::members));
  CHECK(run_prefix(make_client_msg_id_key(3, channel, "U1", "a b")) ==
        of_table(table::client_msg_ids) + "U1 ");
  CHECK(run_prefix(make_request_key(3, channel, "U1", "k")) == of_table(table::request_keys) + "U1 ");
  // Not ours, but no reason to fall.
  CHECK(run_prefix(of_table(table::client_msg_ids) + "U1") == of_table(table::client_msg_ids));
  CHECK(run_prefix("") == "");
}

TEST_CASE("keys: describe themselves for people") {
  const entity_id id{id_kind::channel, 36};
  CHECK(describe_key(family::messages, make_message_key(3, id, 17)) ==
        "messages slot=3 channel=C000000000010 seq=17");
  CHECK(describe_key(family::log, make_log_key(3, 17)) == "log slot=3 index=17");
  CHECK(describe_key(family::meta, applied_key(3)) == "meta slot=3 applied");
  CHECK(describe_key(family::meta, founding_key) == "meta founding");
  CHECK(describe_key(family::meta, cluster_key) == "meta cluster");
  CHECK(describe_key(family::meta, starts_key) == "meta starts");
  CHECK(describe_key(family::meta, ring_view_key(64)) == "meta slot=64 ring_view");
  CHECK(describe_key(family::meta, make_view_row_key(64, view_row::members, 255)) ==
        "meta slot=64 ring_view member=ff");
  CHECK(describe_key(family::meta, make_view_row_key(64, view_row::places, 7)) ==
        "meta slot=64 ring_view place=7");
  CHECK(describe_key(family::meta, log_damage_key(3)) == "meta slot=3 log_damage");
  CHECK(describe_key(family::index, make_request_key(3, id, "UA", "abc")) ==
        "index slot=3 entity=C000000000010 author and request_key=UA abc");
  CHECK(describe_key(family::index, make_ts_key(3, id, 1'500'000)) ==
        "index slot=3 entity=C000000000010 ts=1.500000");
  CHECK(describe_key(family::index, make_client_msg_id_key(3, id, "UA", "abc")) ==
        "index slot=3 entity=C000000000010 author and client_msg_id=UA abc");
  CHECK(describe_key(family::index, "\x01\x02") == "index 0x0102");
}

TEST_CASE("crc32c: the known answers of RFC 3720, by table and by instruction") {
  CHECK(crc32c("123456789") == 0xe3069283u);
  CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aau);
  CHECK(crc32c(std::string(32, '\xff')) == 0x62a8ab43u);
  std::string text;
  for (int length = 0; length < 300; ++length) {
    CHECK(crc32c(text) == crc32c_by_table(text));
    text += static_cast<char>(length * 37);
  }
  CHECK(crc32c("456789", crc32c("123")) == crc32c("123456789"));
}

TEST_CASE("record: payload, then the checksum of family, key and payload") {
  std::string value = "payload";
  seal(family::index, "key", value);
  CHECK(value == "payload" + bytes({0xed, 0x63, 0x71, 0xb6}));
  auto payload = unseal(family::index, "key", value);
  REQUIRE(payload.has_value());
  CHECK(*payload == "payload");
}

TEST_CASE("record: a flipped bit, another key, another family and a short value are refused") {
  std::string value = "payload";
  const auto key = make_log_key(3, 17);
  seal(family::log, key, value);
  for (std::size_t at = 0; at < value.size(); ++at) {
    std::string flipped = value;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << at % 8));
    const auto payload = unseal(family::log, key, flipped);
    REQUIRE_FALSE(payload.has_value());
    CHECK(payload.code() == errc::corrupt_record);
    CHECK(payload.error().detail == "log slot=3 index=17: checksum mismatch");
  }
  CHECK_FALSE(unseal(family::log, make_log_key(3, 18), value).has_value());
  CHECK_FALSE(unseal(family::meta, key, value).has_value());
  CHECK(unseal(family::log, key, "abc").error().detail == "log slot=3 index=17: too short");
  CHECK(unseal(family::log, key, "").code() == errc::corrupt_record);
}

TEST_CASE("record: a log entry comes back as it went in, and its layout is pinned") {
  raft::entry entry{7, 17, raft::entry_kind::command, std::make_shared<std::string>("do")};
  std::string value;
  append_entry(value, entry);
  CHECK(value == bytes({0, 0, 0, 0, 0, 0, 0, 7, 0, 'd', 'o'}));
  const auto key = make_log_key(3, 17);
  seal(family::log, key, value);
  auto back = unseal_entry(key, value);
  REQUIRE(back.has_value());
  CHECK(back->term == 7);
  CHECK(back->index == 17);
  CHECK(*back->payload == "do");

  value.clear();
  append_entry(value, {8, 18, raft::entry_kind::noop, nullptr});
  CHECK(value == bytes({0, 0, 0, 0, 0, 0, 0, 8, 1}));
  const auto noop_key = make_log_key(3, 18);
  seal(family::log, noop_key, value);
  back = unseal_entry(noop_key, value);
  REQUIRE(back.has_value());
  CHECK(back->kind == raft::entry_kind::noop);
  CHECK(back->payload == nullptr);
}

}  // namespace
}  // namespace carillon::storage
