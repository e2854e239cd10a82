#include "config/networks.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include <arpa/inet.h>

namespace carillon {
namespace {

constexpr std::size_t longest_address = 45;  // of IPv6 with IPv4 at its end
constexpr std::uint32_t mapped_bits = 96;
constexpr std::array<std::uint8_t, 12> mapped_prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::uint32_t width_of(const ip_address& address) {
  return address.is_v6 ? 128 : 32;
}

bool is_mapped(const ip_address& address) {
  return address.is_v6 &&
         std::equal(mapped_prefix.begin(), mapped_prefix.end(), address.bytes.begin());
}

ip_address unmapped(const ip_address& address) {
  ip_address out;
  std::copy(address.bytes.begin() + mapped_prefix.size(), address.bytes.end(), out.bytes.begin());
  return out;
}

// As it is written, mapped or not.
std::optional<ip_address> read_address(std::string_view text) {
  if (text.empty() || text.size() > longest_address || text.find('\0') != std::string_view::npos)
    return std::nullopt;
  ip_address out;
  out.is_v6 = text.find(':') != std::string_view::npos;
  const std::string ended(text);
  if (::inet_pton(out.is_v6 ? AF_INET6 : AF_INET, ended.c_str(), out.bytes.data()) != 1)
    return std::nullopt;
  return out;
}

bool bit_of(const ip_address& address, std::uint32_t bit) {
  return (address.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0;
}

}  // namespace

std::optional<ip_address> parse_address(std::string_view text) {
  auto read = read_address(text.substr(0, text.find('%')));
  return read && is_mapped(*read) ? unmapped(*read) : read;
}

ip_address owned_by_one(const ip_address& address) {
  constexpr std::size_t interface_bytes = 8;
  ip_address out = address;
  if (out.is_v6)
    std::fill(out.bytes.end() - interface_bytes, out.bytes.end(), std::uint8_t{0});
  return out;
}

bool ip_network::contains(const ip_address& address) const {
  if (address.is_v6 != base.is_v6)
    return false;
  const std::uint32_t whole = bits / 8;
  if (!std::equal(base.bytes.begin(), base.bytes.begin() + whole, address.bytes.begin()))
    return false;
  const std::uint32_t rest = bits % 8;
  return rest == 0 || (base.bytes[whole] ^ address.bytes[whole]) >> (8 - rest) == 0;
}

std::optional<ip_network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto base = read_address(text.substr(0, slash));
  if (!base)
    return std::nullopt;
  ip_network out;
  out.base = *base;
  out.bits = width_of(*base);
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const char* last = digits.data() + digits.size();
    const auto [end, failure] = std::from_chars(digits.data(), last, out.bits);
    if (digits.empty() || failure != std::errc{} || end != last || out.bits > width_of(*base))
      return std::nullopt;
  }
  for (std::uint32_t bit = out.bits; bit < width_of(*base); ++bit)
    if (bit_of(*base, bit))
      return std::nullopt;
  if (is_mapped(out.base) && out.bits >= mapped_bits) {
    out.base = unmapped(out.base);
    out.bits -= mapped_bits;
  }
  return out;
}

std::optional<std::vector<ip_network>> parse_networks(std::string_view text) {
  std::vector<ip_network> out;
  if (text.empty())
    return out;
  for (bool more = true; more;) {
    const std::size_t comma = text.find(',');
    std::string_view one = text.substr(0, comma);
    one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
    one = one.substr(0, one.find_last_not_of(' ') + 1);
    const auto network = parse_network(one);
    if (!network)
      return std::nullopt;
    out.push_back(*network);
    more = comma != std::string_view::npos;
    if (more)
      text.remove_prefix(comma + 1);
  }
  return out;
}

}  // namespace carillon
