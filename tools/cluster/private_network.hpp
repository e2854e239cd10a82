// A network of our own for the hosts of a test cluster: one network namespace per host, joined by a
// bridge, on which the tests cut single directions between hosts. Clients (this process) stay outside
// and reach every host whatever is cut. Needs root and iproute2. Everything is removed at the end.
//
// A direction is cut by a wrong neighbour entry in the sender's namespace: its packets go to an
// Ethernet address that nobody has, and are lost without a word, as on a broken cable. No packet
// filter is needed. (The order of loss is the kernel's: TCP retransmits until it is healed.)
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace carillon::cluster {

class private_network {
public:
  // Why this machine does not allow it; nullopt: it does.
  static std::optional<std::string> obstacle();

  // Throws client::client_error with the words of `ip` when it cannot be made.
  explicit private_network(std::size_t hosts);
  ~private_network();
  private_network(const private_network&) = delete;
  private_network& operator=(const private_network&) = delete;

  // Names below /run/netns, and IPv4 addresses.
  const std::string& space_of(std::size_t host) const { return spaces_.at(host); }
  std::string address_of(std::size_t host) const;

  // What `from` sends to `to` is lost from now on / arrives again. Repeating either is harmless.
  void cut(std::size_t from, std::size_t to);
  void heal(std::size_t from, std::size_t to);
  void heal_all();

private:
  void remove();

  std::string bridge_;
  std::string prefix_; // of addresses: "10.A.B."
  std::vector<std::string> spaces_;
};

} // namespace carillon::cluster
