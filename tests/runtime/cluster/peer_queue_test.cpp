// What waits for one peer: its bound in bytes, who makes room for whom, and that order is kept.
#include <doctest/doctest.h>

#include "runtime/cluster/peer_queue.hpp"

namespace carillon::cluster {
namespace {

wire::peer_item item(wire::item_kind kind, std::size_t cost, std::uint64_t id = 0) {
  wire::peer_item out;
  out.set_kind(kind);
  out.set_id(id);
  std::size_t empty = cost_of(out);
  out.set_body(std::string(cost - empty, 'x'));
  return out;
}

std::vector<std::uint64_t> ids(const wire::peer_envelope& envelope) {
  std::vector<std::uint64_t> out;
  for (const wire::peer_item& each : envelope.items())
    out.push_back(each.id());
  return out;
}

const auto nothing_is_void = [](const wire::peer_item&) { return false; };

TEST_CASE("peer queue: what fits to the byte is taken, one byte more is not") {
  peer_queue queue(1'000);
  CHECK(queue.push(item(wire::ITEM_EVENTS, 600)).taken);
  CHECK_FALSE(queue.push(item(wire::ITEM_EVENTS, 401)).taken);
  CHECK(queue.push(item(wire::ITEM_EVENTS, 400)).taken);
  CHECK(queue.bytes() == 1'000);
  peer_queue small(100);
  CHECK_FALSE(small.push(item(wire::ITEM_RAFT, 101)).taken);
  CHECK(small.empty());
}

TEST_CASE("peer queue: raft items make room, the oldest first, and nobody else does") {
  peer_queue queue(1'000);
  queue.push(item(wire::ITEM_RAFT, 300, 1));
  queue.push(item(wire::ITEM_EVENTS, 300, 2));
  queue.push(item(wire::ITEM_RAFT, 300, 3));
  auto outcome = queue.push(item(wire::ITEM_REQUEST, 400, 4));
  CHECK(outcome.taken);
  CHECK(outcome.raft_dropped == 1);
  outcome = queue.push(item(wire::ITEM_RAFT, 300, 5));
  CHECK(outcome.taken);
  CHECK(outcome.raft_dropped == 1);
  outcome = queue.push(item(wire::ITEM_EVENTS, 900, 6));
  CHECK_FALSE(outcome.taken);
  CHECK(outcome.raft_dropped == 1);
  wire::peer_envelope envelope;
  queue.fill(envelope, 10'000, nothing_is_void);
  CHECK(ids(envelope) == std::vector<std::uint64_t>{2, 4});
}

TEST_CASE("peer queue: an envelope is filled to its size in the order of arrival, larger items go alone") {
  peer_queue queue(10'000);
  queue.push(item(wire::ITEM_EVENTS, 100, 1));
  queue.push(item(wire::ITEM_RAFT, 100, 2));
  queue.push(item(wire::ITEM_EVENTS, 101, 3));
  queue.push(item(wire::ITEM_EVENTS, 2'000, 4));
  queue.push(item(wire::ITEM_RAFT, 100, 5));
  std::vector<std::vector<std::uint64_t>> seen;
  while (!queue.empty()) {
    wire::peer_envelope envelope;
    queue.fill(envelope, 300, nothing_is_void);
    seen.push_back(ids(envelope));
  }
  CHECK(seen == std::vector<std::vector<std::uint64_t>>{{1, 2}, {3}, {4}, {5}});
  CHECK(queue.bytes() == 0);
}

TEST_CASE("peer queue: void items are left out and cost nothing") {
  peer_queue queue(10'000);
  for (std::uint64_t id = 1; id <= 4; ++id)
    queue.push(item(wire::ITEM_REQUEST, 100, id));
  wire::peer_envelope envelope;
  auto odd = [](const wire::peer_item& each) { return each.id() % 2 == 1; };
  CHECK(queue.fill(envelope, 200, odd) == 200);
  CHECK(ids(envelope) == std::vector<std::uint64_t>{2, 4});
  CHECK(queue.bytes() == 0);
}

}  // namespace
}  // namespace carillon::cluster
