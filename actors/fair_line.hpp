// Things that wait, each somebody's, and whose turn it is: one of each owner, in turn, so that nobody
// waits longer because somebody else has much. Who had nothing here is served first ("new flows" of
// FQ-CoDel, RFC 8290 section 4.1; here a thing is a thing, whatever its size); who comes back at once
// after that waits for its turn like all others. Not bounded: who pushes looks at of() and size().
// Pure; who shares one across threads guards it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <utility>

namespace carillon {

template <class Thing>
class fair_line {
public:
  void push(std::uint64_t whose, Thing what) {
    const auto [owner, fresh] = owners_.try_emplace(whose);
    if (fresh)
      new_.push_back(whose);
    owner->second.push_back(std::move(what));
    ++size_;
  }

  // REQUIRES: size() > 0.
  Thing pop() {
    std::uint64_t whose = 0;
    return pop(whose);
  }
  // And whose it is.
  Thing pop(std::uint64_t& whose) {
    for (;;) {
      auto& turns = new_.empty() ? old_ : new_;
      whose = turns.front();
      turns.pop_front();
      const auto owner = owners_.find(whose);
      if (owner->second.empty()) {
        owners_.erase(owner);
        continue;
      }
      Thing out = std::move(owner->second.front());
      owner->second.pop_front();
      old_.push_back(whose);
      if (--size_ == 0)
        forget_owners();
      return out;
    }
  }

  // Of this one, out of its turn. REQUIRES: of(whose) > 0.
  Thing pop_of(std::uint64_t whose) {
    auto& things = owners_.find(whose)->second;
    Thing out = std::move(things.front());
    things.pop_front();
    if (--size_ == 0)
      forget_owners();
    return out;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // What of this one waits.
  std::size_t of(std::uint64_t whose) const {
    const auto owner = owners_.find(whose);
    return owner == owners_.end() ? 0 : owner->second.size();
  }

private:
  void forget_owners() {
    owners_.clear();
    new_.clear();
    old_.clear();
  }

  // Each owner stands in exactly one of the lists, also when it has nothing any more.
  std::unordered_map<std::uint64_t, std::deque<Thing>> owners_;
  std::deque<std::uint64_t> new_;
  std::deque<std::uint64_t> old_;
  std::size_t size_ = 0;
};

}  // namespace carillon
