// Calls to a host for what another one leads: the link, played, is all that stands between.
#include "tests/actors/api/api_house.hpp"

namespace carillon::test {
namespace {

// The one slot is led by a host whose tables are not ours.
struct far_house : api_house {
  person ada = sign_up("ada");
  locator where{1, 1};
  std::vector<wire::user_channel> rows;  // what ada is in
  std::vector<std::string> unknown;      // channels that their leader does not tell of
  std::vector<send_to_peer> told;

  far_house() {
    user = [this](const wire::user_request&) {
      wire::user_reply reply;
      for (const auto& row : rows)
        *reply.add_channels() = row;
      return reply;
    };
    channel = [this](const wire::channel_request& request) {
      wire::channel_reply reply;
      if (std::find(unknown.begin(), unknown.end(), request.channel_id()) != unknown.end()) {
        set_error(reply, make_error(errc::channel_not_found));
        return reply;
      }
      reply.mutable_facts()->set_id(request.channel_id());
      reply.mutable_facts()->set_kind(wire::CHANNEL_DIRECT);
      return reply;
    };
    where.led_by(0, 2, 1);
    host.self = 1;
    host.where = &where;
    host.link = spawn_link();
  }
  ~far_house() {
    caf::anon_send_exit(host.link, caf::exit_reason::kill);
    run();
  }

  void direct(std::uint64_t number) {
    wire::user_channel row;
    row.set_channel_id(id(id_kind::direct, number));
    row.set_kind(wire::CHANNEL_DIRECT);
    row.set_member(true);
    rows.push_back(row);
  }

private:
  caf::actor spawn_link() {
    return spawn([this](caf::event_based_actor*) -> caf::behavior {
      return {
          [this](const ask_peer& question) {
            wire::peer_reply reply;
            if (question.what->has_channel()) {
              channel_asked.push_back(question.what->channel());
              *reply.mutable_channel() = channel(question.what->channel());
            } else {
              *reply.mutable_user() = user(question.what->user());
            }
            return peer_reply_box(std::move(reply));
          },
          [this](const send_to_peer& item) { told.push_back(item); },
      };
    });
  }
};

TEST_CASE("other host: a list tells of channels as their leaders know them") {
  far_house house;
  house.direct(3);
  house.direct(1);
  house.direct(2);
  house.unknown = {id(id_kind::direct, 2)};  // not there for its leader: not in the list
  house.channel_asked.clear();
  reply_seen out = house.call("users.conversations", {{"types", "im"}}, house.ada.token);
  REQUIRE(out.ok());
  REQUIRE(out.array("channels").size() == 2);
  CHECK(out.array("channels")[0].at("id") == json_text(id(id_kind::direct, 1)));
  CHECK(out.array("channels")[1].at("id") == json_text(id(id_kind::direct, 3)));
  CHECK(house.channel_asked.size() == 3);
}

TEST_CASE("other host: a leader that cannot answer fails the list, once") {
  far_house house;
  house.direct(1);
  house.direct(2);
  house.channel = [](const wire::channel_request&) {
    wire::channel_reply reply;
    set_error(reply, make_error(errc::overloaded));
    return reply;
  };
  CHECK(house.call("users.conversations", {{"types", "im"}}, house.ada.token).status == 429);
}

TEST_CASE("other host: what a team is to hear goes to the hubs of all hosts") {
  far_house house;
  house.told.clear();
  house.sign_up("ben");
  REQUIRE_FALSE(house.told.empty());
  CHECK(house.told[0].to == 0);
  CHECK(house.told[0].kind == wire::ITEM_NOTIFICATION);
  CHECK(house.told[0].body.find("team_join") != std::string::npos);
}

TEST_CASE("other host: a token that is not here yet is looked for once more") {
  far_house house;
  house.directory_jobs = 0;
  edge::http_request request;
  request.method = "POST";
  request.path = "/api/auth.test";
  request.authorization = "Bearer xoxp-unknown";
  std::optional<edge::http_response> answer;
  caf::anon_send(house.api(), api_call{request, [&](edge::http_response got) { answer = got; }});
  house.run();
  CHECK_FALSE(answer);
  house.scheduler().advance_time(std::chrono::milliseconds(200));
  house.run();
  REQUIRE(answer);
  CHECK(answer->body.find("invalid_auth") != std::string::npos);
}

TEST_CASE("other host: what others revoke is forgotten here") {
  far_house house;
  REQUIRE(house.call("auth.test", {}, house.ada.token).ok());
  const auto known = house.directory_jobs;
  REQUIRE(house.call("auth.test", {}, house.ada.token).ok());
  CHECK(house.directory_jobs == known);  // from the cache
  house.host.forget_token(storage::token_hash(house.ada.token));
  REQUIRE(house.call("auth.test", {}, house.ada.token).ok());
  CHECK(house.directory_jobs == known + 1);
  house.host.forget_user(*entity_id::parse(house.ada.id));
  REQUIRE(house.call("auth.test", {}, house.ada.token).ok());
  CHECK(house.directory_jobs == known + 2);
}

}  // namespace
}  // namespace carillon::test
