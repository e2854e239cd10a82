// What hubs are told is the same on every host: to the wire and back.
#include "actors/notify.hpp"

#include <doctest/doctest.h>

namespace carillon::test {
namespace {

constexpr raft::member_id this_host = 7;

notification typing() {
  notification out;
  out.to = notification::audience::channel;
  out.id = {id_kind::channel, 5};
  out.json = R"({"type":"user_typing"})";
  out.transient = true;
  out.except_connection = 42;
  return out;
}

TEST_CASE("notify: a notification is the same on the other side") {
  auto back = from_wire(to_wire(typing(), this_host));
  auto* notice = std::get_if<notification>(&back);
  REQUIRE(notice);
  CHECK(notice->to == notification::audience::channel);
  CHECK(notice->id == entity_id{id_kind::channel, 5});
  CHECK(notice->json == typing().json);
  CHECK(notice->transient);
  CHECK(notice->except_connection == 42);
}

TEST_CASE("notify: the connection that is left out is one of its own host's only") {
  notification notice = typing();
  CHECK(excepted_here(notice, this_host) == 42);  // made here, no host named
  notice = std::get<notification>(from_wire(to_wire(notice, this_host)));
  CHECK(notice.except_host == this_host);
  CHECK(excepted_here(notice, 8) == 0);
  CHECK(excepted_here(notice, this_host) == 42);
  notice = typing();
  notice.except_host = 8;  // from another host's connection, told by the leader here
  CHECK(excepted_here(notice, this_host) == 0);
  CHECK(to_wire(notice, this_host).except_host() == 8);
}

TEST_CASE("notify: a membership is the same on the other side") {
  membership_notice news;
  news.user = {id_kind::user, 3};
  news.channel = {id_kind::channel, 5};
  news.member = true;
  news.seq = 99;
  auto back = from_wire(to_wire(news));
  auto* notice = std::get_if<membership_notice>(&back);
  REQUIRE(notice);
  CHECK(notice->user == news.user);
  CHECK(notice->channel == news.channel);
  CHECK(notice->member);
  CHECK(notice->seq == 99);
}

TEST_CASE("notify: friends are the same on the other side, all of them or none; an older host passes them over") {
  friends_known told{{id_kind::user, 3}, {{id_kind::user, 4}, {id_kind::user, 5}}};
  for (bool any : {true, false}) {
    if (!any)
      told.friends.clear();
    auto back = from_wire(to_wire(told));
    auto* known = std::get_if<friends_known>(&back);
    REQUIRE(known);
    CHECK(known->user == told.user);
    CHECK(known->friends == told.friends);
  }
  auto text = to_wire(told);
  text.clear_of_friends();  // which it does not know
  CHECK(std::holds_alternative<std::monostate>(from_wire(text)));
}

TEST_CASE("notify: what names nobody, or an audience of a later version, is nothing") {
  auto said = to_wire(typing(), this_host);
  said.set_audience(4);
  CHECK(std::holds_alternative<std::monostate>(from_wire(said)));
  said = to_wire(typing(), this_host);
  said.set_id("nobody");
  CHECK(std::holds_alternative<std::monostate>(from_wire(said)));
  membership_notice news;
  news.user = {id_kind::user, 3};
  news.channel = {id_kind::channel, 5};
  said = to_wire(news);
  said.set_member_channel("nowhere");
  CHECK(std::holds_alternative<std::monostate>(from_wire(said)));
}

}  // namespace
}  // namespace carillon::test
