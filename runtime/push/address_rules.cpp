#include "runtime/push/address_rules.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "runtime/base/ensure.hpp"

namespace carillon::push {
namespace {

constexpr std::array<std::string_view, 16> special_v4 = {
    "0.0.0.0/8",        // this network (RFC 791): Linux connects it to itself
    "10.0.0.0/8",       // private (RFC 1918)
    "100.64.0.0/10",    // shared, behind carriers' NAT (RFC 6598)
    "127.0.0.0/8",      // loopback
    "169.254.0.0/16",   // link-local (RFC 3927): clouds' metadata is here
    "172.16.0.0/12",    // private
    "192.0.0.0/24",     // protocol assignments (RFC 6890)
    "192.0.2.0/24",     // documentation (RFC 5737)
    "192.88.99.0/24",   // 6to4 relays, withdrawn (RFC 7526)
    "192.168.0.0/16",   // private
    "198.18.0.0/15",    // benchmarks (RFC 2544)
    "198.51.100.0/24",  // documentation
    "203.0.113.0/24",   // documentation
    "224.0.0.0/4",      // multicast
    "240.0.0.0/4",      // reserved (RFC 1112), and broadcast
    "168.63.129.16/32",  // a cloud's own services, at an address that looks public (Azure)
};
// What of IPv6 is for the Internet at large (RFC 4291 section 2.4), and what of that is special.
constexpr std::string_view global_v6 = "2000::/3";
constexpr std::array<std::string_view, 4> special_v6 = {
    "2001::/23",      // protocol assignments, Teredo among them (RFC 2928, RFC 4380)
    "2001:db8::/32",  // documentation (RFC 3849)
    "2002::/16",      // 6to4, with an IPv4 address inside (RFC 3056)
    "3fff::/20",      // documentation (RFC 9637)
};
// The IPv4 Internet, as an IPv6-only network sees it: the last four bytes are the address (RFC 6052).
constexpr std::string_view translated = "64:ff9b::/96";

ip_network network(std::string_view text) {
  const auto read = parse_network(text);
  ENSURE(read.has_value(), "the table has networks");
  return *read;
}

template <std::size_t N>
bool is_in_one(const ip_address& address, const std::array<std::string_view, N>& networks) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](std::string_view text) { return network(text).contains(address); });
}

}  // namespace

bool is_public(const ip_address& address) {
  if (!address.is_v6)
    return !is_in_one(address, special_v4);
  if (network(translated).contains(address)) {
    ip_address inside;
    std::copy_n(address.bytes.begin() + 12, 4, inside.bytes.begin());
    return is_public(inside);
  }
  return network(global_v6).contains(address) && !is_in_one(address, special_v6);
}

}  // namespace carillon::push
