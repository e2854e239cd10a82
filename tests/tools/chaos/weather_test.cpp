// Faults that overlap, as pure values: what they make of links, disks and clocks together, and that
// nothing is left of one that is over.
#include <doctest/doctest.h>

#include "tools/chaos/weather.hpp"

using namespace carillon;
using namespace carillon::chaos;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t hosts = 3;

fault_at fault(fault_kind kind, target whom) {
  fault_at out;
  out.plan.fault = kind;
  out.whom = std::move(whom);
  return out;
}

// Which directions are cut, as "ab" for what a says to b.
std::string cuts(const std::vector<fault_at>& faults) {
  std::string out;
  auto links = links_under(faults, hosts);
  for (std::size_t from = 0; from < hosts; ++from)
    for (std::size_t to = 0; to < hosts; ++to)
      if (links[from * hosts + to].cut) {
        out += static_cast<char>('a' + from);
        out += static_cast<char>('a' + to);
        out += ' ';
      }
  return out;
}

}  // namespace

TEST_CASE("weather: a partition cuts both ways, between two hosts only if it is told so") {
  CHECK(cuts({fault(fault_kind::partition, {{0}, {1, 2}})}) == "ab ac ba ca ");
  CHECK(cuts({fault(fault_kind::partition, {{0}, {2}})}) == "ac ca ");
  CHECK(cuts({fault(fault_kind::partition, {{0, 1, 2}, {0, 1, 2}})}) == "ab ac ba bc ca cb ");
  CHECK(cuts({}) == "");
}

TEST_CASE("weather: one way is what a host says, or what it hears") {
  CHECK(cuts({fault(fault_kind::one_way, {{0}, {1, 2}, true})}) == "ab ac ");
  CHECK(cuts({fault(fault_kind::one_way, {{0}, {1, 2}, false})}) == "ba ca ");
}

TEST_CASE("weather: two faults on one link add up, and each pair of all hosts is met once") {
  fault_at slow = fault(fault_kind::network, {{0, 1, 2}, {0, 1, 2}});
  slow.plan.delay_ms = 10;
  slow.plan.loss_percent = 50;
  fault_at slower = fault(fault_kind::network, {{1}, {0, 2}});
  slower.plan.delay_ms = 5;
  slower.plan.bandwidth_kbit = 100;
  auto links = links_under({slow, slower}, hosts);
  CHECK(links[0 * hosts + 2] == cluster::link_weather{.delay = 10ms, .loss = 0.5});
  CHECK(links[0 * hosts + 1] ==
        cluster::link_weather{.delay = 15ms, .loss = 0.5, .bits_per_second = 100'000});
  CHECK(links[0 * hosts + 1] == links[1 * hosts + 0]);
  CHECK(cuts({slow, slower, fault(fault_kind::partition, {{2}, {0}})}) == "ac ca ");
}

TEST_CASE("weather: disks and clocks are those of the fault's hosts, and add up") {
  fault_at slow = fault(fault_kind::slow_fsync, {{1}, {}});
  slow.plan.delay_ms = 20;
  fault_at wrong = fault(fault_kind::clock, {{0, 1, 2}, {}});
  wrong.plan.step_seconds = -60;
  CHECK(host_under({slow, wrong}, 0) == faults::host_weather{.clock_offset = -60s});
  CHECK(host_under({slow, wrong}, 1) ==
        faults::host_weather{.sync_delay = 20ms, .clock_offset = -60s});
  fault_at hangs = fault(fault_kind::hang_fsync, {{1}, {}});
  CHECK(host_under({slow, hangs}, 1).sync_delay == faults::host_weather::for_ever);
  CHECK(host_under({fault(fault_kind::write_error, {{1}, {}})}, 1).writes_fail);
  CHECK(host_under({fault(fault_kind::fsync_error, {{1}, {}})}, 1).syncs_fail);
  CHECK(host_under({fault(fault_kind::kill, {{1}, {}})}, 1) == faults::host_weather{});
}

TEST_CASE("weather: a fault takes the keys that are its own") {
  CHECK(may_have(fault_kind::network, "host"));
  CHECK(may_have(fault_kind::network, "bandwidth_kbit"));
  CHECK(may_have(fault_kind::slow_fsync, "delay_ms"));
  CHECK_FALSE(may_have(fault_kind::slow_fsync, "loss_percent"));
  CHECK_FALSE(may_have(fault_kind::reconnect_storm, "host"));
  CHECK_FALSE(may_have(fault_kind::kill, "ost"));
}
