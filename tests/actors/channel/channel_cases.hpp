// People, callers and channels for the tests of the rules: everything is a plain value, time is a
// number that the test chooses.
#pragma once

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "actors/channel/change_draft.hpp"
#include "actors/channel/channel_state.hpp"
#include "actors/channel/membership.hpp"
#include "actors/channel/posting.hpp"

namespace carillon::test {

inline constexpr timestamp start = 1'700'000'000'000'000;
inline const entity_id team{id_kind::team, 1};
inline const entity_id channel_c{id_kind::channel, 77};

inline std::string user(std::uint64_t number) {
  return user_text(number);
}
inline wire::caller by(std::uint64_t number) {
  wire::caller out;
  out.set_team_id(team.text());
  out.set_user_id(user(number));
  return out;
}
inline wire::caller admin(std::uint64_t number) {
  wire::caller out = by(number);
  out.set_admin(true);
  return out;
}
inline wire::caller stranger(std::uint64_t number) {
  wire::caller out = by(number);
  out.set_team_id(entity_id{id_kind::team, 2}.text());
  return out;
}
inline wire::post_message text(const std::string& words, const std::string& client_msg_id = {}) {
  wire::post_message out;
  out.set_text(words);
  out.set_client_msg_id(client_msg_id);
  return out;
}

// The name of the refusal, or "ok".
template <class T>
std::string outcome(const result<T>& what) {
  return what ? "ok" : std::string(to_string(what.code()));
}

// A channel of users 1 (its creator), 2 and 3.
struct channel_case {
  explicit channel_case(wire::channel_kind kind = wire::CHANNEL_PUBLIC, settings config = {})
      : config(config), state(channel_c, this->config) {
    channel_outcome made = errc::internal_error;
    if (kind == wire::CHANNEL_DIRECT || kind == wire::CHANNEL_GROUP_DM) {
      wire::open_direct request;
      for (std::uint64_t number = 1; number <= (kind == wire::CHANNEL_DIRECT ? 2 : 3); ++number)
        request.add_users(user(number));
      made = membership::open_direct(state, by(1), request, start);
    } else {
      wire::create_channel request;
      request.set_name("news");
      request.set_private_(kind == wire::CHANNEL_PRIVATE);
      request.add_members(user(2));
      request.add_members(user(3));
      made = membership::create(state, by(1), request, start);
    }
    REQUIRE(made);
    state.committed(made->command->channel());
  }
  channel_case(const channel_case&) = delete;

  void commit(const channel_outcome& what) {
    REQUIRE(what);
    REQUIRE(what->command);
    state.committed(what->command->channel());
  }
  void archive() {
    change_draft draft(state, start);
    draft.facts().set_archived(true);
    state.committed(draft.finish().command->channel());
  }
  void make_general() {
    change_draft draft(state, start);
    draft.facts().set_general(true);
    state.committed(draft.finish().command->channel());
  }

  settings config;
  channel_state state;
};

// The one change of a decision.
inline const wire::channel_change& change(const channel_outcome& what) {
  REQUIRE_MESSAGE(what, outcome(what));
  REQUIRE(what->command);
  return what->command->channel();
}

}  // namespace carillon::test
