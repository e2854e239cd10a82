// [discovery]: what is read, what is refused and in which words.
#include <string>

#include <doctest/doctest.h>

#include "config/load.hpp"
#include "tests/config/config_files.hpp"

using namespace carillon;

namespace {

std::string complaint(const std::string& text) {
  auto loaded = test::load_text(text);
  REQUIRE_FALSE(loaded);
  return loaded.error().detail;
}

const std::string everything = R"([discovery]
maxmind = "geo.mmdb"
[[discovery.ranges]]
cidr = "10.20.0.0/16"
region = "eu"
[[discovery.ranges]]
cidr = "2001:db8::/32"
region = "us-east"
[discovery.countries]
US = "us-east"
GB = "eu"
[discovery.continents]
EU = "eu"
)";

}  // namespace

TEST_CASE("discovery: ranges, countries and continents are read, and print as they read") {
  auto loaded = test::load_text(everything);
  REQUIRE(loaded);
  const auto& all = loaded->discovery;
  CHECK(all.maxmind == "geo.mmdb");
  REQUIRE(all.ranges.size() == 2);
  CHECK(all.ranges[0].cidr == "10.20.0.0/16");
  CHECK(all.ranges[1].region == "us-east");
  CHECK(all.countries.size() == 2);
  REQUIRE(all.continents.size() == 1);
  CHECK(all.continents[0].code == "EU");
  CHECK(all.continents[0].region == "eu");
  auto again = test::load_text(print_settings(*loaded));
  REQUIRE(again);
  CHECK(print_settings(*again) == print_settings(*loaded));
  CHECK(again->discovery.ranges == all.ranges);
}

TEST_CASE("discovery: a range that is wrong is told with its line and key") {
  const std::string range = "[[discovery.ranges]]\n";
  CHECK(complaint(range + "cidr = \"10.0.0.1/8\"\nregion = \"eu\"\n") ==
        "x.toml:2: discovery.ranges.cidr = \"10.0.0.1/8\": must be an address or a network such as "
        "10.0.0.0/8 or 2001:db8::/32, with no bit set after its prefix");
  CHECK(complaint(range + "cidr = 10\nregion = \"eu\"\n")
            .starts_with("x.toml:2: discovery.ranges.cidr = 10: must be"));
  CHECK(complaint(range + "cidr = \"10.0.0.0/8\"\nregion = \"\"\n") ==
        "x.toml:3: discovery.ranges.region = \"\": must be 1 to 63 letters, digits and dashes, as the "
        "region of a host");
  CHECK(complaint(range + "cidr = \"10.0.0.0/8\"\n") ==
        "x.toml:1: discovery.ranges: a range needs region");
  CHECK(complaint(range + "cidr = \"10.0.0.0/8\"\nregion = \"eu\"\nzone = \"z\"\n") ==
        "x.toml:4: discovery.ranges.zone: no such setting; a range has cidr, region");
  CHECK(complaint("[discovery]\nranges = 3\n") ==
        "x.toml:2: discovery.ranges: must be a list, as [[discovery.ranges]]");
  CHECK(complaint("[discovery]\nranges = [3]\n") ==
        "x.toml:2: discovery.ranges: each range is a table, as [[discovery.ranges]]");
}

TEST_CASE("discovery: one network is not in two ranges, however it is written") {
  const std::string one = "[[discovery.ranges]]\ncidr = \"10.0.0.0/8\"\nregion = \"eu\"\n";
  const std::string same =
      "[[discovery.ranges]]\ncidr = \"::ffff:10.0.0.0/104\"\nregion = \"us\"\n";
  const std::string within = "[[discovery.ranges]]\ncidr = \"10.0.0.0/9\"\nregion = \"us\"\n";
  CHECK(complaint(one + same) ==
        "discovery.ranges: two of them have cidr = \"::ffff:10.0.0.0/104\"");
  CHECK(test::load_text(one + within));
}

TEST_CASE("discovery: codes are those of countries and continents") {
  const std::string database = "[discovery]\nmaxmind = \"x\"\n";
  CHECK(complaint(database + "[discovery.countries]\nus = \"eu\"\n") ==
        "x.toml:4: discovery.countries.us: a country is two capital letters, as ISO 3166-1 has "
        "them");
  CHECK(complaint(database + "[discovery.countries]\nUSA = \"eu\"\n")
            .starts_with("x.toml:4: discovery.countries.USA: "));
  CHECK(complaint(database + "[discovery.continents]\nUS = \"eu\"\n") ==
        "x.toml:4: discovery.continents.US: a continent is one of AF, AN, AS, EU, NA, OC, SA");
  CHECK(complaint(database + "[discovery.continents]\nNA = 1\n") ==
        "x.toml:4: discovery.continents.NA = 1: must be 1 to 63 letters, digits and dashes, as the "
        "region of a host");
  CHECK(complaint("[discovery]\ncountries = 1\n") ==
        "x.toml:2: discovery.countries: must be a section, as [discovery.countries]");
  CHECK(test::load_text(database + "[discovery.countries]\nNA = \"africa\"\n"));  // Namibia
}

TEST_CASE("discovery: a database needs to be told what its codes mean") {
  CHECK(complaint("[discovery]\nmaxmind = \"geo.mmdb\"\n") ==
        "discovery.maxmind = \"geo.mmdb\": needs [discovery.countries] or [discovery.continents]");
  CHECK(test::load_text("[discovery.countries]\nUS = \"us\"\n"));
}

TEST_CASE("discovery: trusted proxies are addresses and networks") {
  CHECK(test::load_text("[edge]\ntrusted_proxies = \"127.0.0.1, 10.0.0.0/8\"\n"));
  CHECK(complaint("[edge]\ntrusted_proxies = \"proxy1\"\n") ==
        "x.toml:2: edge.trusted_proxies = \"proxy1\": must be empty, or addresses and networks such as "
        "10.0.0.0/8, several with commas between them");
}
