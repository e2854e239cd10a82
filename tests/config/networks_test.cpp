// What is an address, what is a network, and which address is in which: both sides of every border,
// and text that is neither.
#include <string>

#include <doctest/doctest.h>

#include "config/networks.hpp"

using namespace carillon;

namespace {

bool is_in(const std::string& address, const std::string& network) {
  const auto one = parse_address(address);
  const auto all = parse_network(network);
  REQUIRE_MESSAGE(one, address);
  REQUIRE_MESSAGE(all, network);
  return all->contains(*one);
}

}  // namespace

TEST_CASE("networks: an address is in a network up to its last bit, and not one further") {
  CHECK(is_in("10.0.0.0", "10.0.0.0/8"));
  CHECK(is_in("10.255.255.255", "10.0.0.0/8"));
  CHECK_FALSE(is_in("11.0.0.0", "10.0.0.0/8"));
  CHECK_FALSE(is_in("9.255.255.255", "10.0.0.0/8"));
  CHECK(is_in("192.168.4.128", "192.168.4.128/25"));
  CHECK_FALSE(is_in("192.168.4.127", "192.168.4.128/25"));
  CHECK(is_in("172.31.255.255", "172.16.0.0/12"));
  CHECK_FALSE(is_in("172.32.0.0", "172.16.0.0/12"));
  CHECK(is_in("2001:db8:ffff::1", "2001:db8::/32"));
  CHECK_FALSE(is_in("2001:db9::", "2001:db8::/32"));
  CHECK(is_in("2001:db8:0:7fff::", "2001:db8::/49"));
  CHECK_FALSE(is_in("2001:db8:0:8000::", "2001:db8::/49"));
}

TEST_CASE("networks: without a prefix it is one address, with none everything of its kind") {
  CHECK(is_in("10.0.0.7", "10.0.0.7"));
  CHECK(is_in("10.0.0.7", "10.0.0.7/32"));
  CHECK_FALSE(is_in("10.0.0.8", "10.0.0.7"));
  CHECK(is_in("::1", "::1"));
  CHECK_FALSE(is_in("::2", "::1/128"));
  CHECK(is_in("203.0.113.9", "0.0.0.0/0"));
  CHECK_FALSE(is_in("::1", "0.0.0.0/0"));
  CHECK(is_in("2001:db8::1", "::/0"));
  CHECK_FALSE(is_in("203.0.113.9", "::/0"));
}

TEST_CASE("networks: an IPv4 address that is mapped into IPv6 is the IPv4 address") {
  CHECK(is_in("::ffff:10.1.2.3", "10.0.0.0/8"));
  CHECK(is_in("10.1.2.3", "::ffff:10.0.0.0/104"));
  CHECK(is_in("10.1.2.3", "::ffff:0:0/96"));
  CHECK(*parse_network("::ffff:10.0.0.0/104") == *parse_network("10.0.0.0/8"));
  CHECK_FALSE(is_in("::fffe:10.1.2.3", "10.0.0.0/8"));
}

TEST_CASE("networks: the zone of an address is passed over, a network has none") {
  CHECK(is_in("fe80::1%eth0", "fe80::/10"));
  CHECK_FALSE(parse_network("fe80::%eth0/10"));
}

TEST_CASE("networks: who has an address of IPv6 has the 64 bits around it, of IPv4 that one") {
  const auto same = [](const char* one, const char* other) {
    return owned_by_one(*parse_address(one)) == owned_by_one(*parse_address(other));
  };
  CHECK(same("2001:db8::", "2001:db8::ffff:ffff:ffff:ffff"));
  CHECK_FALSE(same("2001:db8::", "2001:db8:0:1::"));
  CHECK_FALSE(same("192.0.2.1", "192.0.2.2"));
  CHECK_FALSE(same("192.0.2.1", "::192.0.2.1"));
  CHECK(same("::ffff:192.0.2.1", "192.0.2.1"));
}

TEST_CASE("networks: bits after the prefix are a mistake, not a network") {
  CHECK_FALSE(parse_network("10.0.0.1/8"));
  CHECK_FALSE(parse_network("192.168.4.64/25"));
  CHECK(parse_network("192.168.4.128/25"));
  CHECK_FALSE(parse_network("2001:db8::1/64"));
  CHECK_FALSE(parse_network("128.0.0.0/0"));
}

TEST_CASE("networks: text that is neither is refused") {
  for (const char* bad :
       {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8 ",
        "10.0.0.0/8/8", "10.0.0.0/0x8", "10.0.0.0/4294967304", "10.0.0", "10.0.0.0.0", "256.0.0.0/8",
        "010.0.0.0/8", "::/129", ":::/8", "1::2::3", "12345::/16", "::1/", "localhost", "10.0.0.0\\8",
        "1111:2222:3333:4444:5555:6666:7777:8888:9999"})
    CHECK_FALSE_MESSAGE(parse_network(bad), bad);
  CHECK_FALSE(parse_network(std::string("10.0.0.0\0/8", 11)));
  CHECK_FALSE(parse_network(std::string(1'000, '1')));
  CHECK_FALSE(parse_address("10.0.0.0/8"));
  CHECK_FALSE(parse_address("[::1]"));
}

TEST_CASE("networks: a list has commas between them, and nothing that is none") {
  CHECK(parse_networks("")->empty());
  CHECK(parse_networks("10.0.0.0/8")->size() == 1);
  CHECK(parse_networks("10.0.0.0/8, ::1 ,192.0.2.0/24")->size() == 3);
  for (const char* bad :
       {",", "10.0.0.0/8,", ",10.0.0.0/8", "10.0.0.0/8,,::1", "10.0.0.0/8 ::1", " "})
    CHECK_FALSE_MESSAGE(parse_networks(bad), bad);
}
