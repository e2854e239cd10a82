// What the body of one request takes of the sum that the process may hold (pressure.hpp). Its owner
// says how large it has become, or will be; small ones are not counted. Used by one thread at a time;
// the sum is everybody's.
#pragma once

#include <cstddef>

#include "runtime/edge/pressure.hpp"

namespace carillon::edge {

class body_share {
public:
  body_share() = default;
  ~body_share() { release(); }
  body_share(const body_share&) = delete;
  body_share& operator=(const body_share&) = delete;

  // false: there is no room for it; what it had before it keeps. A body never becomes smaller.
  bool grow_to(std::size_t bytes) {
    if (bytes <= held_ || bytes < pressure::counted_body_min)
      return true;
    pressure& all = process_pressure();
    const std::size_t more = bytes - held_;
    const std::size_t before = all.bodies_bytes.fetch_add(more, std::memory_order_relaxed);
    if (before + more > all.bodies_max_bytes.load(std::memory_order_relaxed)) {
      all.bodies_bytes.fetch_sub(more, std::memory_order_relaxed);
      all.bodies_refused.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    held_ = static_cast<std::uint32_t>(bytes);
    return true;
  }
  void release() {
    if (held_ != 0)
      process_pressure().bodies_bytes.fetch_sub(held_, std::memory_order_relaxed);
    held_ = 0;
  }

private:
  std::uint32_t held_ = 0;  // the settings allow no body of 4 GiB
};

}  // namespace carillon::edge
