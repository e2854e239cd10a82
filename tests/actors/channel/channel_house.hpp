// One channel actor with its played surroundings (entity_fixture), and what people say to it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "actors/ask.hpp"
#include "actors/channel/channel_actor.hpp"
#include "tests/actors/channel/channel_cases.hpp"
#include "tests/actors/entity_fixture.hpp"

namespace carillon::test {

using reply_place = std::shared_ptr<std::optional<wire::channel_reply>>;

struct channel_house : entity_fixture {
  // A public channel of users 1, 2 and 3, its founding (seq 1) in the tables.
  channel_house() : entity_fixture(channel_c, spawn_channel) {
    activate();
    auto request = from(1);
    request.mutable_create()->set_name("news");
    request.mutable_create()->add_members(user(2));
    request.mutable_create()->add_members(user(3));
    auto made = say(request);
    run();
    REQUIRE(good(made));
    apply_all();
    slot.proposed.clear();
    slot.projections_asked.clear();
    slot.barriers = 0;
    notices.clear();
    answered.clear();
  }

  wire::channel_request from(std::uint64_t number) {
    wire::channel_request request;
    request.set_channel_id(channel_c.text());
    *request.mutable_by() = by(number);
    return request;
  }
  reply_place say(wire::channel_request request) {
    return ask<wire::channel_reply>(std::move(request));
  }
  reply_place post(std::uint64_t number, const std::string& words, const std::string& id = {}) {
    auto request = from(number);
    *request.mutable_post() = text(words, id);
    return say(request);
  }
  reply_place edit(std::uint64_t number, timestamp ts, const std::string& words) {
    auto request = from(number);
    request.mutable_update()->set_ts(ts);
    request.mutable_update()->set_text(words);
    return say(request);
  }
  reply_place history(std::uint64_t number) {
    auto request = from(number);
    request.mutable_history();
    return say(request);
  }

  static bool good(const reply_place& place) { return *place && (*place)->errc() == 0; }
  static std::string outcome(const reply_place& place) {
    if (!*place)
      return "waits";
    auto why = reply_error(**place);
    return why ? std::string(to_string(why->code)) : "ok";
  }
};

}  // namespace carillon::test
