// Scenario files: those of the house load, and a wrong one is refused with file, line and words.
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "tools/chaos/chaos.hpp"
#include "tools/chaos/scenario.hpp"
#include "tools/client/host_process.hpp"

using namespace carillon;
using namespace carillon::chaos;

namespace {

std::string complaint(const std::string& text) {
  client::scratch_folder folder;
  std::string path = folder.path() + "/x.toml";
  std::ofstream(path) << text;
  try {
    read_scenario(path);
  } catch (const client::client_error& refused) {
    return std::string(refused.what()).substr(folder.path().size() + 1);
  }
  return "accepted";
}

}  // namespace

TEST_CASE("chaos: a scenario file that is not there is a wrong command line and no verdict") {
  CLI::App program;
  std::function<int()> run;
  add_chaos_command(program, run);
  CHECK_THROWS_AS(program.parse("chaos run /nonexistent/kill.toml"), CLI::ValidationError);
}

TEST_CASE("scenario: every file in tests/chaos loads and breaks something") {
  std::size_t files = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator("tests/chaos")) {
    if (file.path().extension() != ".toml")
      continue;
    CAPTURE(file.path().string());
    scenario what = read_scenario(file.path());
    CHECK_FALSE(what.name.empty());
    CHECK(what.rounds.size() + what.schedule.size() > 0);
    ++files;
  }
  CHECK(files >= 5);
}

TEST_CASE("scenario: what is wrong is told with its line and what is allowed") {
  CHECK(complaint("[load]\nposters = 0\n") == "x.toml:2: must be a number from 1 to 10000");
  CHECK(complaint("[load]\nposters = 10000\n") == "accepted");
  CHECK(complaint("[load]\nposters = 10001\n") == "x.toml:2: must be a number from 1 to 10000");
  CHECK(complaint("[cluster]\nhost = 3\n") ==
        "x.toml:2: no such key: host; allowed: hosts visitors settings network disk_mb postgres zookeeper");
  CHECK(complaint("[[rounds]]\nfault = \"earthquake\"\n")
            .starts_with("x.toml:2: must be one of none kill kill_all stop partition one_way network "));
  CHECK(complaint("[[rounds]]\nfault = \"kill\"\ndelay_ms = 5\n") == "x.toml:3: kill has no delay_ms");
  CHECK(complaint("[[rounds]]\nfault = \"kill\"\nlose_unsynced = true\n") == "accepted");
  CHECK(complaint("[[rounds]]\nfault = \"stop\"\nlose_unsynced = true\n") ==
        "x.toml:3: stop has no lose_unsynced");
  CHECK(complaint("[[rounds]]\ndelay_ms = 5\nfault = \"slow_fsync\"\n") == "accepted");
  CHECK(complaint("[[schedule]]\nfault = \"kill\"\nhost = \"c\"\n") == "accepted");
  CHECK(complaint("[[schedule]]\nfault = \"kill\"\nhost = \"d\"\n") == "x.toml:3: no such host: d");
  CHECK(complaint("[cluster]\nvisitors = 1\n[[rounds]]\nfault = \"visit\"\n") == "accepted");
  CHECK(complaint("[[rounds]]\nfault = \"visit\"\n") == "x.toml:1: no such visitor: all");
  for (const std::string host : {"c", "d", "e"})
    CHECK(complaint("[cluster]\nvisitors = 1\n[[rounds]]\nfault = \"visit\"\nhost = \"" + host + "\"\n") ==
          (host == "d" ? "accepted" : "x.toml:5: no such visitor: " + host));
  CHECK(complaint("[cluster]\nvisitors = 1\n[[rounds]]\nfault = \"kill\"\nhost = \"d\"\n") ==
        "x.toml:5: no such host: d");
  CHECK(complaint("[schedule]\nfault = \"kill\"\n") == "x.toml:1: must be [[schedule]] tables");
  CHECK(complaint("[rounds]\nfault = \"kill\"\n") == "x.toml:1: must be [[rounds]] tables");
  CHECK(complaint("[cluster]\nnetwork = 1\n") == "x.toml:2: must be true or false");
  CHECK(complaint("name = \n").starts_with("x.toml:1: "));
}

TEST_CASE("scenario: what a fault needs is there without being asked for") {
  auto needs = [](fault_kind fault) {
    scenario what;
    what.schedule.emplace_back().fault = fault;
    return needs_of(what);
  };
  CHECK(needs(fault_kind::network).network);
  CHECK(needs(fault_kind::partition).network);
  CHECK(needs(fault_kind::clock).shim);
  CHECK(needs(fault_kind::hang_fsync).shim);
  CHECK(needs(fault_kind::disk_full).disk);
  CHECK(needs(fault_kind::memory).cage);
  CHECK(needs(fault_kind::postgres_kill).postgres);
  CHECK(needs(fault_kind::zookeeper_stop).zookeeper);
  scenario power_failure;
  power_failure.rounds.emplace_back().fault = fault_kind::kill_all;
  CHECK_FALSE(needs_of(power_failure).shim);
  power_failure.rounds.back().lose_unsynced = true;
  CHECK(needs_of(power_failure).shim);
  auto none = needs(fault_kind::rolling_restart);
  CHECK_FALSE((none.network || none.shim || none.disk || none.cage || none.postgres ||
               none.zookeeper));
}
