// This test program as its own child: doctest's flags make it say something and end.
#include <chrono>

#include <doctest/doctest.h>

#include "tools/client/child_process.hpp"
#include "tools/client/stream.hpp"

namespace carillon::client {
namespace {

constexpr std::chrono::seconds patience{30};

} // namespace

TEST_CASE("child process: what it says is heard to the end, and how it ended") {
  child_process child({{"--version"}, {}});
  CHECK(child.pid() > 0);
  CHECK(child.read_rest().find("version") != std::string::npos);
  CHECK(child.wait() == 0);
}

TEST_CASE("child process: lines come one by one, and the end of them is an error") {
  child_process child({{"--list-test-cases", "--test-case=no such case", "--no-colors"}, {}});
  CHECK_FALSE(child.read_line(patience).empty());
  CHECK_THROWS_AS(([&] {
                    while (true)
                      child.read_line(patience);
                  }()),
                  client_error);
}

TEST_CASE("child process: one that ended without a word is told apart from one that is silent") {
  child_process child({{"--no-run", "--no-intro", "--no-version"}, {}});
  CHECK_THROWS_AS(([&] {
                    while (!child.poll_line())
                      continue;
                  }()),
                  client_error);
}

} // namespace carillon::client
