// Who decides, and quorum arithmetic over them: majorities of votes and of log positions. Every
// question that needs a majority is asked here and nowhere else, so that a change of membership
// (section 4) has one place to change. Pure value; one thread.
#pragma once

#include <cstddef>
#include <vector>

#include "runtime/raft/types.hpp"

namespace carillon::raft {

enum class tally : std::uint8_t { open, won, lost };

class voters {
public:
  // Sorts and frees of repeats. May be empty: then nobody ever wins and nothing is committed.
  explicit voters(std::vector<member_id> members);

  bool contains(member_id id) const;
  const std::vector<member_id>& members() const { return members_; }
  std::size_t majority() const { return members_.size() / 2 + 1; }

  // The highest index that a majority has reached; `reached` has one index per voter, in any
  // order, and is reordered. 0 without voters. REQUIRES: reached.size() == members().size().
  log_index reached_by_majority(std::vector<log_index>& reached) const;

  // Whether an election is decided. Ids outside the voters do not count; nor do repeats.
  tally count(const std::vector<member_id>& granted, const std::vector<member_id>& refused) const;

private:
  std::vector<member_id> members_;
};

}  // namespace carillon::raft
