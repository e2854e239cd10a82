#include "runtime/edge/outbound_queue.hpp"

#include <algorithm>
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

void outbound_queue::append_behind(std::string_view bytes) {
  if (bytes_.size() == sent_) {  // longer than a piece: it stands alone
    bytes_.assign(bytes);
    sent_ = 0;
    return;
  }
  if (!rest_)
    rest_ = std::make_unique<pieces>();
  if (rest_->empty() || rest_->back().size() + bytes.size() > piece_max)
    rest_->emplace_back().reserve(std::max(piece_max, bytes.size()));
  rest_->back().append(bytes);
}

void outbound_queue::consume(std::size_t count, buffer_pool& pool) {
  ENSURE(count <= unsent().size(), "no more is consumed than was queued");
  sent_ += static_cast<std::uint32_t>(count);
  size_ -= static_cast<std::uint32_t>(count);
  if (sent_ == bytes_.size()) {
    pool.give_back(std::exchange(bytes_, std::string()));
    sent_ = 0;
    if (!rest_)
      return;
    bytes_ = std::move(rest_->front());
    rest_->pop_front();
    if (rest_->empty())
      rest_ = nullptr;
  } else if (sent_ >= bytes_.size() / 2) {
    // Half of it is out: moving the rest costs less than keeping the hole.
    bytes_.erase(0, sent_);
    sent_ = 0;
  }
}

std::size_t outbound_queue::capacity() const {
  std::size_t out = bytes_.capacity();
  if (rest_)
    for (const std::string& piece : *rest_)
      out += piece.capacity();
  return out;
}

}  // namespace carillon::edge
