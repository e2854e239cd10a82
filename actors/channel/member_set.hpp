// Who is in a channel: the users' 64-bit numbers, sorted, eight bytes a member, so that a channel
// of a hundred thousand costs less than a megabyte and a small one next to nothing. A value.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace carillon {

class member_set {
public:
  using user_number = std::uint64_t;

  bool contains(user_number user) const {
    return std::binary_search(users_.begin(), users_.end(), user);
  }
  std::size_t size() const { return users_.size(); }
  bool empty() const { return users_.empty(); }

  // false: was in already.
  bool insert(user_number user) {
    auto place = std::lower_bound(users_.begin(), users_.end(), user);
    if (place != users_.end() && *place == user)
      return false;
    users_.insert(place, user);
    return true;
  }
  // false: was not in.
  bool erase(user_number user) {
    auto place = std::lower_bound(users_.begin(), users_.end(), user);
    if (place == users_.end() || *place != user)
      return false;
    users_.erase(place);
    return true;
  }
  void reserve(std::size_t count) { users_.reserve(count); }

  // In rising order, which is also the order of the ids' texts.
  auto begin() const { return users_.begin(); }
  auto end() const { return users_.end(); }
  auto after(user_number user) const {
    return std::upper_bound(users_.begin(), users_.end(), user);
  }

private:
  std::vector<user_number> users_;
};

}  // namespace carillon
