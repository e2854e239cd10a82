// The cable between the hosts of a private network, in user space: every host's namespace has a TUN
// device whose other end is here, and one thread hands IPv4 packets from one to the other as each
// direction's link_weather says.
//
// Why not `tc netem`: not every kernel has it, and a run must mean the same on every machine. Cuts,
// delay, loss and rate are one mechanism here, per direction, drawn from one seed. It does
// not limit them: 260 MB/s in one direction were measured, where three hosts with 640 posts a second
// say 1 MB/s to one another and cost it 3 % of a core.
//
// The thread is the switch's own; set() and passed() may be called from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <queue>
#include <string>
#include <thread>
#include <vector>

#include "tools/cluster/link_model.hpp"

namespace carillon::cluster {

class packet_switch {
public:
  // The last byte of port 0's IPv4 address; port 1 has the next, and so on.
  static constexpr std::uint8_t first_address = 2;
  // On their way at once; what comes above it is lost. 60 MB of full packets.
  static constexpr std::size_t on_their_way_max = 40'000;

  // `ports`: open TUN descriptors (IFF_NO_PI, non-blocking), which it closes at its end.
  packet_switch(std::vector<int> ports, std::uint64_t seed);
  ~packet_switch();
  packet_switch(const packet_switch&) = delete;
  packet_switch& operator=(const packet_switch&) = delete;

  // For packets from one port to another from now on. REQUIRES: both exist and differ.
  void set(std::size_t from, std::size_t to, const link_weather& weather);
  std::uint64_t passed() const { return passed_; } // packets that arrived

private:
  struct packet {
    tick_time at;
    std::uint64_t order; // among those of the same moment
    std::size_t to;
    std::vector<char> bytes;
    bool operator<(const packet& other) const { // the earliest is the greatest
      return at != other.at ? at > other.at : order > other.order;
    }
  };

  void run();
  void receive(std::size_t port, tick_time now);
  void deliver_due(tick_time now);
  void deliver(std::size_t port, const char* bytes, std::size_t size);

  const std::vector<int> ports_;
  int stop_ = -1; // eventfd
  std::atomic<std::uint64_t> passed_{0};
  std::mutex mutex_;
  std::vector<link_model> links_; // from * ports + to; under mutex_

  // The thread's own.
  seeded_random chance_;
  std::priority_queue<packet> on_their_way_;
  std::uint64_t order_ = 0;
  std::vector<char> buffer_;
  std::thread thread_;
};

// A TUN device `name` in that namespace, up, with this IPv4 address of a /24. Its descriptor, for a
// packet_switch. Throws client::client_error.
int open_tun(const std::string& space, const std::string& name, const std::string& address);

} // namespace carillon::cluster
