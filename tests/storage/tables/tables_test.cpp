// What apply_command writes is what message_store reads, over both stores: facts, members, user
// rows, the dedupe table, edits and deletions, replay, and records that went bad.
#include "tests/storage/tables/stores.hpp"

#include "storage/keys.hpp"

namespace carillon::storage {
namespace {

const slot_id slot_a = slot_of(channel_a, test_slots);

std::vector<std::string> user_ids(const std::vector<wire::channel_member>& members) {
  std::vector<std::string> out;
  for (const auto& member : members)
    out.push_back(member.user_id());
  return out;
}

TEST_CASE_TEMPLATE("tables: a channel that was never written is not there, and is no error", Store,
                   memory_store, rocks_store) {
  Store at;
  const message_store tables(at.get(), test_slots);
  CHECK_FALSE(tables.facts(channel_a)->has_value());
  CHECK(tables.members(channel_a)->empty());
  CHECK(tables.tail(channel_a)->last_seq == 0);
  CHECK(tables.tail(channel_a)->last_ts == 0);
  CHECK_FALSE(tables.message_at(channel_a, 5)->has_value());
  CHECK_FALSE(tables.message_by_seq(channel_a, 1)->has_value());
  CHECK_FALSE(tables.find_client_msg_id(channel_a, user_ann, "x")->has_value());
  CHECK(tables.history(channel_a, {})->messages.empty());
  CHECK(must(tables.events_after(channel_a, 0, 10)).empty());
  CHECK(tables.unread(channel_a, 0, user_ann, 10)->all == 0);
  CHECK_FALSE(tables.latest(channel_a)->has_value());
  CHECK_FALSE(tables.user_settings(*entity_id::parse(user_ann))->has_value());
}

TEST_CASE_TEMPLATE("tables: facts are replaced, members come and go and are listed by id", Store,
                   memory_store, rocks_store) {
  Store at;
  const message_store tables(at.get(), test_slots);
  wire::slot_command command;
  auto& change = *command.mutable_channel();
  change.set_channel_id(channel_a.text());
  change.mutable_facts()->set_name("first");
  change.add_members_added()->set_user_id(user_bob);
  change.add_members_added()->set_user_id(user_ann);
  apply(at.get(), slot_a, command);
  CHECK((*tables.facts(channel_a))->name() == "first");
  CHECK(user_ids(*tables.members(channel_a)) == std::vector{user_ann, user_bob});
  CHECK(tables.members(channel_b)->empty());

  change.Clear();
  change.set_channel_id(channel_a.text());
  change.mutable_facts()->set_name("second");
  change.add_members_removed(user_ann);
  apply(at.get(), slot_a, command);
  CHECK((*tables.facts(channel_a))->name() == "second");
  CHECK(user_ids(*tables.members(channel_a)) == std::vector{user_bob});
}

TEST_CASE_TEMPLATE("tables: a user's channel rows are replaced one by one, settings as a whole",
                   Store, memory_store, rocks_store) {
  Store at;
  const message_store tables(at.get(), test_slots);
  const entity_id ann = *entity_id::parse(user_ann);
  wire::slot_command command;
  auto& change = *command.mutable_user();
  change.set_user_id(user_ann);
  for (const entity_id& channel : {channel_b, channel_a}) {
    auto& row = *change.add_channels();
    row.set_channel_id(channel.text());
    row.set_member(true);
  }
  change.mutable_settings()->set_away(true);
  apply(at.get(), slot_of(ann, test_slots), command);

  change.Clear();
  change.set_user_id(user_ann);
  auto& row = *change.add_channels();
  row.set_channel_id(channel_a.text());
  row.set_last_read(77);
  apply(at.get(), slot_of(ann, test_slots), command);

  const auto rows = *tables.user_channels(ann);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].channel_id() == channel_a.text());
  CHECK(rows[0].last_read() == 77);
  CHECK_FALSE(rows[0].member());
  CHECK(rows[1].member());
  CHECK((*tables.user_settings(ann))->away());
}

TEST_CASE_TEMPLATE("tables: a message is found by ts, by seq and by its client_msg_id", Store,
                   memory_store, rocks_store) {
  Store at;
  const message_store tables(at.get(), test_slots);
  channel_script script(at.get(), channel_a);
  script.post(1'000, user_ann, "one", "key-1");
  script.post(2'000, user_bob, "two");
  CHECK((*tables.message_at(channel_a, 1'000))->text() == "one");
  CHECK_FALSE(tables.message_at(channel_a, 1'001)->has_value());
  CHECK((*tables.message_by_seq(channel_a, 2))->text() == "two");
  CHECK_FALSE(tables.message_by_seq(channel_a, 3)->has_value());
  CHECK(*tables.find_client_msg_id(channel_a, user_ann, "key-1") == 1);
  CHECK(tables.tail(channel_a)->last_seq == 2);
  CHECK(tables.tail(channel_a)->last_ts == 2'000);
}

TEST_CASE_TEMPLATE("tables: client_msg_ids are told apart by channel and by their whole text",
                   Store, memory_store, rocks_store) {
  Store at;
  const message_store tables(at.get(), test_slots);
  channel_script script(at.get(), channel_a);
  const std::string binary("a\0b", 3);
  script.post(1, user_ann, "x", "key");
  script.post(2, user_ann, "x", "key-longer");
  script.post(3, user_ann, "x", binary);
  script.post(4, user_ann, "x", std::string(500, 'k'));
  CHECK(*tables.find_client_msg_id(channel_a, user_ann, "key") == 1);
  CHECK(*tables.find_client_msg_id(channel_a, user_ann, "key-longer") == 2);
  CHECK(*tables.find_client_msg_id(channel_a, user_ann, binary) == 3);
  CHECK(*tables.find_client_msg_id(channel_a, user_ann, std::string(500, 'k')) == 4);
  CHECK_FALSE(tables.find_client_msg_id(channel_a, user_ann, "ke")->has_value());
  CHECK_FALSE(tables.find_client_msg_id(channel_a, user_ann, "")->has_value());
  CHECK_FALSE(tables.find_client_msg_id(channel_a, user_ann, std::string(499, 'k'))->has_value());
  CHECK_FALSE(tables.find_client_msg_id(channel_b, user_ann, "key")->has_value());
  CHECK_FALSE(tables.find_client_msg_id(channel_a, user_bob, "key")->has_value());
}

TEST_CASE_TEMPLATE("tables: an edit rewrites the message in its place and is an event of its own",
                   Store, memory_store, rocks_store) {
  Store at;
  const message_store tables(at.get(), test_slots);
  channel_script script(at.get(), channel_a);
  script.post(1'000, user_ann, "before", "key-1");
  script.post(2'000, user_bob, "other");
  script.edit(3'000, **tables.message_by_seq(channel_a, 1), "after");

  CHECK((*tables.message_at(channel_a, 1'000))->text() == "after");
  CHECK_FALSE(tables.message_by_seq(channel_a, 3)->has_value());  // an event, not a message
  CHECK_FALSE(tables.message_at(channel_a, 3'000)->has_value());
  CHECK(*tables.find_client_msg_id(channel_a, user_ann, "key-1") == 1);
  CHECK(tables.tail(channel_a)->last_seq == 3);
  CHECK(tables.tail(channel_a)->last_ts == 3'000);

  const auto events = must(tables.events_after(channel_a, 0, 10));
  REQUIRE(events.size() == 3);
  CHECK(events[0].kind() == wire::EVENT_MESSAGE);
  CHECK(events[0].message().text() == "after");
  CHECK(events[2].kind() == wire::EVENT_MESSAGE_CHANGED);
  CHECK(events[2].seq() == 3);
  CHECK(events[2].ts() == 3'000);
  CHECK(events[2].message().seq() == 1);
  CHECK(events[2].message().text() == "after");
}

TEST_CASE("tables: after a deletion the text, edited or not, is nowhere in the store") {
  memory_kv store;
  const message_store tables(store, test_slots);
  channel_script script(store, channel_a);
  script.post(1'000, user_ann, "SECRET one", "key-1");
  script.edit(2'000, **tables.message_by_seq(channel_a, 1), "SECRET two");
  script.remove(3'000, **tables.message_by_seq(channel_a, 1));

  for (std::size_t i = 0; i < family_count; ++i)
    for (const auto& [key, value] : store.contents(static_cast<family>(i)))
      CHECK(value.find("SECRET") == std::string::npos);
  const auto tombstone = **tables.message_by_seq(channel_a, 1);
  CHECK(tombstone.deleted());
  CHECK(tombstone.user() == user_ann);
  CHECK(tables.history(channel_a, {})->messages.empty());
  CHECK_FALSE(tables.latest(channel_a)->has_value());
  // A retry of the post still meets its key.
  CHECK(*tables.find_client_msg_id(channel_a, user_ann, "key-1") == 1);
  CHECK(must(tables.events_after(channel_a, 0, 10)).size() == 3);
}

TEST_CASE_TEMPLATE("tables: replay begins after the given seq and ends at the limit", Store,
                   memory_store, rocks_store) {
  Store at;
  const message_store tables(at.get(), test_slots);
  channel_script script(at.get(), channel_a);
  channel_script(at.get(), channel_b).post(1, user_bob, "elsewhere");
  for (timestamp ts = 1; ts <= 5; ++ts)
    script.post(ts, user_ann, "m");
  const auto seqs = [&](std::uint64_t after, std::size_t limit) {
    std::string out;
    for (const auto& event : must(tables.events_after(channel_a, after, limit)))
      out += std::to_string(event.seq());
    return out;
  };
  CHECK(seqs(0, 10) == "12345");
  CHECK(seqs(2, 2) == "34");
  CHECK(seqs(2, 3) == "345");
  CHECK(seqs(4, 10) == "5");
  CHECK(seqs(5, 10).empty());
  CHECK(seqs(~0ULL, 10).empty());
  CHECK(seqs(0, 0).empty());
}

TEST_CASE("tables: a damaged record is named in the refusal and never served") {
  memory_kv store;
  const message_store tables(store, test_slots);
  channel_script script(store, channel_a);
  script.post(1'000, user_ann, "one", "key-1");
  script.post(2'000, user_ann, "two", "key-2");
  script.post(3'000, user_ann, "three", "key-3");
  const auto key = make_message_key(slot_a, channel_a, 2);
  store.flip_bit(family::messages, key, 3);

  const auto one = tables.message_by_seq(channel_a, 2);
  REQUIRE_FALSE(one.has_value());
  CHECK(one.code() == errc::corrupt_record);
  CHECK(one.error().detail == describe_key(family::messages, key) + ": checksum mismatch");
  CHECK(tables.message_at(channel_a, 2'000).code() == errc::corrupt_record);
  wire::read_history all;
  all.set_limit(10);
  CHECK(tables.history(channel_a, all).code() == errc::corrupt_record);
  CHECK(tables.events_after(channel_a, 0, 10).code() == errc::corrupt_record);
  CHECK(tables.unread(channel_a, 0, user_bob, 10).code() == errc::corrupt_record);
  // What does not touch it is served.
  CHECK((*tables.message_by_seq(channel_a, 3))->text() == "three");
  CHECK(must(tables.events_after(channel_a, 2, 10)).size() == 1);

  store.flip_bit(family::index, make_client_msg_id_key(slot_a, channel_a, user_ann, "key-1"), 0);
  CHECK(tables.find_client_msg_id(channel_a, user_ann, "key-1").code() == errc::corrupt_record);
  CHECK(*tables.find_client_msg_id(channel_a, user_ann, "key-3") == 3);
}

TEST_CASE_TEMPLATE("tables: a request finds the post it made, by its author and key", Store,
                   memory_store, rocks_store) {
  Store at;
  const message_store tables(at.get(), test_slots);
  wire::slot_command command;
  auto& change = *command.mutable_channel();
  change.set_channel_id(channel_a.text());
  change.set_request_key("r1");
  for (std::uint64_t seq : {7, 8}) {  // an answer of two events: the first is the post
    auto& event = *change.add_events();
    event.set_seq(seq);
    event.set_ts(seq);
    event.set_kind(wire::EVENT_MESSAGE);
    event.mutable_message()->set_seq(seq);
    event.mutable_message()->set_user(user_ann);
  }
  apply(at.get(), slot_a, command);
  CHECK(*must(tables.find_request_key(channel_a, user_ann, "r1")) == 7);
  CHECK_FALSE(must(tables.find_request_key(channel_a, user_bob, "r1")).has_value());
  CHECK_FALSE(must(tables.find_request_key(channel_a, user_ann, "r2")).has_value());
  CHECK_FALSE(must(tables.find_request_key(channel_b, user_ann, "r1")).has_value());
  // Another space of names than the client's own.
  CHECK_FALSE(must(tables.find_client_msg_id(channel_a, user_ann, "r1")).has_value());
}

TEST_CASE("tables: whoever listens hears of damage with its slot, and of nothing else") {
  memory_kv store;
  message_store tables(store, test_slots);
  std::vector<std::string> heard;
  tables.on_corruption([&](slot_id slot, const error& why) {
    heard.push_back(std::to_string(slot) + " " + why.detail);
  });
  channel_script script(store, channel_a);
  script.post(1'000, user_ann, "one", "key-1");
  CHECK(tables.message_by_seq(channel_a, 1).has_value());
  CHECK(tables.message_at(channel_a, 5).has_value());
  CHECK(heard.empty());
  const auto key = make_message_key(slot_a, channel_a, 1);
  store.flip_bit(family::messages, key, 3);
  CHECK_FALSE(tables.message_at(channel_a, 1'000).has_value());
  REQUIRE(heard.size() == 1);
  CHECK(heard[0] == std::to_string(slot_a) + " " + describe_key(family::messages, key) +
                        ": checksum mismatch");
  CHECK_FALSE(tables.tail(channel_a).has_value());
  CHECK_FALSE(tables.events_after(channel_a, 0, 9).has_value());
  CHECK_FALSE(tables.history(channel_a, {}).has_value());
  CHECK_FALSE(tables.latest(channel_a).has_value());
  CHECK_FALSE(tables.unread(channel_a, 0, user_bob, 9).has_value());
  CHECK(heard.size() == 6);
}

}  // namespace
}  // namespace carillon::storage
