// A network of our own for the hosts of a test cluster, as bad as a test wants it. One network
// namespace per host with two interfaces: "eth0" on a bridge, where clients (this process) reach
// every host whatever happens, and "peer0", a TUN device on a packet_switch of ours, where the hosts
// reach one another as their link_weather lets them. Needs root, iproute2 and /dev/net/tun.
// Everything is removed at the end. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/cluster/packet_switch.hpp"

namespace carillon::cluster {

class private_network {
public:
  // Why this machine does not allow it; nullopt: it does.
  static std::optional<std::string> obstacle();

  // Throws client::client_error with the words of `ip` when it cannot be made. `seed`: of what
  // happens to packets.
  explicit private_network(std::size_t hosts, std::uint64_t seed = 0);
  ~private_network();
  private_network(const private_network&) = delete;
  private_network& operator=(const private_network&) = delete;

  std::size_t size() const { return spaces_.size(); }
  // Names below /run/netns.
  const std::string& space_of(std::size_t host) const { return spaces_.at(host); }
  // IPv4 addresses: for clients, and for the other hosts.
  std::string address_of(std::size_t host) const;
  std::string peer_address_of(std::size_t host) const;

  // For what `from` sends to `to` from now on; the default weather is a perfect cable.
  void set(std::size_t from, std::size_t to, const link_weather& weather);
  void cut(std::size_t from, std::size_t to) { set(from, to, {.cut = true}); }
  void heal_all();

private:
  void remove();

  std::string bridge_;
  std::string cable_;  // names of the hosts' ends outside begin so
  std::string prefix_;      // of addresses: "10.A.B."
  std::string peer_prefix_;
  std::vector<std::string> spaces_;
  std::unique_ptr<packet_switch> switch_;
};

} // namespace carillon::cluster
