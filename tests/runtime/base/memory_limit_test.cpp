// The limits of control groups, read from folders made as Linux makes them; and what this process has.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "runtime/base/memory_limit.hpp"

namespace carillon {
namespace {

namespace fs = std::filesystem;

struct paper_machine {
  paper_machine() {
    char pattern[] = "/tmp/memory_limit_XXXXXX";
    REQUIRE(::mkdtemp(pattern) != nullptr);
    root = pattern;
  }
  ~paper_machine() { fs::remove_all(root); }
  void write(const std::string& file, const std::string& text) const {
    fs::create_directories((fs::path(root) / file).parent_path());
    std::ofstream(root + '/' + file) << text << '\n';
  }
  std::string root;
};

}  // namespace

TEST_CASE("memory limit: of the groups up the tree the smallest limit counts") {
  paper_machine machine;
  machine.write("proc/self/cgroup", "0::/system.slice/carillon.service");
  machine.write("sys/fs/cgroup/system.slice/carillon.service/memory.max", "max");
  CHECK(memory_limit_of_groups(machine.root) == std::nullopt);
  machine.write("sys/fs/cgroup/system.slice/memory.max", "3000000000");
  CHECK(memory_limit_of_groups(machine.root) == 3'000'000'000);
  machine.write("sys/fs/cgroup/system.slice/carillon.service/memory.max", "2000000000");
  CHECK(memory_limit_of_groups(machine.root) == 2'000'000'000);
  machine.write("sys/fs/cgroup/system.slice/carillon.service/memory.max", "4000000000");
  CHECK(memory_limit_of_groups(machine.root) == 3'000'000'000);
}

TEST_CASE("memory limit: a container sees its own limit at the top, wherever its path points") {
  paper_machine machine;
  machine.write("proc/self/cgroup", "0::/../../docker/abc");
  machine.write("sys/fs/cgroup/memory.max", "1000000000");
  CHECK(memory_limit_of_groups(machine.root) == 1'000'000'000);
  machine.write("proc/self/cgroup", "0::/");
  CHECK(memory_limit_of_groups(machine.root) == 1'000'000'000);
}

TEST_CASE("memory limit: version 1 has a tree for memory, and a huge number for no limit") {
  paper_machine machine;
  machine.write("proc/self/cgroup", "11:cpu,cpuacct:/x\n7:memory:/docker/abc\n1:name=systemd:/y");
  machine.write("sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "9223372036854771712");
  CHECK(memory_limit_of_groups(machine.root) == std::nullopt);
  machine.write("sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "500000000");
  machine.write("sys/fs/cgroup/memory.max", "1");  // nobody asks for the other version's
  CHECK(memory_limit_of_groups(machine.root) == 500'000'000);
}

TEST_CASE("memory limit: without groups, or with nonsense in them, there is none") {
  paper_machine machine;
  CHECK(memory_limit_of_groups(machine.root) == std::nullopt);
  machine.write("proc/self/cgroup", "nonsense\n0::/a");
  machine.write("sys/fs/cgroup/a/memory.max", "plenty");
  CHECK(memory_limit_of_groups(machine.root) == std::nullopt);
}

TEST_CASE("memory limit: this process has some memory, of a machine that has more") {
  CHECK(resident_bytes() > 500'000);
  CHECK(resident_bytes() < memory_available());
}

}  // namespace carillon
