// In which region an address is: ranges first, the longest of them, then the database's country,
// then its continent.
#include "actors/client_region.hpp"

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

discovery ranges() {
  discovery how;
  how.ranges = {{"10.0.0.0/8", "wide"}, {"10.1.0.0/16", "narrow"}, {"10.1.2.3", "one"},
                {"2001:db8::/32", "six"}};
  return how;
}

}  // namespace

TEST_CASE("regions: without anything configured nobody's is known") {
  CHECK(open({})->of("10.0.0.1").empty());
}

TEST_CASE("regions: of the ranges that an address is in, the longest counts, wherever it stands") {
  discovery how = ranges();
  for (int turn = 0; turn < 2; ++turn) {
    const auto regions = open(how);
    CHECK(regions->of("10.2.0.0") == "wide");
    CHECK(regions->of("10.1.2.2") == "narrow");
    CHECK(regions->of("10.1.2.3") == "one");
    CHECK(regions->of("11.0.0.0").empty());
    CHECK(regions->of("2001:db8::1") == "six");
    CHECK(regions->of("2001:db9::1").empty());
    CHECK(regions->of("::ffff:10.1.2.3") == "one");
    std::reverse(how.ranges.begin(), how.ranges.end());
  }
}

TEST_CASE("regions: text that is no address has none") {
  discovery how;
  how.ranges = {{"0.0.0.0/0", "all"}, {"::/0", "all"}};
  const auto regions = open(how);
  for (const char* bad : {"", "unknown", "10.0.0", "10.0.0.1:80", "[::1]"})
    CHECK_MESSAGE(regions->of(bad).empty(), bad);
  CHECK(regions->of("10.0.0.1") == "all");
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
  CHECK(regions->of("192.0.2.127") == "eu");
  CHECK(regions->of("192.0.2.128") == "near");
  CHECK(regions->of("198.51.100.1") == "london");
  CHECK(regions->of("203.0.113.1") == "cape");
  CHECK(regions->of("2001:db8::1") == "us");
  CHECK(regions->of("100.64.0.1").empty());  // nobody said what South America is
  CHECK(regions->of("127.0.0.1").empty());
}

TEST_CASE("regions: a database that cannot be used is told when it is opened") {
  discovery how;
  how.maxmind = "/no/such/file.mmdb";
  auto opened = client_regions::open(how);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == errc::invalid_config);
}

}  // namespace carillon
