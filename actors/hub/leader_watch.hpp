// Which slots another host leads than when the hub looked last: the locator, compared with what it
// said then. Looking often is cheap (a word per slot), and needs nobody's telling: a change that
// came and went between two looks has another term. (A host that was lost and is back in the same
// term is told of by the link, events_missed.)
#pragma once

#include <vector>

#include "actors/locator.hpp"

namespace carillon {

class leader_watch {
public:
  // Slots that have a leader now, and had another one, or none, at the last look.
  std::vector<slot_id> look(const locator& where) {
    seen_.resize(where.slots());
    std::vector<slot_id> changed;
    for (std::uint32_t i = 0; i < where.slots(); ++i) {
      auto slot = static_cast<slot_id>(i);
      const locator::place now = where.of(slot);
      const bool same = now.leader == seen_[i].leader && now.term == seen_[i].term;
      seen_[i] = now;
      if (!same && now.leader != 0)
        changed.push_back(slot);
    }
    return changed;
  }

private:
  std::vector<locator::place> seen_;
};

}  // namespace carillon
