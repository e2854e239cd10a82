// How long a host is away: filled with messages, killed with -9 in the middle of posting, started
// again; the clock runs from the start of the process to the first accepted post.
//
// CARILLON_RESTART_MESSAGES: how many are stored (default 100,000; 1,000,000 for the full figure).
// CARILLON_RESTART_MAX_MS: the bound (default 3,000).
#include <iostream>

#include <doctest/doctest.h>

#include "tests/support/live_site.hpp"

namespace carillon::testing {

TEST_CASE("restart: after kill -9 with many messages stored a post is accepted within seconds") {
  std::uint64_t messages = number_from_environment("CARILLON_RESTART_MESSAGES", 100'000);
  std::uint64_t bound_ms = number_from_environment("CARILLON_RESTART_MAX_MS", 3'000);
  live_site site({}, {.posters = 128, .channels = 64, .users = 16, .text_bytes = 200});
  site.resume_posters();
  while (site.acknowledged() < messages)
    site.post_until(std::min<std::uint64_t>(messages, site.acknowledged() + 20'000));
  site.host().kill_now();
  site.hear_the_end();

  auto started = steady_now();
  site.start_again();
  auto listening = steady_now();
  auto& poster = *site.posters().front();
  std::size_t before = poster.acknowledged();
  poster.finish();
  poster.resume(site.where());
  REQUIRE(site.loop().run_until([&] { return poster.acknowledged() > before; },
                                std::chrono::seconds(60)));
  auto accepted = steady_now();
  auto ms = [&](tick_time t) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(t - started).count();
  };
  std::cout << messages << " messages: listening after " << ms(listening)
            << " ms, first post accepted after " << ms(accepted) << " ms" << std::endl;
  CHECK(static_cast<std::uint64_t>(ms(accepted)) < bound_ms);
}

} // namespace carillon::testing
