// A planned stop: SIGTERM while people post. The host leaves by itself, in time and with exit code
// 0, tells its sockets, and nothing acknowledged is missing afterwards.
#include <csignal>
#include <optional>

#include <doctest/doctest.h>

#include "tests/support/live_site.hpp"

namespace carillon::testing {

TEST_CASE("shutdown: SIGTERM under load ends with code 0 within 5 s, sockets hear 1001") {
  for (int signal : {SIGTERM, SIGINT}) {
    CAPTURE(signal);
    live_site site({}, {.posters = 64, .channels = 4, .users = 8});
    site.follower().connect(site.where());
    site.resume_posters();
    site.post_until(500);
    site.host().signal(signal);
    // The sockets are read while it stops, as they are in life.
    std::optional<client::exit_report> end;
    auto deadline = steady_now() + std::chrono::seconds(5);
    while (!end && steady_now() < deadline) {
      site.loop().run_for(std::chrono::milliseconds(20));
      end = site.host().wait_for_exit(std::chrono::milliseconds(0));
    }
    REQUIRE(end.has_value());
    CHECK(end->code == 0);
    site.loop().run_until([&] { return !site.follower().is_connected(); }, std::chrono::seconds(5));
    CHECK(site.follower().close_code() == 1001);
    site.hear_the_end();

    site.start_again();
    site.follower().connect(site.where());
    site.resume_posters();
    site.settle();
    for (const auto& violation : site.violations())
      FAIL_CHECK(violation);
  }
}

} // namespace carillon::testing
