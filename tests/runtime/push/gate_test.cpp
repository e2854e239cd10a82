// When requests to one origin may go: alone, together on one connection, or not now.
#include <doctest/doctest.h>

#include "runtime/push/origin_gate.hpp"

namespace carillon::push {
namespace {

using verdict = origin_gate::verdict;

// Starts as many as it lets.
std::size_t start_all(origin_gate& gate) {
  std::size_t started = 0;
  while (gate.ask() == verdict::start) {
    gate.started();
    ++started;
  }
  return started;
}

TEST_CASE("push gate: the first goes alone until its connection stands, then three more, then as many as streams") {
  origin_gate gate;
  CHECK(start_all(gate) == 1);
  gate.connecting();
  CHECK(gate.ask() == verdict::wait);
  gate.connected();
  CHECK(start_all(gate) == 3);
  CHECK(gate.ask() == verdict::wait);
  gate.answered(true);
  CHECK(start_all(gate) == origin_gate::streams_max - 3);
  CHECK(gate.running() == origin_gate::streams_max);
  CHECK(gate.ask() == verdict::wait);
}

TEST_CASE("push gate: where each request needs its own connection there are four") {
  origin_gate gate;
  CHECK(start_all(gate) == 1);
  gate.connected();
  CHECK(start_all(gate) == 3);
  gate.answered(false);
  CHECK(start_all(gate) == 1);
  CHECK(gate.running() == origin_gate::connections_max);
}

TEST_CASE("push gate: after a rest the first goes alone again, its connection may be gone") {
  origin_gate gate;
  start_all(gate);
  gate.connected();
  gate.answered(true);
  CHECK(gate.running() == 0);
  CHECK(start_all(gate) == 1);
  CHECK(gate.ask() == verdict::wait);
  gate.connected();
  CHECK(start_all(gate) == origin_gate::streams_max - 1);
}

TEST_CASE("push gate: while a new connection is on its way nobody else starts one") {
  origin_gate gate;
  start_all(gate);
  gate.connected();
  gate.answered(true);
  start_all(gate);
  gate.connected();
  gate.connecting();
  CHECK(gate.ask() == verdict::wait);
  gate.connected();
  CHECK(gate.ask() == verdict::start);
}

TEST_CASE("push gate: an origin that does not answer is asked by one at a time, the others are turned away") {
  origin_gate gate;
  start_all(gate);
  gate.failed();
  CHECK(gate.failing());
  CHECK(gate.ask() == verdict::start);
  gate.started();
  CHECK(gate.ask() == verdict::turn_away);
  gate.connected();
  CHECK(gate.ask() == verdict::turn_away);
  gate.failed();
  CHECK(start_all(gate) == 1);
  gate.connected();
  gate.answered(true);
  CHECK_FALSE(gate.failing());
  CHECK(gate.ask() == verdict::start);
}

}  // namespace
}  // namespace carillon::push
