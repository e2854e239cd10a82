// The answer to a presence_query, which is one or two frames: all who are here, and all who are not.
// Slots answer for one user each, in any order; of whom one refuses nothing is said. Pure.
#pragma once

#include <string>
#include <vector>

#include "actors/slack_json.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/wire/api.pb.h"

namespace carillon {

class presence_answer {
public:
  explicit presence_answer(std::size_t users) : open_(users) {}

  // true: that was the last one.
  bool take(const entity_id& user, const wire::user_reply& reply) {
    if (reply.errc() == 0)
      (reply.active() ? active_ : away_).push_back(user);
    return --open_ == 0;
  }
  std::vector<std::string> frames() const {
    std::vector<std::string> out;
    for (bool active : {true, false})
      if (const auto& users = active ? active_ : away_; !users.empty())
        out.push_back(slack::presence_event(users, active));
    return out;
  }

private:
  std::size_t open_;
  std::vector<entity_id> active_, away_;
};

}  // namespace carillon
