#include "runtime/cluster/peer_queue.hpp"

#include <utility>

namespace carillon::cluster {

std::size_t cost_of(const wire::peer_item& item) {
  constexpr std::size_t around = 32;  // kind, slot, id, lengths: at most, and an empty item is not free
  return item.body().size() + around;
}

peer_queue::outcome peer_queue::push(wire::peer_item&& item) {
  outcome out;
  std::size_t cost = cost_of(item);
  if (cost > bytes_max_)
    return out;
  while (bytes_ + cost > bytes_max_ && !raft_.empty()) {
    bytes_ -= cost_of(raft_.front().item);
    raft_.pop_front();
    ++out.raft_dropped;
  }
  if (bytes_ + cost > bytes_max_)
    return out;
  bytes_ += cost;
  auto& lane = item.kind() == wire::ITEM_RAFT ? raft_ : others_;
  waiting& last = lane.emplace_back();
  last.place = ++last_place_;
  last.item.Swap(&item);
  out.taken = true;
  return out;
}

std::deque<peer_queue::waiting>& peer_queue::next_lane() {
  if (raft_.empty())
    return others_;
  if (others_.empty())
    return raft_;
  return raft_.front().place < others_.front().place ? raft_ : others_;
}

std::size_t peer_queue::fill(wire::peer_envelope& out, std::size_t bytes,
                             const std::function<bool(const wire::peer_item&)>& is_void) {
  std::size_t filled = 0;
  while (!empty()) {
    auto& lane = next_lane();
    std::size_t cost = cost_of(lane.front().item);
    bool left_out = is_void(lane.front().item);
    if (!left_out && filled > 0 && filled + cost > bytes)
      break;
    bytes_ -= cost;
    if (!left_out) {
      filled += cost;
      out.add_items()->Swap(&lane.front().item);
    }
    lane.pop_front();
  }
  return filled;
}

void peer_queue::clear() {
  raft_.clear();
  others_.clear();
  bytes_ = 0;
}

}  // namespace carillon::cluster
