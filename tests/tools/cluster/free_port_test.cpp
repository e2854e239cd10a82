// Ports for the hosts of a trial.
#include <set>

#include <doctest/doctest.h>

#include "tools/cluster/cluster_process.hpp"

using namespace carillon;

TEST_CASE("free port: no two hosts of a process are given the same") {
  std::set<std::uint16_t> given;
  for (int i = 0; i < 2'000; ++i)
    CHECK(given.insert(cluster::free_port()).second);
}
