// A memory limit ends a process that wants more, and does not once it is lifted.
#include <csignal>

#include <unistd.h>

#include <doctest/doctest.h>

#include "runtime/base/clock.hpp"
#include "tools/client/host_process.hpp"
#include "tools/cluster/command.hpp"
#include "tools/faults/memory_cage.hpp"

using namespace carillon;
using namespace carillon::faults;

TEST_CASE("cage: who wants more than the limit is ended by the kernel, until it is lifted") {
  if (auto why = memory_cage::obstacle()) {
    MESSAGE("skipped: " << *why);
    return;
  }
  memory_cage cage("carillon-test-" + std::to_string(::getpid()));
  auto eat = [&](int megabytes) {
    return cluster::run_command({"sh", "-c",
                                 "echo 0 > " + cage.folder() + "/cgroup.procs && exec " +
                                     client::program_beside_us("fault_probe") + " eat " +
                                     std::to_string(megabytes)})
        .exit_code;
  };
  CHECK(eat(64) == 0);
  cage.limit(64 << 20);
  CHECK(eat(8) == 0);
  CHECK(cage.kills() == 0);
  CHECK(eat(128) != 0);
  CHECK(cage.kills() >= 1);
  cage.lift();
  CHECK(eat(128) == 0);
}

TEST_CASE("cage: a limit below what a process holds ends it") {
  if (auto why = memory_cage::obstacle()) {
    MESSAGE("skipped: " << *why);
    return;
  }
  client::scratch_folder folder;
  memory_cage cage("carillon-test-" + std::to_string(::getpid()) + "-below");
  client::host_process host({.program = client::program_beside_us("fault_probe"),
                             .data = folder.path() + "/data",
                             .arguments = {"hold"},
                             .cgroup = cage.folder()});
  host.launch();
  const tick_time deadline = steady_now() + std::chrono::seconds(20);
  while (cage.held_bytes() < (32u << 20)) {
    REQUIRE(host.is_running());
    REQUIRE(steady_now() < deadline);
  }
  cage.limit(-(16 << 20));
  auto ended = host.wait_for_exit(std::chrono::seconds(20));
  REQUIRE(ended);
  CHECK(ended->signal == SIGKILL);
  CHECK(cage.kills() == 1);
  cage.lift();
}
