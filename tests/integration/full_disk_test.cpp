// A disk that is full: the host's files may not grow beyond a small size (RLIMIT_FSIZE, so that no
// mount is needed; write() then fails as it does on a full disk). From the first failed write on
// nothing is acknowledged and everybody is told why; with room again nothing acknowledged is
// missing and nothing is there twice.
#include <algorithm>

#include <doctest/doctest.h>

#include "tests/support/live_site.hpp"

namespace carillon::testing {
namespace {

constexpr std::uint64_t small_disk = 6u << 20; // a few thousand posts of 1,000 bytes

bool all_refused(live_site& site) {
  return std::all_of(site.posters().begin(), site.posters().end(),
                     [](auto& poster) { return !poster->refusals().empty(); });
}

} // namespace

TEST_CASE("full disk: posts are refused with 503 and the reason, never acknowledged and lost") {
  live_site site({.file_size_max = small_disk},
                 {.posters = 16, .channels = 2, .users = 4, .text_bytes = 1'000});
  site.follower().connect(site.where());
  CHECK(site.as_follower().try_get("/healthz").status == 200);
  CHECK(site.as_follower().try_get("/readyz").status == 200);
  site.resume_posters();
  REQUIRE(site.loop().run_until([&] { return all_refused(site); }, std::chrono::seconds(120)));
  std::size_t acknowledged = site.acknowledged();
  CHECK(acknowledged > 0);

  SUBCASE("refusals say that a retry can help, the host says what is wrong, history still serves") {
    for (int round = 0; round < 3; ++round) {
      for (auto& poster : site.posters()) {
        std::size_t before = poster->refusals().size();
        poster->retry();
        REQUIRE(site.loop().run_until([&] { return poster->refusals().size() > before; },
                                      std::chrono::seconds(15)));
        CHECK(poster->refusals().back().status == 503);
        CHECK(poster->refusals().back().retry_after >= 0);
      }
    }
    CHECK(site.acknowledged() == acknowledged);
    auto health = site.as_follower().try_get("/healthz");
    CHECK(health.status == 503);
    CHECK(health.json.at("ok") == false);
    CHECK(health.json.at("reason").as_string().size() > 0);
    CHECK(site.as_follower().try_get("/readyz").status == 503);
    CHECK(site.host().log_text().find("error") != std::string::npos);
    auto reader = site.as_follower();
    for (const auto& channel : site.channels())
      CHECK(read_history(reader, channel).size() > 1);
  }
  SUBCASE(
      "with room again everything acknowledged is there once, and the rest may be posted again") {
    site.host().kill_now();
    site.hear_the_end();
    site.start_again({});
    site.follower().connect(site.where());
    site.resume_posters();
    site.settle();
    CHECK(site.acknowledged() >= acknowledged);
    for (const auto& violation : site.violations())
      FAIL_CHECK(violation);
  }
}

} // namespace carillon::testing
