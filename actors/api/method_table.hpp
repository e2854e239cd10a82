// The Web API in one table: name, who may call, accepted scopes, rate tier, handler, whether it only
// reads. Read-only; any thread. Handlers run in the context of an api actor.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "actors/rate_limits.hpp"

namespace carillon::api {

class call;
using call_ptr = std::shared_ptr<call>;

enum class audience {
  anyone,  // no token needed
  user,    // a good token of a user or bot
  admin,   // a team's admin or the host-wide admin token
};

struct method {
  std::string_view name;
  audience who = audience::user;
  std::string_view scope;  // comma-separated, any one is enough; empty: none needed
  tier rate = tier::none;
  void (*run)(const call_ptr&) = nullptr;
  bool reads = false;  // changes nothing: goes on while writes are turned away
  std::uint32_t since = 0;  // the ring's schema minor with which it came: not there before
};

std::span<const method> all_methods();             // sorted by name
const method* find_method(std::string_view name);  // null: no such method
std::uint16_t number_of(const method& row);        // its place in the table; of this process only
const std::string& all_scopes();                   // what "*" stands for, comma-separated

}  // namespace carillon::api
