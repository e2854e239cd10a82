// What the users of a slot said about pushes, as its leader has it in memory: of those who registered a
// device, and so of nobody else does a message cost anything here. Pure. Used by one actor.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/wire/event.pb.h"

namespace carillon {

// Is a message of that kind (MENTION_UNKNOWN: it says nothing of them) one that the user is told of?
bool wants_push(const wire::push_user& said, std::string_view channel_id, wire::mention_kind kind);

class push_book {
public:
  // Replaces what was known of the user.
  void set(const wire::push_user& said);
  void clear() { *this = {}; }

  const wire::push_user* find(std::uint64_t user) const {
    const auto found = users_.find(user);
    return found == users_.end() ? nullptr : &found->second;
  }
  // Who may want messages that say nothing of them.
  const std::set<std::uint64_t>& hearing_all() const { return hearing_all_; }
  std::size_t size() const { return users_.size(); }

private:
  // Invariant: each has a target.
  std::unordered_map<std::uint64_t, wire::push_user> users_;
  std::set<std::uint64_t> hearing_all_;
};

std::vector<std::string> devices_of(const wire::push_user& said);
const wire::push_target* target_of(const wire::push_user& said, std::string_view device);

}  // namespace carillon
