// The channel's mailbox, message by message: answers wait for their commits and keep their order,
// retries meet the first post wherever it is, reads see what was answered before, losing the slot
// refuses everyone, and an idle channel goes away.
#include "storage/keys.hpp"
#include "tests/actors/channel/channel_house.hpp"

namespace carillon::test {
namespace {

TEST_CASE("channel: a post is answered when it is committed, not before") {
  channel_house house;
  house.slot.commits = false;
  auto posted = house.post(1, "hello");
  house.run();
  CHECK(house.slot.proposed.size() == 1);
  CHECK(house.outcome(posted) == "waits");
  house.commit();
  REQUIRE(house.good(posted));
  CHECK((*posted)->event().seq() == 2);
  CHECK((*posted)->event().message().text() == "hello");
}

TEST_CASE("channel: many posts are under way at once and answered in their order") {
  channel_house house;
  house.slot.commits = false;
  std::vector<reply_place> posts;
  for (int i = 0; i < 5; ++i)
    posts.push_back(house.post(1, std::to_string(i)));
  house.run();
  REQUIRE(house.slot.proposed.size() == 5);
  for (std::size_t i = 0; i < 5; ++i)
    CHECK(house.slot.proposed[i]->channel().events(0).seq() == i + 2);
  house.commit(2);
  CHECK(house.outcome(posts[1]) == "ok");
  CHECK(house.outcome(posts[2]) == "waits");
  house.commit();
  CHECK(house.outcome(posts[4]) == "ok");
  CHECK(house.answered.size() == 5);
  CHECK(std::is_sorted(house.answered.begin(), house.answered.end()));
}

TEST_CASE("channel: a refusal does not wait for anything") {
  channel_house house;
  house.slot.commits = false;
  auto posted = house.post(1, "waits");
  auto refused = house.post(9, "not a member");
  house.run();
  CHECK(house.outcome(posted) == "waits");
  CHECK(house.outcome(refused) == "not_in_channel");
}

TEST_CASE("channel: with peers, what is told without a commit is told when it is sure that we lead") {
  channel_house house;
  house.give_link();
  auto posted = house.post(1, "its commit says that we lead");
  house.run();
  CHECK(house.outcome(posted) == "ok");
  CHECK(house.slot.barriers == 0);
  auto refused = house.post(9, "not a member");
  auto join = house.from(1);
  join.mutable_join();
  auto joined = house.say(join);
  house.run();
  CHECK(house.outcome(refused) == "not_in_channel");
  CHECK(house.outcome(joined) == "ok");
  CHECK(house.slot.barriers == 2);
  house.slot.leads = false;  // who leads may have let 9 in
  refused = house.post(9, "not a member here");
  house.run();
  CHECK(house.outcome(refused) == "not_owner");
}

TEST_CASE("channel: a retry of a post under way waits for its commit and gets the same event") {
  channel_house house;
  house.slot.commits = false;
  auto first = house.post(1, "once", "id-1");
  auto again = house.post(1, "once", "id-1");
  house.run();
  CHECK(house.slot.proposed.size() == 1);
  CHECK(house.outcome(again) == "waits");
  house.commit();
  REQUIRE(house.good(first));
  REQUIRE(house.good(again));
  CHECK_FALSE((*first)->duplicate());
  CHECK((*again)->duplicate());
  CHECK((*again)->event().SerializeAsString() == (*first)->event().SerializeAsString());
}

TEST_CASE("channel: a retry meets its first post in the tables after the actor was stopped") {
  channel_house house;
  auto first = house.post(1, "once", "id-1");
  house.run();
  caf::anon_send_exit(house.entity, caf::exit_reason::user_shutdown);
  house.run();
  house.activate();
  auto again = house.post(1, "once", "id-1");
  auto next = house.post(1, "next", "id-2");
  house.run();
  REQUIRE(house.good(again));
  CHECK((*again)->duplicate());
  CHECK((*again)->event().seq() == (*first)->event().seq());
  REQUIRE(house.good(next));
  CHECK_FALSE((*next)->duplicate());
  CHECK((*next)->event().seq() == (*first)->event().seq() + 1);
}

TEST_CASE("channel: ids beyond the recent ones are forgotten only when the tables hold them") {
  channel_house house;
  house.host.config.channel.dedupe_recent = 4;
  caf::anon_send_exit(house.entity, caf::exit_reason::user_shutdown);
  house.run();
  house.activate();
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 40; ++i) {
      auto posted = house.post(1, "x", "id-" + std::to_string(i));
      house.run();
      REQUIRE(house.good(posted));
      CHECK((*posted)->duplicate() == (round == 1));
      CHECK((*posted)->event().seq() == static_cast<std::uint64_t>(i) + 2);
    }
}

TEST_CASE("channel: history is read after what was posted before, and from current tables") {
  channel_house house;
  house.slot.commits = false;
  auto posted = house.post(1, "hello");
  auto page = house.history(2);
  house.run();
  CHECK(house.outcome(page) == "waits");
  CHECK(house.slot.barriers == 0);
  house.commit();
  CHECK(house.slot.barriers == 1);
  REQUIRE(house.good(page));
  REQUIRE((*page)->messages_size() == 2);
  CHECK((*page)->messages(0).text() == "hello");
  CHECK((*page)->messages(1).subtype() == "channel_join");
  CHECK((*page)->last_seq() == 2);
}

TEST_CASE("channel: a post that could still be lost is in nobody's answer") {
  channel_house house;
  house.slot.commits = false;
  house.post(1, "may be lost");
  auto described = house.from(2);
  described.mutable_describe();
  auto told = house.say(described);
  house.run();
  CHECK(house.outcome(told) == "waits");
  house.lose(errc::storage_unavailable);
  CHECK(house.outcome(told) == "storage_unavailable");
}

TEST_CASE("channel: edits of one message go one after another, each from the one before") {
  channel_house house;
  auto posted = house.post(1, "first");
  house.run();
  timestamp ts = (*posted)->event().ts();
  house.slot.commits = false;
  auto one = house.edit(1, ts, "second");
  auto two = house.edit(1, ts, "third");
  auto other = house.edit(1, ts + 1, "no such message");
  house.run();
  CHECK(house.outcome(other) == "message_not_found");
  house.commit(1);
  CHECK(house.outcome(one) == "ok");
  CHECK(house.outcome(two) == "waits");
  house.commit(1);
  REQUIRE(house.good(two));
  CHECK((*two)->event().message().text() == "third");
  CHECK((*two)->event().previous().text() == "second");
  CHECK((*two)->event().seq() == (*one)->event().seq() + 1);

  auto erase = house.from(1);
  erase.mutable_delete_()->set_ts(ts);
  house.slot.commits = true;
  auto gone = house.say(erase);
  auto too_late = house.edit(1, ts, "fourth");
  house.run();
  CHECK(house.outcome(gone) == "ok");
  CHECK(house.outcome(too_late) == "message_not_found");
}

TEST_CASE("channel: a message is found until it is deleted") {
  channel_house house;
  auto posted = house.post(1, "here");
  house.run();
  auto request = house.from(2);
  request.mutable_find()->set_ts((*posted)->event().ts());
  auto found = house.say(request);
  house.run();
  REQUIRE(house.good(found));
  CHECK((*found)->messages(0).text() == "here");
  auto erase = house.from(1);
  erase.mutable_delete_()->set_ts((*posted)->event().ts());
  house.say(erase);
  house.run();
  auto missed = house.say(request);
  house.run();
  CHECK(house.outcome(missed) == "message_not_found");
}

TEST_CASE("channel: unread messages are counted without one's own, display without joins") {
  channel_house house;
  house.post(1, "a");
  house.post(2, "b");
  auto join = house.from(7);
  join.mutable_join();
  house.say(join);
  auto request = house.from(2);
  request.mutable_describe()->set_count_unread(true);
  request.mutable_describe()->set_last_read(house.now);  // the founding
  auto told = house.say(request);
  house.run();
  REQUIRE(house.good(told));
  CHECK((*told)->unread_count() == 2);
  CHECK((*told)->unread_count_display() == 1);
  CHECK((*told)->latest().subtype() == "channel_join");
  CHECK((*told)->is_member());

  auto mark = house.from(2);
  mark.mutable_mark()->set_ts((*told)->last_ts());
  auto marked = house.say(mark);
  mark.mutable_mark()->set_ts((*told)->last_ts() + 1);
  auto beyond = house.say(mark);
  house.run();
  REQUIRE(house.good(marked));
  CHECK((*marked)->unread_count() == 0);
  CHECK(house.outcome(beyond) == "invalid_timestamp");
}

TEST_CASE("channel: joining is answered, and told, when the joiner's own tables follow") {
  channel_house house;
  house.slot.projects = false;
  auto join = house.from(7);
  join.mutable_join();
  auto joined = house.say(join);
  house.run();
  REQUIRE(house.slot.projections_asked.size() == 1);
  CHECK(house.slot.projections_asked[0] == house.slot.index);
  CHECK(house.outcome(joined) == "waits");
  CHECK(house.notices.empty());
  auto posted = house.post(7, "hello");  // others need not wait for it
  house.run();
  CHECK(house.outcome(posted) == "ok");
  CHECK(house.slot.projections_asked.size() == 1);
  house.release_projections();
  REQUIRE(house.good(joined));
  CHECK((*joined)->is_member());
  REQUIRE(house.notices.size() == 2);
  CHECK(house.notices[0].to == notification::audience::user);
  CHECK(house.notices[1].to == notification::audience::channel);
}

TEST_CASE("channel: typing reaches the hub at once and never the log") {
  channel_house house;
  house.slot.commits = false;
  house.post(1, "under way");
  auto request = house.from(2);
  request.mutable_transient()->set_kind("user_typing");
  auto typed = house.say(request);
  house.run();
  CHECK(house.outcome(typed) == "ok");
  CHECK(house.notices.size() == 1);
  CHECK(house.slot.proposed.size() == 1);
}

TEST_CASE("channel: when proposals are lost everyone is refused, and the next life starts from the "
          "tables") {
  channel_house house;
  house.slot.commits = false;
  auto kept = house.post(1, "kept", "id-1");
  house.run();
  house.commit();
  auto lost = house.post(1, "lost", "id-2");
  auto retry = house.post(1, "lost", "id-2");
  auto page = house.history(1);
  house.run();
  house.lose(errc::not_owner);
  CHECK(house.outcome(kept) == "ok");
  CHECK(house.outcome(lost) == "not_owner");
  CHECK(house.outcome(retry) == "not_owner");
  CHECK(house.outcome(page) == "not_owner");
  CHECK(house.slot.entity_gone);

  house.slot.commits = true;
  house.activate();
  auto again = house.post(1, "lost", "id-2");
  house.run();
  REQUIRE(house.good(again));
  CHECK_FALSE((*again)->duplicate());
  CHECK((*again)->event().seq() == 3);
}

TEST_CASE("channel: founding is answered after its projections; founding again changes nothing") {
  entity_fixture fixture(channel_c, spawn_channel);
  fixture.slot.projects = false;
  fixture.activate();
  wire::channel_request request;
  request.set_channel_id(channel_c.text());
  *request.mutable_by() = by(1);
  request.mutable_create()->set_name("news");
  auto made = fixture.ask<wire::channel_reply>(request);
  fixture.run();
  CHECK_FALSE(*made);
  fixture.release_projections();
  REQUIRE(*made);
  CHECK((*made)->errc() == 0);
  CHECK((*made)->facts().name() == "news");
  auto again = fixture.ask<wire::channel_reply>(request);
  fixture.run();
  CHECK_FALSE(*again);  // others may have founded it a moment ago: their tables come first, too
  fixture.release_projections();
  REQUIRE(*again);
  CHECK((*again)->already());
  CHECK(fixture.slot.proposed.size() == 1);
}

TEST_CASE("channel: a channel that does not exist is not found and not made by asking") {
  entity_fixture fixture(channel_c, spawn_channel);
  fixture.activate();
  wire::channel_request request;
  request.set_channel_id(channel_c.text());
  *request.mutable_by() = by(1);
  for (int op = 0; op < 4; ++op) {
    switch (op) {
    case 0:
      *request.mutable_post() = text("x");
      break;
    case 1:
      request.mutable_history();
      break;
    case 2:
      request.mutable_join();
      break;
    default:
      request.mutable_describe();
      break;
    }
    auto answer = fixture.ask<wire::channel_reply>(request);
    fixture.run();
    REQUIRE(*answer);
    CHECK((*answer)->errc() == static_cast<std::uint32_t>(errc::channel_not_found) + 1);
  }
  CHECK(fixture.slot.proposed.empty());
}

TEST_CASE("channel: an idle channel asks to go, and goes when the slot lets it") {
  channel_house house;
  std::chrono::milliseconds idle(house.host.config.channel.idle_stop_ms);
  house.advance(idle);  // it was touched in this period
  CHECK(house.slot.passivates == 0);
  house.post(1, "still here");
  house.run();
  house.advance(idle);
  CHECK(house.slot.passivates == 0);
  house.advance(idle);
  CHECK(house.slot.passivates == 1);
  CHECK(house.slot.entity_gone);
}

TEST_CASE("channel: a channel with work under way does not ask to go, and finishes it when told") {
  channel_house house;
  house.slot.commits = false;
  std::chrono::milliseconds idle(house.host.config.channel.idle_stop_ms);
  auto posted = house.post(1, "slow disk");
  house.run();
  for (int i = 0; i < 3; ++i)
    house.advance(idle);
  CHECK(house.slot.passivates == 0);
  // The slot had said "go" just before this post reached the mailbox.
  house.tell(passivate_now{});
  house.run();
  CHECK_FALSE(house.slot.entity_gone);
  house.commit();
  CHECK(house.outcome(posted) == "ok");
  CHECK(house.slot.entity_gone);
}

TEST_CASE("channel: requests still open when the actor is ended are refused, not forgotten") {
  channel_house house;
  house.slot.commits = false;
  auto posted = house.post(1, "x");
  house.run();
  caf::anon_send_exit(house.entity, caf::exit_reason::user_shutdown);
  house.run();
  CHECK(house.outcome(posted) == "not_owner");
}

TEST_CASE("channel: when its tables cannot be read, who asks hears why, and the next life tries again") {
  channel_house house;
  caf::anon_send_exit(house.entity, caf::exit_reason::user_shutdown);
  house.run();
  const auto facts = storage::make_table_prefix(0, channel_c, storage::table::facts);
  house.kv.flip_bit(storage::family::index, facts, 0);
  house.slot.lets_go = false;
  house.activate();
  auto posted = house.post(1, "into the dark");
  auto page = house.history(1);
  house.run();
  CHECK(house.outcome(posted) == "corrupt_record");
  CHECK(house.outcome(page) == "corrupt_record");
  CHECK(house.slot.passivates == 1);
  house.tell(passivate_now{});
  house.run();
  CHECK(house.slot.entity_gone);

  house.kv.flip_bit(storage::family::index, facts, 0);
  house.activate();
  auto again = house.post(1, "into the light");
  house.run();
  CHECK(house.outcome(again) == "ok");
}

TEST_CASE("channel: members of a large channel are read by a storage reader, requests wait") {
  channel_house house;
  auto invite = house.from(1);
  for (std::uint64_t number = 100; number < 500; ++number)
    invite.mutable_invite()->add_users(user(number));
  auto invited = house.say(invite);
  house.run();
  REQUIRE(house.good(invited));
  caf::anon_send_exit(house.entity, caf::exit_reason::user_shutdown);
  house.run();
  house.activate();
  auto posted = house.post(499, "I am in");
  auto outside = house.post(500, "I am not");
  house.run();
  CHECK(house.outcome(posted) == "ok");
  CHECK(house.outcome(outside) == "not_in_channel");
}

}  // namespace
}  // namespace carillon::test
