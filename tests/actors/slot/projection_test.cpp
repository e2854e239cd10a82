// What follows from a committed command elsewhere, and how far that has come.
#include "actors/slot/projection.hpp"

#include <doctest/doctest.h>

#include "actors/slot/interest_table.hpp"

using namespace carillon;

namespace {

wire::slot_command change_of(wire::channel_kind kind) {
  wire::slot_command command;
  auto& change = *command.mutable_channel();
  change.set_channel_id("C00000000000A");
  auto& facts = *change.mutable_facts();
  facts.set_id("C00000000000A");
  facts.set_team_id("T000000000001");
  facts.set_kind(kind);
  facts.set_name("lobby");
  facts.set_creator("U000000000001");
  facts.set_updated(77);
  return command;
}

void add_member(wire::slot_command& command, const std::string& user, std::uint64_t seq) {
  auto& member = *command.mutable_channel()->add_members_added();
  member.set_user_id(user);
  member.set_joined_seq(seq);
  member.set_joined_ts(1'000 + seq);
}

}  // namespace

TEST_CASE("projection: a plain message concerns nobody else's tables") {
  wire::slot_command command;
  command.mutable_channel()->set_channel_id("C00000000000A");
  command.mutable_channel()->add_events()->set_seq(4);
  CHECK(project(command).effects() == 0);
  CHECK(project(wire::slot_command{}).effects() == 0);
}

TEST_CASE("projection: what a user says of a friend goes to the other's slot, what came from there does not go back") {
  wire::slot_command command;
  command.mutable_user()->set_user_id("U000000000001");
  auto& said = *command.mutable_user()->add_friends();
  said.set_user_id("U000000000002");
  said.set_friend_(true);
  said.set_changed(77);
  said.set_by("U000000000001");
  projection out = project(command);
  REQUIRE(out.users.size() == 1);
  CHECK(out.users[0].user_id() == "U000000000002");
  const auto& row = out.users[0].friend_changed().row();
  CHECK(row.user_id() == "U000000000001");
  CHECK(row.friend_());
  CHECK(row.changed() == 77);
  CHECK(row.by() == "U000000000001");
  said.set_by("U000000000002");
  CHECK(project(command).effects() == 0);
}

TEST_CASE("projection: who joins has read what was before, and the catalogue follows the facts") {
  auto command = change_of(wire::CHANNEL_PUBLIC);
  add_member(command, "U000000000001", 3);
  command.mutable_channel()->set_catalog(true);
  projection out = project(command);
  REQUIRE(out.users.size() == 1);
  CHECK(out.users[0].user_id() == "U000000000001");
  CHECK(out.users[0].membership().member());
  CHECK(out.users[0].membership().seq() == 3);
  CHECK(out.users[0].membership().last_read() == 1'003);
  REQUIRE(out.catalogue);
  CHECK(out.catalogue->name == "lobby");
  CHECK_FALSE(out.catalogue->is_private);
  CHECK(out.catalogue->updated == 77);
}

TEST_CASE("projection: who leaves is told with the seq of the leaving") {
  auto command = change_of(wire::CHANNEL_PRIVATE);
  command.mutable_channel()->add_events()->set_seq(9);
  command.mutable_channel()->add_members_removed("U000000000002");
  projection out = project(command);
  REQUIRE(out.users.size() == 1);
  CHECK_FALSE(out.users[0].membership().member());
  CHECK(out.users[0].membership().seq() == 9);
}

TEST_CASE("projection: a DM names each one's peer, is open for who opened it, and is in no catalogue") {
  auto command = change_of(wire::CHANNEL_DIRECT);
  add_member(command, "U000000000001", 0);
  add_member(command, "U000000000002", 0);
  command.mutable_channel()->set_catalog(true);
  projection out = project(command);
  REQUIRE(out.users.size() == 2);
  CHECK(out.users[0].membership().peer() == "U000000000002");
  CHECK(out.users[0].membership().open());
  CHECK(out.users[1].membership().peer() == "U000000000001");
  CHECK_FALSE(out.users[1].membership().open());
  CHECK_FALSE(out.catalogue);
}

TEST_CASE("projection: what is no command is passed over, but not what is under way") {
  projection_cursor cursor(10);
  cursor.pass(20);
  CHECK(cursor.done() == 20);
  cursor.pass(15);
  CHECK(cursor.done() == 20);
  cursor.begin(21, 1);
  cursor.pass(30);
  CHECK(cursor.done() == 20);
  cursor.finish_one(21);
  CHECK(cursor.done() == 30);
}

TEST_CASE("projection: the cursor stands before the oldest effect that is under way") {
  projection_cursor cursor(10);
  cursor.begin(11, 0);
  CHECK(cursor.done() == 11);
  cursor.begin(12, 2);
  cursor.begin(13, 1);
  cursor.begin(15, 0);  // 14 was no command
  CHECK(cursor.done() == 11);
  cursor.finish_one(13);
  CHECK(cursor.done() == 11);
  cursor.finish_one(12);
  CHECK(cursor.done() == 11);
  cursor.finish_one(12);
  CHECK(cursor.done() == 15);
  CHECK(cursor.under_way() == 0);
}

TEST_CASE("interest: a host stands in a channel's list once, and an empty list is forgotten") {
  interest_table table;
  entity_id channel{id_kind::channel, 5};
  table.add(channel, 1);
  table.add(channel, 1);
  table.add(channel, 2);
  CHECK(table.hosts_of(channel) == std::vector<interest_table::host_index>{1, 2});
  table.remove_host(1);
  CHECK(table.hosts_of(channel) == std::vector<interest_table::host_index>{2});
  table.remove(channel, 2);
  CHECK(table.channels() == 0);
  CHECK(table.hosts_of(channel).empty());
}
