// The shim inside another process (probe.cpp, with a host's allocator): each fault bites there, and
// is lifted again, also from a call that hangs.
#include <filesystem>
#include <fstream>
#include <future>

#include <doctest/doctest.h>

#include "runtime/base/clock.hpp"
#include "tools/client/host_process.hpp"
#include "tools/cluster/command.hpp"
#include "tools/faults/host_shim.hpp"

using namespace carillon;
using namespace carillon::faults;
using namespace std::chrono_literals;

namespace {

struct fixture {
  client::scratch_folder folder;
  host_shim shim{folder.path() + "/control"};

  // What the probe saw, by name; its line.
  std::string look() { return probe({folder.path() + "/file"}); }

  std::string probe(const std::vector<std::string>& arguments) {
    std::vector<std::string> words{"env"};
    for (const auto& variable : shim.environment())
      words.push_back(variable);
    words.push_back(client::program_beside_us("fault_probe"));
    words.insert(words.end(), arguments.begin(), arguments.end());
    auto outcome = cluster::run_command(words);
    REQUIRE_MESSAGE(outcome.exit_code == 0, outcome.output);
    return outcome.output;
  }
};

double value(const std::string& line, const std::string& name) {
  std::size_t at = (" " + line).find(" " + name + "=");
  REQUIRE_MESSAGE(at != std::string::npos, line);
  return std::stod(line.substr(at + name.size() + 1));
}

double wall_ms() {
  return static_cast<double>(wall_now()) / 1e3;
}

bool allowed() {
  auto why = host_shim::obstacle();
  if (why)
    MESSAGE("skipped: " << *why);
  return !why;
}

constexpr int eio = 5;

}  // namespace

TEST_CASE("shim: without a fault nothing is different") {
  if (!allowed())
    return;
  fixture f;
  std::string seen = f.look();
  CHECK(value(seen, "write_errno") == 0);
  CHECK(value(seen, "sync_errno") == 0);
  CHECK(value(seen, "fsync_errno") == 0);
  CHECK(value(seen, "clock_gettime") == doctest::Approx(wall_ms()).epsilon(1e-8));
  CHECK(value(seen, "waited_ms") >= 100);
  CHECK(value(seen, "waited_ms") < 2'000);
  CHECK(f.shim.syncs_hit() == 0);
  CHECK(f.shim.writes_hit() == 0);
}

TEST_CASE("shim: a slow disk takes its time for every sync, until it is lifted") {
  if (!allowed())
    return;
  fixture f;
  f.shim.set({.sync_delay = 150ms});
  CHECK(value(f.look(), "sync_ms") >= 150);
  CHECK(f.shim.syncs_hit() == 2);
  f.shim.set({});
  CHECK(value(f.look(), "sync_ms") < 150);
  CHECK(f.shim.syncs_hit() == 2);
}

TEST_CASE("shim: a sync that hangs is let go when the fault is lifted") {
  if (!allowed())
    return;
  fixture f;
  f.shim.set({.sync_delay = host_weather::for_ever});
  auto seen = std::async(std::launch::async, [&] { return f.look(); });
  CHECK(seen.wait_for(500ms) == std::future_status::timeout);
  f.shim.set({});
  REQUIRE(seen.wait_for(10s) == std::future_status::ready);
  CHECK(value(seen.get(), "sync_ms") >= 100);
}

TEST_CASE("shim: syncs and writes fail with EIO, each by itself, until it is lifted") {
  if (!allowed())
    return;
  fixture f;
  f.shim.set({.syncs_fail = true});
  std::string seen = f.look();
  CHECK(value(seen, "sync_errno") == eio);
  CHECK(value(seen, "fsync_errno") == eio);
  CHECK(value(seen, "write_errno") == 0);
  f.shim.set({.writes_fail = true});
  seen = f.look();
  CHECK(value(seen, "sync_errno") == 0);
  CHECK(value(seen, "write_errno") == eio);
  CHECK(f.shim.writes_hit() == 1);
  f.shim.set({});
  CHECK(value(f.look(), "write_errno") == 0);
}

TEST_CASE("shim: the wall clock steps either way by all its names, waits keep their length") {
  if (!allowed())
    return;
  fixture f;
  for (auto step : {std::chrono::nanoseconds(1h), std::chrono::nanoseconds(-1h)}) {
    f.shim.set({.clock_offset = step});
    std::string seen = f.look();
    double expected = wall_ms() + std::chrono::duration<double, std::milli>(step).count();
    for (const char* name : {"clock_gettime", "gettimeofday", "time"}) {
      CAPTURE(name);
      CHECK(std::abs(value(seen, name) - expected) < 60'000);
    }
    CHECK(value(seen, "waited_ms") >= 99);
    CHECK(value(seen, "waited_ms") < 2'000);
  }
  f.shim.set({});
  CHECK(std::abs(value(f.look(), "time") - wall_ms()) < 60'000);
}

TEST_CASE("shim: a clock that drifts gains on the true one, until it is lifted") {
  if (!allowed())
    return;
  fixture f;
  f.shim.set({.clock_drift_ppm = 500'000}); // half as fast again
  double passed = value(f.look(), "passed_ms");
  CHECK(passed >= 295);
  CHECK(passed < 1'000);
  f.shim.set({.clock_drift_ppm = -500'000});
  CHECK(value(f.look(), "passed_ms") >= 95);
  f.shim.set({});
  CHECK(value(f.look(), "passed_ms") >= 199);
}

// A host's folder of data, in one of which it wrote some files.
struct data_fixture : fixture {
  std::string data = folder.path() + "/data";
  data_fixture() { std::filesystem::create_directories(data + "/db"); }
  // As the probe appends; in any number of its lives.
  void append(const std::string& name, std::size_t synced, std::size_t more) {
    probe({data + "/" + name, std::to_string(synced), std::to_string(more)});
  }
  std::uintmax_t size(const std::string& name) { return std::filesystem::file_size(data + "/" + name); }
};

TEST_CASE("shim: a loss of power takes what was appended and not synced, and nothing else") {
  if (!allowed())
    return;
  data_fixture f;
  std::ofstream(f.data + "/untouched") << "by us";
  f.append("db/wal", 100, 7);
  f.append("whole", 100, 0);
  f.append("never", 0, 30);
  CHECK(f.size("db/wal") == 107);
  CHECK(f.shim.lose_unsynced(f.data) == 37);
  CHECK(f.size("db/wal") == 100);
  CHECK(f.size("whole") == 100);
  CHECK(f.size("never") == 0);
  CHECK(f.size("untouched") == 5);
  CHECK(f.shim.lose_unsynced(f.data) == 0);  // what is left is on the disk
}

TEST_CASE("shim: a file keeps what it had before the host wrote to it, and a killed host's tail is at risk") {
  if (!allowed())
    return;
  data_fixture f;
  std::ofstream(f.data + "/old") << "twelve bytes";
  f.append("old", 0, 5);
  f.append("old", 0, 5);  // its next life: the first one's bytes are still not synced
  CHECK(f.size("old") == 22);
  CHECK(f.shim.lose_unsynced(f.data) == 10);
  CHECK(f.size("old") == 12);
  f.append("old", 0, 5);
  f.append("old", 1, 3);  // whose sync is for all that is there
  CHECK(f.shim.lose_unsynced(f.data) == 3);
  CHECK(f.size("old") == 18);
}

TEST_CASE("shim: a sync that failed keeps nothing, and a new file is not taken for one that is gone") {
  if (!allowed())
    return;
  data_fixture f;
  f.shim.set({.syncs_fail = true});
  f.append("failed", 10, 10);
  f.shim.set({});
  f.append("gone", 50, 0);
  std::filesystem::remove(f.data + "/gone");
  f.append("new", 0, 60);  // often with the same inode
  CHECK(f.shim.lose_unsynced(f.data) == 80);
  CHECK(f.size("failed") == 0);
  CHECK(f.size("new") == 0);
}

TEST_CASE("shim: two faults at once add up") {
  auto both = together({.sync_delay = 20ms, .clock_offset = 1h}, {.sync_delay = 30ms, .syncs_fail = true});
  CHECK(both == host_weather{.sync_delay = 50ms, .syncs_fail = true, .clock_offset = 1h});
  CHECK(together({.sync_delay = host_weather::for_ever}, {.sync_delay = 1ms}).sync_delay ==
        host_weather::for_ever);
}
