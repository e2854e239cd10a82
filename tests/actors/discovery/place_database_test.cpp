// A database in MaxMind's format, made here and read by MaxMind's library: what is found, what is
// not, and what is said of files that are none.
#include "actors/place_database.hpp"

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/support/place_file.hpp"
#include "tests/support/temporary_file.hpp"

namespace carillon {
namespace {

using testing::place_file;
using testing::temporary_file;

const std::string small = place_file({{"192.0.2.0/24", "DE", "EU"},
                                      {"192.0.2.128/25", "US", "NA"},
                                      {"198.51.100.0/24", "", "AS"},
                                      {"2001:db8::/32", "KR", "AS"}});

std::unique_ptr<const place_database> open(const temporary_file& file) {
  auto opened = place_database::open(file.path());
  REQUIRE_MESSAGE(opened, (opened ? std::string() : opened.error().describe()));
  return std::move(*opened);
}

std::string seen(const place_database& in, const std::string& address) {
  const auto place = in.of(*parse_address(address));
  return place.country + '/' + place.continent;
}

std::string refusal(const std::string& bytes) {
  const temporary_file file(bytes);
  auto opened = place_database::open(file.path());
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == errc::invalid_config);
  CHECK(opened.error().detail.starts_with("discovery.maxmind = \"" + file.path() + "\": "));
  return opened.error().detail;
}

}  // namespace

TEST_CASE("places: an address has the country and continent of the smallest network around it") {
  const temporary_file file(small);
  const auto places = open(file);
  CHECK(seen(*places, "192.0.2.127") == "DE/EU");
  CHECK(seen(*places, "192.0.2.128") == "US/NA");
  CHECK(seen(*places, "192.0.3.0") == "/");
  CHECK(seen(*places, "192.0.1.255") == "/");
  CHECK(seen(*places, "198.51.100.7") == "/AS");
  CHECK(seen(*places, "2001:db8:ffff::") == "KR/AS");
  CHECK(seen(*places, "2001:db9::") == "/");
  CHECK(seen(*places, "::ffff:192.0.2.1") == "DE/EU");
  CHECK(places->describe() == file.path() + " is a Test-Country of 2023-11-14");
}

TEST_CASE("places: a missing file, a folder, and bytes that are no database are told as such") {
  auto missing = place_database::open("/no/such/file.mmdb");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == errc::invalid_config);
  CHECK(missing.error().detail.find("No such file") != std::string::npos);
  CHECK_FALSE(place_database::open("/tmp"));
  refusal("");
  refusal("not a database at all");
  refusal(small.substr(0, small.size() - 20));  // its description is cut off
}

TEST_CASE("places: a database that has no places is told as such") {
  // As GeoLite2-ASN: a network's records say other things.
  CHECK(refusal(place_file({{"192.0.2.0/24", "", ""}, {"2001:db8::/32", "", ""}}))
            .ends_with("no network in it has country.iso_code or continent.code: it is a Test-Country"));
  CHECK(refusal(place_file({})).ends_with("it is a Test-Country"));
}

TEST_CASE("places: of a damaged database nothing is known, and nothing else happens") {
  for (std::size_t at = 0; at + 200 < small.size(); at += 7) {
    std::string bytes = small;
    bytes[at] = static_cast<char>(bytes[at] ^ 0xff);
    const temporary_file file(bytes);
    auto opened = place_database::open(file.path());
    if (opened)
      for (const char* address : {"192.0.2.1", "192.0.2.200", "198.51.100.1", "2001:db8::1", "::1"})
        seen(**opened, address);
  }
}

TEST_CASE("places: a file that is cut off or written over while a host has it is no matter to that host") {
  const temporary_file file(small);
  const auto places = open(file);
  std::filesystem::resize_file(file.path(), 0);
  CHECK(seen(*places, "192.0.2.1") == "DE/EU");
  std::ofstream(file.path(), std::ios::binary) << place_file({{"192.0.2.0/24", "US", "NA"}});
  CHECK(seen(*places, "192.0.2.1") == "DE/EU");
  CHECK(places->describe().starts_with(file.path() + " is a Test-Country"));
}

TEST_CASE("places: a pipe is told as such, and nobody waits for what comes through it") {
  const temporary_file file("");
  std::remove(file.path().c_str());
  REQUIRE(::mkfifo(file.path().c_str(), 0600) == 0);
  auto opened = place_database::open(file.path());
  REQUIRE_FALSE(opened);
  CHECK(opened.error().detail.ends_with("cannot be used: it is no file"));
}

TEST_CASE("places: several threads look at once") {
  const temporary_file file(small);
  const auto places = open(file);
  std::atomic<int> wrong{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 20'000; ++n)
        wrong += seen(*places, n % 2 ? "192.0.2.1" : "192.0.2.200") != (n % 2 ? "DE/EU" : "US/NA");
    });
  threads.clear();
  CHECK(wrong == 0);
}

}  // namespace carillon
