// Durability against kill -9: 64 posters, a follower and a host that is killed in the middle of it,
// over and over. After every start each poster repeats its unacknowledged post under the same
// client_msg_id; in the end history, acknowledgements and what the follower saw must agree.
//
// CARILLON_CRASH_ROUNDS: how often (default 20). CARILLON_SEED: repeats the moments of the kills.
#include <iostream>
#include <random>

#include <doctest/doctest.h>

#include "runtime/base/random.hpp"
#include "tests/support/live_site.hpp"

namespace carillon::testing {

TEST_CASE("crash: kill -9 under 64 posters loses, repeats and reorders nothing acknowledged") {
  std::uint64_t rounds = number_from_environment("CARILLON_CRASH_ROUNDS", 20);
  std::uint64_t seed = number_from_environment("CARILLON_SEED", std::random_device()());
  std::cout << "CARILLON_SEED=" << seed << std::endl;
  CAPTURE(seed);
  seeded_random chance(seed);

  live_site site({}, {.posters = 64, .channels = 4, .users = 8});
  for (std::uint64_t round = 0; round < rounds; ++round) {
    CAPTURE(round);
    if (round > 0)
      site.start_again();
    // By turns, so that the reader catches up sometimes before and sometimes among new posts.
    if (round % 2 == 0)
      site.resume_posters();
    site.follower().connect(site.where());
    if (round % 2 == 1)
      site.resume_posters();
    site.post_until(site.acknowledged() + 100 + chance.below(900));
    REQUIRE(site.host().is_running());
    site.host().kill_now();
    site.hear_the_end();
  }

  site.start_again();
  site.follower().connect(site.where());
  site.resume_posters();
  site.settle();
  for (const auto& channel : site.channels())
    site.post_and_edit(channel);
  for (const auto& violation : site.violations())
    FAIL_CHECK(violation);

  // An old key still means the old message, across all those restarts.
  for (auto& poster : site.posters()) {
    const post_record& first = poster->posts().front();
    client::api_client again(site.loop(), site.where(), poster->who().token);
    auto answer = again.call(
        "chat.postMessage",
        {{"channel", poster->channel()}, {"client_msg_id", first.key}, {"text", "a late retry"}});
    CHECK(answer.at("ts").as_string() == first.ts.c_str());
    CHECK(answer.at("message").at("seq").to_number<std::uint64_t>() == first.seq);
  }
  std::cout << rounds << " kills, " << site.acknowledged() << " acknowledged posts" << std::endl;
}

} // namespace carillon::testing
