// What is turned away under load, on both sides of each border.
#include <doctest/doctest.h>

#include <map>

#include "actors/admission_rules.hpp"
#include "runtime/base/random.hpp"

namespace carillon {
namespace {

using namespace std::chrono_literals;

constexpr load_limits limits{.disk_delay_max = 1'000ms, .uncommitted_max_bytes = 1'000};
constexpr std::uint64_t mebibyte = 1u << 20;

std::optional<door_reason> asked(errand what, load_now load) {
  return turned_away(what, load, limits);
}

}  // namespace

TEST_CASE("admission: writes are turned away from the delay of the disk on that the settings name") {
  CHECK_FALSE(asked(errand::write, {.disk_delay = 999ms}));
  CHECK(asked(errand::write, {.disk_delay = 1'000ms}) == door_reason::disk);
  CHECK_FALSE(asked(errand::read, {.disk_delay = 1'000ms}));
  CHECK_FALSE(asked(errand::arrival, {.disk_delay = 1'000ms}));
}

TEST_CASE("admission: a user's share is an eighth, and no less than what one client asks at once") {
  CHECK(share_of_calls(8'192) == 1'024);
  CHECK(share_of_calls(808) == 101);
  CHECK(share_of_calls(800) == 100);
  CHECK(share_of_calls(4) == 100);
}

TEST_CASE("admission: writes are turned away while too much waits for the other replicas") {
  CHECK_FALSE(asked(errand::write, {.uncommitted_bytes = 999}));
  CHECK(asked(errand::write, {.uncommitted_bytes = 1'000}) == door_reason::followers);
  CHECK_FALSE(asked(errand::read, {.uncommitted_bytes = 1'000}));
}

TEST_CASE("admission: tight memory turns away those who connect, full memory those who write too") {
  CHECK(asked(errand::arrival, {.memory = memory_level::tight}) == door_reason::memory);
  CHECK_FALSE(asked(errand::write, {.memory = memory_level::tight}));
  CHECK(asked(errand::arrival, {.memory = memory_level::full}) == door_reason::memory);
  CHECK(asked(errand::write, {.memory = memory_level::full}) == door_reason::memory);
  CHECK_FALSE(asked(errand::read, {.memory = memory_level::full}));
}

TEST_CASE("admission: one who is turned away comes again after one to three seconds") {
  std::map<std::uint32_t, int> said;
  for (std::uint64_t chance = 0; chance < 300; ++chance)
    ++said[come_again_after(chance)];
  CHECK(said == std::map<std::uint32_t, int>{{1, 100}, {2, 100}, {3, 100}});
}

TEST_CASE("arrivals: a burst of a second passes at once, then so many in a second and no more") {
  arrival_pace pace(100, 1s);
  const tick_time start{1'000s};
  for (int i = 0; i < 100; ++i)
    CHECK_FALSE(pace.take(start, 0));
  CHECK(pace.take(start, 0));
  CHECK(pace.take(start + 9ms, 0));
  CHECK_FALSE(pace.take(start + 10ms, 0));
  CHECK(pace.take(start + 19ms, 0));
  CHECK_FALSE(pace.take(start + 20ms, 0));
}

TEST_CASE("arrivals: an even stream at the pace is never turned away") {
  arrival_pace pace(1'000, 1s);
  for (int i = 0; i < 10'000; ++i)
    REQUIRE_FALSE(pace.take(tick_time{1'000s} + i * 1ms, 0));
}

TEST_CASE("arrivals: no pace lets everybody in") {
  arrival_pace pace(0, 1s);
  for (int i = 0; i < 10'000; ++i)
    REQUIRE_FALSE(pace.take(tick_time{1'000s}, 0));
}

TEST_CASE("arrivals: a crowd is sent away for as long as all of it takes, spread evenly") {
  arrival_pace pace(100, 1s);
  seeded_random chance(7);
  const tick_time start{1'000s};
  std::map<std::uint32_t, int> come_back;  // by second
  int let_in = 0;
  for (int i = 0; i < 2'000; ++i) {
    if (const auto wait = pace.take(start, chance.next()))
      ++come_back[*wait];
    else
      ++let_in;
  }
  CHECK(let_in == 100);
  CHECK(come_back.begin()->first >= 1);
  CHECK(come_back.rbegin()->first >= 19);  // 1,900 at 100 a second
  CHECK(come_back.rbegin()->first <= 19 + 6);
  for (const auto& [second, clients] : come_back) {
    INFO("second ", second);
    CHECK(clients <= 300);
  }
}

TEST_CASE("arrivals: a crowd that comes back when it was told to is in soon after") {
  arrival_pace pace(100, 1s);
  seeded_random chance(7);
  const tick_time start{1'000s};
  std::multimap<std::uint32_t, int> away;
  for (int client = 0; client < 2'000; ++client)
    if (const auto wait = pace.take(start, chance.next()))
      away.emplace(*wait, 1);
  int tries = 2'000;
  std::uint32_t last = 0;
  while (!away.empty()) {
    const auto [second, tried] = *away.begin();
    away.erase(away.begin());
    ++tries;
    last = second;
    // Within its second everybody comes when it likes.
    const auto at = start + std::chrono::seconds(second) + chance.next() % 1'000 * 1ms;
    if (const auto wait = pace.take(at, chance.next()))
      away.emplace(second + *wait, tried + 1);
  }
  CHECK(last <= 60);       // 20 s would do if nobody ever came at a bad moment
  CHECK(tries <= 3 * 2'000);
}

TEST_CASE("arrivals: nobody is sent away for longer than two minutes, however many come") {
  arrival_pace pace(1, 1s);
  seeded_random chance(7);
  std::uint32_t longest = 0;
  for (int i = 0; i < 1'000; ++i)
    if (const auto wait = pace.take(tick_time{1'000s}, chance.next()))
      longest = std::max(longest, *wait);
  CHECK(longest <= 120 + 32);
  CHECK(longest >= 100);
}

TEST_CASE("memory: it is tight from 80 percent on and full from 92, and calms down later than it rose") {
  memory_gauge gauge(1'000);
  CHECK(gauge.at(799) == memory_level::calm);
  CHECK(gauge.at(800) == memory_level::tight);
  CHECK(gauge.at(750) == memory_level::tight);
  CHECK(gauge.at(749) == memory_level::calm);
  CHECK(gauge.at(799) == memory_level::calm);
  CHECK(gauge.at(919) == memory_level::tight);
  CHECK(gauge.at(920) == memory_level::full);
  CHECK(gauge.at(870) == memory_level::full);
  CHECK(gauge.at(869) == memory_level::tight);
  CHECK(gauge.at(5'000) == memory_level::full);
  CHECK(gauge.at(0) == memory_level::calm);
}

TEST_CASE("memory: settings that allow more than the ceiling are refused with a sum that adds up") {
  settings config;
  config.storage.block_cache_mb = 256;
  config.storage.write_buffer_mb = 64;
  config.storage.journal_queue_max_mb = 64;
  config.edge.outbound_total_max_mb = 256;
  config.directory.password_memory_mb = 19;
  CHECK(check_memory(config, 659 * mebibyte));
  const status refused = check_memory(config, 658 * mebibyte);
  REQUIRE_FALSE(refused);
  CHECK(refused.code() == errc::invalid_config);
  CHECK(refused.error().detail ==
        "what the settings allow to be kept in memory is 659 MiB (storage.block_cache_mb 256, "
        "storage.journal_queue_max_mb 64, edge.outbound_total_max_mb 256, "
        "directory.password_memory_mb 19, the program 64), more than the ceiling of 658 MiB "
        "(host.memory_max_mb)");
}

TEST_CASE("memory: tables that are being written count where the cache is smaller than they") {
  settings config;
  config.storage.block_cache_mb = 8;
  config.storage.write_buffer_mb = 64;
  CHECK(memory_parts(config).front().setting == "three times storage.write_buffer_mb");
  CHECK(memory_parts(config).front().bytes == 192 * mebibyte);
}

TEST_CASE("memory: of several hosts each keeps a queue for each other one") {
  settings config;
  config.cluster.link_queue_mb = 10;
  const auto alone = memory_parts(config).size();
  config.cluster.hosts.resize(3);
  REQUIRE(memory_parts(config).size() == alone + 1);
  CHECK(memory_parts(config).back().bytes == 20 * mebibyte);
}

}  // namespace carillon
