// How much room the other hosts have for clients, as their newest beats said. Written by the link
// only; thread-safe, readers never wait for the writer.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>

namespace carillon {

struct gateway_room {
  std::uint32_t open = 0;   // connections of clients, HTTP and WebSocket
  std::uint32_t limit = 0;  // how many it takes; 0: nobody just now, since it starts, ends or is ill
  bool operator==(const gateway_room&) const = default;
};

class gateway_board {
public:
  using rooms = std::map<std::uint64_t, gateway_room>;  // by store id

  // Of hosts that are connected; never null. Whoever is and does not stand here says nothing of it: its
  // program is older.
  std::shared_ptr<const rooms> now() const { return rooms_.load(std::memory_order_acquire); }
  void replace(rooms next) {
    rooms_.store(std::make_shared<const rooms>(std::move(next)), std::memory_order_release);
  }

private:
  std::atomic<std::shared_ptr<const rooms>> rooms_{std::make_shared<const rooms>()};
};

}  // namespace carillon
