#include "runtime/raft/voters.hpp"

#include <algorithm>
#include <functional>

#include "runtime/base/ensure.hpp"

namespace carillon::raft {

voters::voters(std::vector<member_id> members) : members_(std::move(members)) {
  std::sort(members_.begin(), members_.end());
  members_.erase(std::unique(members_.begin(), members_.end()), members_.end());
}

bool voters::contains(member_id id) const {
  return std::binary_search(members_.begin(), members_.end(), id);
}

log_index voters::reached_by_majority(std::vector<log_index>& reached) const {
  ENSURE(reached.size() == members_.size(), "one position per voter");
  if (reached.empty())
    return 0;
  // With the highest in front, place majority()-1 is reached by exactly a majority.
  auto place = reached.begin() + static_cast<std::ptrdiff_t>(majority() - 1);
  std::nth_element(reached.begin(), place, reached.end(), std::greater<>());
  return *place;
}

tally voters::count(const std::vector<member_id>& granted,
                    const std::vector<member_id>& refused) const {
  std::size_t yes = 0;
  std::size_t no = 0;
  for (member_id id : members_) {
    if (std::find(granted.begin(), granted.end(), id) != granted.end())
      ++yes;
    else if (std::find(refused.begin(), refused.end(), id) != refused.end())
      ++no;
  }
  if (!members_.empty() && yes >= majority())
    return tally::won;
  // Lost once those who have not refused are too few.
  return members_.size() - no < majority() ? tally::lost : tally::open;
}

}  // namespace carillon::raft
