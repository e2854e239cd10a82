// Connections that were taken in and have not shown yet who they are (TLS): each has a deadline, and
// there is room for so many; one more, and the one that has waited longest is ended. So strangers
// that say nothing hold no descriptors for long. Thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "runtime/base/clock.hpp"
#include "runtime/cluster/sockets.hpp"

namespace carillon::cluster {

class waiting_room : public std::enable_shared_from_this<waiting_room> {
public:
  // Longer than a dialer's own patience with a handshake.
  static constexpr std::chrono::milliseconds patience{5'000};
  static constexpr std::size_t seats = 64;

  // Whoever lets go of its ticket waits no longer: it was let in, or its connection is over.
  using ticket = std::shared_ptr<void>;

  // `twin`: the means to end the connection. Made by std::make_shared only.
  ticket enter(socket_fd twin, tick_time now);
  // Every so often: ends those whose time is up.
  void tick(tick_time now);

private:
  struct guest {
    socket_fd twin;
    tick_time until;
  };

  void leave(std::uint64_t number);

  std::mutex mutex_;
  std::map<std::uint64_t, guest> guests_;  // the longest wait first
  std::uint64_t last_ = 0;
};

}  // namespace carillon::cluster
