// What waits for one peer's window, bounded in bytes. Items leave in the order in which they came.
// When an item does not fit, the oldest Raft items go first, because Raft sends again and the newer
// message says more; without any left the new item is refused. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>

#include "runtime/wire/peer.pb.h"

namespace carillon::cluster {

// What an item counts for, on both sides of a link: its body and what is written around it.
std::size_t cost_of(const wire::peer_item& item);

class peer_queue {
public:
  explicit peer_queue(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  struct outcome {
    bool taken = false;
    std::size_t raft_dropped = 0;  // items that made room, or tried to
  };
  outcome push(wire::peer_item&& item);

  // Moves items into `out` up to `bytes`, one at least if there is any, and gives their cost. Items
  // for which `is_void` says so are left out.
  std::size_t fill(wire::peer_envelope& out, std::size_t bytes,
                   const std::function<bool(const wire::peer_item&)>& is_void);

  void clear();
  bool empty() const { return raft_.empty() && others_.empty(); }
  std::size_t bytes() const { return bytes_; }

private:
  struct waiting {
    std::uint64_t place = 0;
    wire::peer_item item;
  };
  std::deque<waiting>& next_lane();

  const std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::uint64_t last_place_ = 0;
  std::deque<waiting> raft_;    // both by rising place
  std::deque<waiting> others_;
};

}  // namespace carillon::cluster
