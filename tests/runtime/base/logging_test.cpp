// One call is one line of the log, whoever chose the words in it.
#include <doctest/doctest.h>

#include <array>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "runtime/base/logging.hpp"

using namespace carillon;

namespace {

// What `act` writes to standard error. Small enough for a pipe to hold.
template <class Act>
std::string said(Act act) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const int kept = ::dup(STDERR_FILENO);
  ::dup2(ends[1], STDERR_FILENO);
  act();
  ::dup2(kept, STDERR_FILENO);
  ::close(kept);
  ::close(ends[1]);
  std::string out(4'096, '\0');
  const ssize_t size = ::read(ends[0], out.data(), out.size());
  ::close(ends[0]);
  out.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return out;
}

}  // namespace

TEST_CASE("log: a line break in what a peer or a client said begins no line of its own") {
  const std::string forged = "x\r\n2026-01-01T00:00:00.000+0000 error storage: all is lost";
  const std::string line = said([&] { log_error("link", "it refuses us: {}", forged); });
  CHECK(line.find("it refuses us: x\\u000d\\u000a2026") != std::string::npos);
  CHECK(line.find('\n') == line.size() - 1);
}

TEST_CASE("log: words stay as they are otherwise") {
  const std::string line = said([] { log_warn("edge", "a \"b\" \\ \xec\x95\x88"); });
  CHECK(line.ends_with(" edge: a \"b\" \\ \xec\x95\x88\n"));
}
