#include "actors/slot/inbox_audience.hpp"

#include <algorithm>
#include <utility>

namespace carillon {
namespace {

template <class Members>
auto place_of(Members& members, std::uint64_t user) {
  return std::lower_bound(members.begin(), members.end(), user,
                          [](const auto& each, std::uint64_t wanted) { return each.user < wanted; });
}

}  // namespace

std::vector<inbox_audience::member>
inbox_audience::before(const std::deque<inbox_step>& steps, std::vector<member> members) {
  std::sort(members.begin(), members.end(),
            [](const member& a, const member& b) { return a.user < b.user; });
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    for (const std::uint64_t user : step->left)
      if (auto at = place_of(members, user); at == members.end() || at->user != user)
        members.insert(at, {user, 0});  // since when, an earlier step says, or it was long ago
    for (const auto& joiner : step->joined)
      if (auto at = place_of(members, joiner.user); at != members.end() && at->user == joiner.user &&
                                                    (at->joined_seq == 0 || at->joined_seq >= joiner.seq))
        members.erase(at);
  }
  return members;
}

void inbox_audience::let_in(const inbox_step& step) {
  for (const auto& joiner : step.joined) {
    auto at = place_of(members_, joiner.user);
    if (at == members_.end() || at->user != joiner.user)
      members_.insert(at, {joiner.user, joiner.seq});
    takers_at_ = 0;
  }
}

void inbox_audience::let_go(const inbox_step& step) {
  for (const std::uint64_t user : step.left) {
    auto at = place_of(members_, user);
    // Who the tables say joined again later is not the one who leaves here.
    if (at == members_.end() || at->user != user || at->joined_seq > step.last_seq)
      continue;
    members_.erase(at);
    takers_at_ = 0;
  }
  if (step.read_at_sync)
    read_at_sync_ = true;
}

const users_by_slot& inbox_audience::takers(std::uint64_t seq, const user_slot_function& slot_of) {
  if (takers_at_ != 0 && (!later_joiners_ || takers_at_ == seq))
    return takers_;
  std::map<slot_id, std::vector<std::uint64_t>> lists;
  later_joiners_ = false;
  for (const member& each : members_) {
    if (each.joined_seq <= seq)
      lists[slot_of(each.user)].push_back(each.user);
    else
      later_joiners_ = true;
  }
  users_by_slot before = std::exchange(takers_, {});
  for (auto& [slot, users] : lists) {
    auto same = before.find(slot);
    takers_[slot] = same != before.end() && *same->second == users
                        ? same->second
                        : std::make_shared<const std::vector<std::uint64_t>>(std::move(users));
  }
  takers_at_ = std::max<std::uint64_t>(seq, 1);
  return takers_;
}

bool inbox_audience::contains(std::uint64_t user) const {
  auto at = place_of(members_, user);
  return at != members_.end() && at->user == user;
}

}  // namespace carillon
