#include "runtime/edge/outbound_queue.hpp"

#include <utility>

#include "runtime/base/ensure.hpp"

namespace carillon::edge {

std::string buffer_pool::take() {
  if (kept_.empty()) {
    std::string fresh;
    fresh.reserve(1'024);
    return fresh;
  }
  std::string buffer = std::move(kept_.back());
  kept_.pop_back();
  return buffer;
}

void buffer_pool::give_back(std::string&& buffer) {
  if (kept_.size() >= kept_max || buffer.capacity() > capacity_max)
    return;
  buffer.clear();
  kept_.push_back(std::move(buffer));
}

void outbound_queue::consume(std::size_t count, buffer_pool& pool) {
  ENSURE(count <= size(), "no more is consumed than was queued");
  sent_ += count;
  if (sent_ == bytes_.size()) {
    pool.give_back(std::exchange(bytes_, std::string()));
    sent_ = 0;
  } else if (sent_ >= bytes_.size() / 2) {
    // Half of it is out: moving the rest costs less than keeping the hole.
    bytes_.erase(0, sent_);
    sent_ = 0;
  }
}

}  // namespace carillon::edge
