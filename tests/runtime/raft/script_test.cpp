// Plays every script beside this file and compares the record. With CARILLON_REWRITE=1 the record
// is written anew instead; read the difference before it is committed.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "tests/runtime/raft/script.hpp"

namespace carillon::raft {
namespace {

const std::filesystem::path folder = "tests/runtime/raft";  // run from the repository's root

std::vector<std::filesystem::path> scripts() {
  std::vector<std::filesystem::path> out;
  for (const auto& file : std::filesystem::directory_iterator(folder))
    if (file.path().extension() == ".txt" && file.path().filename() != "CMakeLists.txt")
      out.push_back(file.path());
  std::sort(out.begin(), out.end());
  return out;
}

std::string read_all(const std::filesystem::path& file) {
  std::ostringstream out;
  out << std::ifstream(file).rdbuf();
  return out.str();
}

}  // namespace

TEST_CASE("scripts: every exchange is as recorded") {
  bool rewrite = std::getenv("CARILLON_REWRITE") != nullptr;
  REQUIRE(scripts().size() >= 10);
  for (const std::filesystem::path& file : scripts()) {
    CAPTURE(file.filename().string());
    std::string expected = read_all(file);
    std::string now = play_script(expected);
    if (rewrite)
      std::ofstream(file) << now;
    else
      CHECK(now == expected);
  }
}

TEST_CASE("scripts: a wrong command or a changed record does not pass unseen") {
  CHECK(play_script("nodes 1\nfly 1\n") == "nodes 1\nfly 1\n> cannot: unknown command fly\n");
  CHECK(play_script("nodes 1\ntick 2\n") == "nodes 1\ntick 2\n> cannot: no such member\n");
  std::string untrue = "nodes 1\nstatus\n> 1 leader\n";
  CHECK(play_script(untrue) != untrue);
}

}  // namespace carillon::raft
