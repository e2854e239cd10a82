// Addresses and networks as people write them in settings, and as sockets and proxies tell them:
// IPv4 and IPv6, a network as ADDRESS/BITS (CIDR, RFC 4632; RFC 4291 section 2.3). An IPv4 address
// that is mapped into IPv6 (::ffff:10.0.0.1, RFC 4291 section 2.5.5.2) is the IPv4 address: sockets
// that hear both kinds tell it so. Values and pure functions; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace carillon {

struct ip_address {
  bool is_v6 = false;
  std::array<std::uint8_t, 16> bytes{};  // of IPv4: the first four, the others are 0
  bool operator==(const ip_address&) const = default;
};

// A zone (fe80::1%eth0) is passed over. nullopt: no address.
std::optional<ip_address> parse_address(std::string_view text);

// What whoever has this address has: of IPv4 the address, of IPv6 the /64 around it, in which a machine
// takes as many addresses as it likes (RFC 4291 section 2.5.4, RFC 8981).
ip_address owned_by_one(const ip_address& address);

struct ip_network {
  ip_address base;         // bits after the prefix are 0
  std::uint32_t bits = 0;  // 0 to 32, or to 128

  // Addresses of the other kind never are.
  bool contains(const ip_address& address) const;
  bool operator==(const ip_network&) const = default;
};

// An address alone is the network that has only it. nullopt also where bits are set after the
// prefix, as in 10.0.0.1/8: who wrote that meant another network, or not a network.
std::optional<ip_network> parse_network(std::string_view text);

// Several with commas between them, spaces around them are passed over; an empty text has none.
// nullopt: one of them is no network.
std::optional<std::vector<ip_network>> parse_networks(std::string_view text);

}  // namespace carillon
