// Scenario files: those of the house load, and a wrong one is refused with file, line and words.
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

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

TEST_CASE("scenario: every file in tests/chaos loads and breaks something") {
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator("tests/chaos")) {
    if (file.path().extension() != ".toml")
      continue;
    CAPTURE(file.path().string());
    scenario what = read_scenario(file.path());
    CHECK_FALSE(what.name.empty());
    CHECK_FALSE(what.rounds.empty());
    ++files;
  }
  CHECK(files >= 5);
}

TEST_CASE("scenario: what is wrong is told with its line and what is allowed") {
  CHECK(complaint("[load]\nposters = 0\n") == "x.toml:2: must be a number from 1 to 10000");
  CHECK(complaint("[load]\nposters = 10000\n") == "accepted");
  CHECK(complaint("[load]\nposters = 10001\n") == "x.toml:2: must be a number from 1 to 10000");
  CHECK(complaint("[cluster]\nhost = 3\n") ==
        "x.toml:2: no such key: host; allowed: hosts settings network");
  CHECK(complaint("[[rounds]]\nfault = \"earthquake\"\n") ==
        "x.toml:2: must be one of none kill kill_all stop partition one_way ");
  CHECK(complaint("[rounds]\nfault = \"kill\"\n") == "x.toml:1: must be [[rounds]] tables");
  CHECK(complaint("[cluster]\nnetwork = 1\n") == "x.toml:2: must be true or false");
  CHECK(complaint("name = \n").starts_with("x.toml:1: "));
}
