// The user's mailbox, message by message: what is told after a commit and to whom, presence with
// its grace period on a clock that the test moves, and devices that outlive the actor.
#include "tests/actors/user/user_house.hpp"

namespace carillon::test {
namespace {

TEST_CASE("user: the hub hears of a membership when its row is committed") {
  user_house house;
  house.slot.commits = false;
  auto joined = house.project(news, true, 5);
  CHECK(house.outcome(joined) == "waits");
  CHECK(house.memberships.empty());
  house.commit();
  CHECK(house.outcome(joined) == "ok");
  REQUIRE(house.memberships.size() == 1);
  CHECK(house.memberships[0].user == me);
  CHECK(house.memberships[0].channel == news);
  CHECK(house.memberships[0].member);
  CHECK(house.memberships[0].seq == 5);
  CHECK(house.notices.empty());
}

TEST_CASE(
    "user: a repeated projection is answered good, after the first is committed, and told once") {
  user_house house;
  house.slot.commits = false;
  auto first = house.project(news, true, 5);
  auto again = house.project(news, true, 5);
  CHECK(house.outcome(again) == "waits");
  house.commit();
  CHECK(house.outcome(first) == "ok");
  CHECK(house.outcome(again) == "ok");
  CHECK((*again)->already());
  CHECK(house.slot.proposed.size() == 1);
  CHECK(house.memberships.size() == 1);
}

TEST_CASE("user: rows live on in the tables") {
  user_house house;
  house.project(news, true, 5);
  house.project(dm, true, 0);
  caf::anon_send_exit(house.entity, caf::exit_reason::user_shutdown);
  house.run();
  house.activate();
  auto listed = house.list();
  REQUIRE(*listed);
  REQUIRE((*listed)->channels_size() == 2);
  CHECK((*listed)->channels(0).channel_id() == news.text());
  CHECK((*house.project(news, true, 5))->already());
}

TEST_CASE("user: a read mark is told to the user's other sessions") {
  user_house house;
  house.project(news, true, 5);
  auto request = house.about_me();
  request.mutable_by()->set_connection(42);
  request.mutable_mark()->set_channel_id(news.text());
  request.mutable_mark()->set_ts(1'700'000'000'000'001);
  request.mutable_mark()->set_unread_count(3);
  request.mutable_mark()->set_unread_count_display(2);
  auto marked = house.say(request);
  CHECK(house.outcome(marked) == "ok");
  CHECK((*marked)->channels(0).last_read() == 1'700'000'000'000'001);
  REQUIRE(house.notices.size() == 1);
  CHECK(house.notices[0].to == notification::audience::user);
  CHECK(house.notices[0].id == me);
  CHECK(house.notices[0].except_connection == 42);
  CHECK_FALSE(house.notices[0].transient);
  CHECK(house.notices[0].json.find("channel_marked") != std::string::npos);
  CHECK(house.notices[0].json.find("1700000000.000001") != std::string::npos);
  house.say(request);
  CHECK(house.notices.size() == 1);  // nothing changed, nothing to tell
}

TEST_CASE("user: opening and closing a DM is told to the user") {
  user_house house;
  house.project(dm, true, 0);
  for (bool open : {true, false}) {
    auto request = house.about_me();
    request.mutable_open_channel()->set_channel_id(dm.text());
    request.mutable_open_channel()->set_open(open);
    CHECK(house.outcome(house.say(request)) == "ok");
    REQUIRE_FALSE(house.notices.empty());
    CHECK(house.notices.back().to == notification::audience::user);
    CHECK(house.notices.back().json.find(open ? "im_open" : "im_close") != std::string::npos);
  }
}

TEST_CASE("user: whoever asked for a new DM sees it open, the other one does not yet") {
  user_house house;
  auto request = house.about_me();
  auto& membership = *request.mutable_membership();
  membership.set_channel_id(dm.text());
  membership.set_kind(wire::CHANNEL_DIRECT);
  membership.set_member(true);
  membership.set_open(true);
  house.say(request);
  REQUIRE(house.notices.size() == 1);
  CHECK(house.notices[0].json.find("im_open") != std::string::npos);
  CHECK(house.memberships.size() == 1);

  user_house other;
  membership.set_open(false);
  other.say(request);
  CHECK(other.notices.empty());
  CHECK(other.memberships.size() == 1);
}

TEST_CASE("user: presence is told to the slot when it is seen to change, and to nobody else") {
  user_house house;
  house.online(1);
  house.online(2);
  REQUIRE(house.slot.presence.size() == 1);
  CHECK(house.slot.presence[0].user == me);
  CHECK(house.slot.presence[0].active);
  CHECK(house.notices.empty());
  auto seen = house.presence();
  CHECK((*seen)->active());
  CHECK((*seen)->connection_count() == 2);
  CHECK((*seen)->last_activity() == house.now / 1'000'000);
}

// What the slot heard since the last time: "active", "in grace", "away".
std::string heard(user_house& house) {
  std::string out;
  for (const auto& each : std::exchange(house.slot.presence, {}))
    out += std::string(out.empty() ? "" : ", ") + (!each.active ? "away" : each.in_grace ? "in grace" : "active");
  return out;
}

TEST_CASE("user: away comes after the grace period, and not at all when a device returns in it") {
  user_house house;
  house.online(1);
  CHECK(heard(house) == "active");
  house.offline(1);
  house.advance(house.grace() / 2);
  CHECK((*house.presence())->active());
  house.online(2);
  house.advance(house.grace());
  CHECK(heard(house) == "in grace, active");

  house.offline(2);
  house.advance(house.grace() / 2);
  CHECK(heard(house) == "in grace");
  house.advance(house.grace());
  CHECK(heard(house) == "away");
  CHECK_FALSE((*house.presence())->active());
}

TEST_CASE("user: the slot hears of no grace while another connection is left") {
  user_house house;
  house.online(1);
  house.online(2);
  house.offline(1);
  CHECK(heard(house) == "active");
}

TEST_CASE("user: when a host falls silent its devices are gone after the grace, unless it is back") {
  user_house house;
  auto online_at = [&](std::uint64_t host, std::uint64_t connection) {
    auto request = house.about_me();
    request.mutable_device_online()->set_host(host);
    request.mutable_device_online()->set_connection(connection);
    house.say(request);
  };
  online_at(7, 1);
  (void)heard(house);
  house.tell(host_lost{8});
  house.tell(host_lost{7});
  house.run();
  house.advance(house.grace() / 2);
  online_at(7, 1);  // it is back, and its session says so
  house.advance(house.grace());
  CHECK(heard(house) == "in grace, active");

  house.tell(host_lost{7});
  house.run();
  CHECK((*house.presence())->active());
  CHECK(heard(house) == "in grace");
  house.advance(house.grace());
  CHECK(heard(house) == "away");
  CHECK_FALSE((*house.presence())->active());
}

TEST_CASE("user: the hubs of other hosts hear what the hub here hears") {
  user_house house;
  house.give_link();
  house.online(1);  // which is the slot's to tell, to hosts that watch
  house.project(news, true, 5);
  REQUIRE(house.sent_to_peers.size() == 1);
  CHECK(house.sent_to_peers[0].to == 0);
  CHECK(house.sent_to_peers[0].kind == wire::ITEM_NOTIFICATION);
  wire::peer_notification said;
  REQUIRE(said.ParseFromString(house.sent_to_peers[0].body));
  CHECK(said.member_channel() == news.text());
  CHECK(said.member_seq() == 5);
}

TEST_CASE("user: choosing away is told when committed, to oneself and to those who watch") {
  user_house house;
  house.online(1);
  house.slot.presence.clear();
  house.slot.commits = false;
  auto chosen = house.away(true);
  CHECK(house.outcome(chosen) == "waits");
  CHECK((*house.presence())->active());
  house.commit();
  CHECK(house.outcome(chosen) == "ok");
  REQUIRE(house.notices.size() == 1);
  CHECK(house.notices[0].to == notification::audience::user);
  CHECK(house.notices[0].json.find("manual_presence_change") != std::string::npos);
  REQUIRE(house.slot.presence.size() == 1);
  CHECK_FALSE(house.slot.presence[0].active);
  CHECK((*house.presence())->manual_away());
  CHECK_FALSE((*house.presence())->active());
}

TEST_CASE("user: who chose away is still away in the actor's next life") {
  user_house house;
  house.away(true);
  caf::anon_send_exit(house.entity, caf::exit_reason::user_shutdown);
  house.run();
  house.activate();
  house.online(1);
  CHECK_FALSE((*house.presence())->active());
  CHECK((*house.presence())->online());
}

TEST_CASE("user: the actor does not stop while a device is connected") {
  user_house house;
  house.online(1);
  for (int i = 0; i < 3; ++i)
    house.advance(house.idle());
  CHECK(house.slot.passivates == 0);
  house.offline(1);
  for (int i = 0; i < 3; ++i)
    house.advance(house.idle());
  CHECK(house.slot.passivates == 1);
  CHECK(house.slot.entity_gone);
}

TEST_CASE("user: devices are handed to the actor's next life when proposals are lost") {
  user_house house;
  house.online(41);
  house.online(42);
  house.slot.commits = false;
  auto lost = house.project(news, true, 5);
  house.lose(errc::not_owner);
  CHECK(house.outcome(lost) == "not_owner");
  CHECK(house.slot.entity_gone);
  REQUIRE(house.slot.user_requests.size() == 2);
  CHECK(house.slot.user_requests[0]->user_id() == me.text());
  CHECK(house.slot.user_requests[0]->device_online().connection() == 41);
  CHECK(house.slot.user_requests[1]->device_online().connection() == 42);
}

TEST_CASE("user: a device that came while the actor was told to go is handed on") {
  user_house house;
  house.online(7);  // crossed passivate_now on its way
  house.tell(passivate_now{});
  house.run();
  CHECK(house.slot.entity_gone);
  REQUIRE(house.slot.user_requests.size() == 1);
  CHECK(house.slot.user_requests[0]->device_online().connection() == 7);
}

TEST_CASE("user: activity of a device that was lost sight of brings it back") {
  user_house house;
  auto request = house.about_me();
  request.mutable_device_activity()->set_connection(9);
  house.say(request);
  CHECK((*house.presence())->active());
  CHECK((*house.presence())->connection_count() == 1);
}

// ---- what was done last -------------------------------------------------------------------------

std::vector<timestamp> written(const user_house& house) {
  std::vector<timestamp> out;
  for (const auto& command : house.slot.proposed)
    if (command->user().settings().last_active() != 0)
      out.push_back(command->user().settings().last_active());
  return out;
}

void use(user_house& house, std::uint64_t connection) {
  auto request = house.about_me();
  request.mutable_device_activity()->set_connection(connection);
  house.say(request);
}

TEST_CASE("user: when they were last active is written once a minute, the last of what was done in it") {
  user_house house;
  const auto minute = std::chrono::milliseconds(house.host.config.presence.last_active_write_ms);
  const timestamp begin = house.now;
  house.online(1);
  for (int i = 0; i < 5; ++i) {
    house.now += 1'000'000;
    use(house, 1);
  }
  house.advance(minute - std::chrono::milliseconds(1));
  CHECK(written(house).empty());
  house.advance(std::chrono::milliseconds(1));
  CHECK(written(house) == std::vector{begin + 5'000'000});
  house.advance(minute * 10);  // connected, and nothing more
  CHECK(written(house).size() == 1);
  house.now += 600'000'000;
  use(house, 1);
  house.advance(minute);
  CHECK(written(house) == std::vector{begin + 5'000'000, begin + 605'000'000});
}

TEST_CASE("user: when they were last active is known to the actor's next life, and choosing away keeps it") {
  user_house house;
  house.online(1);
  const timestamp then = house.now;
  house.advance(std::chrono::milliseconds(house.host.config.presence.last_active_write_ms));
  house.away(true);
  caf::anon_send_exit(house.entity, caf::exit_reason::user_shutdown);
  house.run();
  house.activate();
  house.now += 5'000'000;
  auto seen = house.presence();
  CHECK((*seen)->last_activity() == then / 1'000'000);
  CHECK((*seen)->manual_away());
  CHECK_FALSE((*seen)->online());
}

TEST_CASE("user: the actor stays until it has written what it owes the disk") {
  user_house house;
  house.host.config.presence.last_active_write_ms = 100'000'000;
  caf::anon_send_exit(house.entity, caf::exit_reason::user_shutdown);
  house.run();
  house.activate();
  house.online(1);
  house.offline(1);
  for (int i = 0; i < 5; ++i)
    house.advance(house.idle());
  CHECK(house.slot.passivates == 0);
  house.advance(std::chrono::milliseconds(100'000'000));
  CHECK(written(house).size() == 1);
  for (int i = 0; i < 3; ++i)
    house.advance(house.idle());
  CHECK(house.slot.passivates == 1);
}

TEST_CASE("user: who does nothing is away by themselves, connected all the same, and at once back") {
  user_house house;
  house.online(1);
  const auto idle = std::chrono::milliseconds(house.host.config.presence.auto_away_after_ms);
  for (auto gone = std::chrono::milliseconds(0); gone < idle; gone += std::chrono::minutes(1)) {
    CHECK(house.slot.presence.size() == 1);
    house.now += 60'000'000;
    house.advance(std::chrono::minutes(1));
  }
  REQUIRE(house.slot.presence.size() == 2);
  CHECK_FALSE(house.slot.presence[1].active);
  auto seen = house.presence();
  CHECK((*seen)->auto_away());
  CHECK((*seen)->online());
  CHECK_FALSE((*seen)->manual_away());
  use(house, 1);
  REQUIRE(house.slot.presence.size() == 3);
  CHECK(house.slot.presence[2].active);
  CHECK_FALSE((*house.presence())->auto_away());
}

// ---- friends ------------------------------------------------------------------------------------

const entity_id ben{id_kind::user, 2};

reply_place befriend(user_house& house, bool is_friend) {
  auto request = house.about_me();
  request.mutable_change_friend()->set_user_id(ben.text());
  request.mutable_change_friend()->set_friend_(is_friend);
  return house.say(request);
}

TEST_CASE("user: a friend is told to presence and to the user when committed, and is in the list from then on") {
  user_house house;
  house.give_presence();
  house.slot.commits = false;
  auto added = befriend(house, true);
  CHECK(house.outcome(added) == "waits");
  CHECK(house.friends_told.empty());
  house.commit();
  CHECK(house.outcome(added) == "ok");
  REQUIRE(house.friends_told.size() == 1);
  CHECK(house.friends_told[0].user == me);
  CHECK(house.friends_told[0].friends == std::vector{ben});
  REQUIRE(house.notices.size() == 1);
  CHECK(house.notices[0].json == R"({"type":"carillon.friend_added","user":")" + ben.text() + "\"}");
  house.slot.commits = true;
  auto request = house.about_me();
  request.mutable_list_channels()->set_with_friends(true);
  auto listed = house.say(request);
  REQUIRE((*listed)->friends_size() == 1);
  CHECK((*listed)->friends(0) == ben.text());
  CHECK((*house.list())->friends_size() == 0);  // who did not ask for them
}

TEST_CASE("user: friends live on in the tables, and the other one's word ends it here as well") {
  user_house house;
  house.give_presence();
  befriend(house, true);
  caf::anon_send_exit(house.entity, caf::exit_reason::user_shutdown);
  house.run();
  house.activate();
  auto request = house.about_me();
  request.mutable_list_friends();
  auto listed = house.say(request);
  REQUIRE((*listed)->friends_size() == 1);
  request.Clear();
  request = house.about_me();
  auto& row = *request.mutable_friend_changed()->mutable_row();
  row.set_user_id(ben.text());
  row.set_changed(house.now + 1'000'000);
  row.set_by(ben.text());
  CHECK(house.outcome(house.say(request)) == "ok");
  CHECK(house.friends_told.back().friends.empty());
  CHECK(house.notices.back().json.find("carillon.friend_removed") != std::string::npos);
  const auto told = house.notices.size();
  CHECK((*house.say(request))->already());
  CHECK(house.notices.size() == told);
}

}  // namespace
}  // namespace carillon::test
