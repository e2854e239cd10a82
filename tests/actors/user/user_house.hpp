// A user's actor under test, and what can be said to it.
#pragma once

#include "actors/ask.hpp"
#include "actors/user/user_actor.hpp"
#include "tests/actors/entity_fixture.hpp"

namespace carillon::test {

inline const entity_id me{id_kind::user, 1};
inline const entity_id news{id_kind::channel, 10};
inline const entity_id dm{id_kind::direct, 11};

using reply_place = std::shared_ptr<std::optional<wire::user_reply>>;

struct user_house : entity_fixture {
  user_house() : entity_fixture(me, spawn_user) { activate(); }

  wire::user_request about_me() {
    wire::user_request request;
    request.set_user_id(me.text());
    request.mutable_by()->set_user_id(me.text());
    return request;
  }
  reply_place say(const wire::user_request& request) {
    auto place = ask<wire::user_reply>(request);
    run();
    return place;
  }
  reply_place project(const entity_id& channel, bool member, std::uint64_t seq) {
    auto request = about_me();
    auto& membership = *request.mutable_membership();
    membership.set_channel_id(channel.text());
    membership.set_kind(channel == dm ? wire::CHANNEL_DIRECT : wire::CHANNEL_PUBLIC);
    membership.set_member(member);
    membership.set_seq(seq);
    return say(request);
  }
  reply_place online(std::uint64_t connection) {
    auto request = about_me();
    request.mutable_device_online()->set_connection(connection);
    return say(request);
  }
  reply_place offline(std::uint64_t connection, std::uint64_t silent_ms = 0) {
    auto request = about_me();
    request.mutable_device_offline()->set_connection(connection);
    request.mutable_device_offline()->set_silent_ms(silent_ms);
    return say(request);
  }
  reply_place away(bool away) {
    auto request = about_me();
    request.mutable_choose_away()->set_away(away);
    return say(request);
  }
  reply_place presence() {
    auto request = about_me();
    request.mutable_get_presence();
    return say(request);
  }
  reply_place list() {
    auto request = about_me();
    request.mutable_list_channels();
    return say(request);
  }
  std::chrono::milliseconds grace() const {
    return std::chrono::milliseconds(host.config.presence.offline_grace_ms);
  }
  std::chrono::milliseconds idle() const {
    return std::chrono::milliseconds(host.config.channel.idle_stop_ms);
  }
  static std::string outcome(const reply_place& place) {
    if (!*place)
      return "waits";
    auto why = reply_error(**place);
    return why ? std::string(to_string(why->code)) : "ok";
  }
};

}  // namespace carillon::test
