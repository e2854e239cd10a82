// In which region an address is: ranges first, the longest of them, then the database's country,
// then its continent.
#include "actors/client_region.hpp"

#include <set>

#include <doctest/doctest.h>

#include "tests/support/place_file.hpp"
#include "tests/support/temporary_file.hpp"

namespace carillon {
namespace {

using discovery = settings::discovery_settings;

std::unique_ptr<const client_regions> open(const discovery& how) {
  auto opened = client_regions::open(how);
  REQUIRE(opened);
  return std::move(*opened);
}

// Where every region has hosts.
std::string region(const client_regions& in, const std::string& address) {
  return in.of(address, [](const std::string&) { return true; });
}

discovery ranges() {
  discovery how;
  how.ranges = {{"10.0.0.0/8", "wide"}, {"10.1.0.0/16", "narrow"}, {"10.1.2.3", "one"},
                {"2001:db8::/32", "six"}};
  return how;
}

}  // namespace

TEST_CASE("regions: without anything configured nobody's is known") {
  CHECK(region(*open({}), "10.0.0.1").empty());
}

TEST_CASE("regions: of the ranges that an address is in, the longest counts, wherever it stands") {
  discovery how = ranges();
  for (int turn = 0; turn < 2; ++turn) {
    const auto regions = open(how);
    CHECK(region(*regions, "10.2.0.0") == "wide");
    CHECK(region(*regions, "10.1.2.2") == "narrow");
    CHECK(region(*regions, "10.1.2.3") == "one");
    CHECK(region(*regions, "11.0.0.0").empty());
    CHECK(region(*regions, "2001:db8::1") == "six");
    CHECK(region(*regions, "2001:db9::1").empty());
    CHECK(region(*regions, "::ffff:10.1.2.3") == "one");
    std::reverse(how.ranges.begin(), how.ranges.end());
  }
}

TEST_CASE("regions: text that is no address has none") {
  discovery how;
  how.ranges = {{"0.0.0.0/0", "all"}, {"::/0", "all"}};
  const auto regions = open(how);
  for (const char* bad : {"", "unknown", "10.0.0", "10.0.0.1:80", "[::1]"})
    CHECK_MESSAGE(region(*regions, bad).empty(), bad);
  CHECK(region(*regions, "10.0.0.1") == "all");
}

TEST_CASE("regions: a database's country counts before its continent, both after the ranges") {
  const testing::temporary_file file(
      testing::place_file({{"192.0.2.0/24", "DE", "EU"},
                           {"198.51.100.0/24", "GB", "EU"},
                           {"203.0.113.0/24", "NA", "AF"},      // Namibia
                           {"2001:db8::/32", "US", "NA"},       // North America
                           {"100.64.0.0/10", "BR", "SA"}}));
  discovery how;
  how.maxmind = file.path();
  how.ranges = {{"192.0.2.128/25", "near"}};
  how.countries = {{"GB", "london"}};
  how.continents = {{"EU", "eu"}, {"NA", "us"}, {"AF", "cape"}};
  const auto regions = open(how);
  CHECK(region(*regions, "192.0.2.127") == "eu");
  CHECK(region(*regions, "192.0.2.128") == "near");
  CHECK(region(*regions, "198.51.100.1") == "london");
  CHECK(region(*regions, "203.0.113.1") == "cape");
  CHECK(region(*regions, "2001:db8::1") == "us");
  CHECK(region(*regions, "100.64.0.1").empty());  // nobody said what South America is
  CHECK(region(*regions, "127.0.0.1").empty());
}

TEST_CASE("regions: one that has no hosts is passed over for the next that the address is in") {
  const testing::temporary_file file(testing::place_file({{"10.0.0.0/8", "GB", "EU"}}));
  discovery how = ranges();
  how.maxmind = file.path();
  how.countries = {{"GB", "london"}};
  how.continents = {{"EU", "eu"}};
  const auto regions = open(how);
  std::set<std::string> without;
  const auto seen = [&](const std::string& address) {
    return regions->of(address, [&](const std::string& each) { return !without.contains(each); });
  };
  CHECK(seen("10.1.2.3") == "one");
  for (const auto& [gone, next] : {std::pair{"one", "narrow"}, {"narrow", "wide"}, {"wide", "london"},
                                   {"london", "eu"}, {"eu", ""}}) {
    without.insert(gone);
    CHECK(seen("10.1.2.3") == next);
  }
}

TEST_CASE("regions: a database that cannot be used is told when it is opened") {
  discovery how;
  how.maxmind = "/no/such/file.mmdb";
  auto opened = client_regions::open(how);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == errc::invalid_config);
}

}  // namespace carillon
