// Whose address a request comes from when proxies stand between: only those that are trusted are
// believed.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/edge/http_text.hpp"

using namespace carillon;
using namespace carillon::edge;

namespace {

const std::vector<ip_network> proxies = *parse_networks("127.0.0.1, 10.0.0.0/8, 2001:db8::/32");

std::string who(const std::vector<std::string>& headers, const std::string& peer = "127.0.0.1",
                const std::vector<ip_network>& trusted = proxies) {
  parsed_request head;
  for (const std::string& each : headers)
    head.insert("X-Forwarded-For", each);
  return client_address(head, peer, trusted);
}

}  // namespace

TEST_CASE("client address: it is the peer's where no proxy is trusted, or that one is not") {
  CHECK(who({"192.0.2.1"}, "127.0.0.1", {}) == "127.0.0.1");
  CHECK(who({"192.0.2.1"}, "127.0.0.2") == "127.0.0.2");
  CHECK(who({"192.0.2.1"}, "") == "");
  CHECK(who({}) == "127.0.0.1");
  CHECK(who({""}) == "127.0.0.1");
}

TEST_CASE("client address: behind a trusted proxy it is the last that is no proxy of ours") {
  CHECK(who({"192.0.2.1"}) == "192.0.2.1");
  CHECK(who({"192.0.2.1"}, "::ffff:127.0.0.1") == "192.0.2.1");
  CHECK(who({"192.0.2.1, 10.1.2.3"}) == "192.0.2.1");
  CHECK(who({"192.0.2.1,2001:db8::7 ,\t10.1.2.3"}) == "192.0.2.1");
  CHECK(who({"2001:db9::1"}) == "2001:db9::1");
}

TEST_CASE("client address: what a client writes itself does not make it somebody else") {
  CHECK(who({"203.0.113.9, 192.0.2.1"}) == "192.0.2.1");
  CHECK(who({"127.0.0.1, 192.0.2.1, 10.0.0.1"}) == "192.0.2.1");
  // Several headers are one list, in their order.
  CHECK(who({"203.0.113.9", "192.0.2.1", "10.0.0.1"}) == "192.0.2.1");
}

TEST_CASE("client address: if all of them are proxies it is the first") {
  CHECK(who({"10.0.0.1, 10.0.0.2"}) == "10.0.0.1");
}

TEST_CASE("client address: where no address stands it is who said so") {
  CHECK(who({"unknown"}) == "127.0.0.1");
  CHECK(who({"192.0.2.1, unknown"}) == "127.0.0.1");
  CHECK(who({"192.0.2.1, unknown, 10.0.0.2"}) == "10.0.0.2");
  CHECK(who({"192.0.2.1,"}) == "127.0.0.1");
  CHECK(who({std::string(8'000, ',')}) == "127.0.0.1");
  CHECK(who({"[", "]", "[]", "[]:"}) == "127.0.0.1");
}

TEST_CASE("client address: a port is passed over") {
  CHECK(who({"192.0.2.1:5000"}) == "192.0.2.1");
  CHECK(who({"[2001:db9::1]:5000"}) == "2001:db9::1");
  CHECK(who({"[2001:db9::1]"}) == "2001:db9::1");
}
