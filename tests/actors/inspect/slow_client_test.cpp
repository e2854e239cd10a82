// Why a client is slow, from what its connection says.
#include <doctest/doctest.h>

#include "actors/inspect/slow_client.hpp"

using namespace carillon;

namespace {

constexpr std::uint64_t limit = 4'000'000;

wire::session_details busy() {
  wire::session_details out;
  out.set_queued_bytes(200'000);
  out.set_queued_for(2'000'000);
  out.set_unacknowledged_bytes(90'000);
  out.set_window_bytes(60'000);
  out.set_acknowledged_ago(20'000);
  out.set_round_trip(80'000);
  return out;
}

}  // namespace

TEST_CASE("a slow client: nothing waits, or it is we who read slowly") {
  wire::session_details calm;
  CHECK(why_slow(calm, limit).empty());
  calm.set_unread_bytes(slow_unread_bytes - 1);
  CHECK(why_slow(calm, limit).empty());
  calm.set_unread_bytes(slow_unread_bytes);
  CHECK(why_slow(calm, limit) == "it sends faster than this host may take it");
  wire::session_details under_way;  // of a message that left just now
  under_way.set_unacknowledged_bytes(300);
  under_way.set_segments_unacknowledged(1);
  under_way.set_window_bytes(60'000);
  CHECK(why_slow(under_way, limit).empty());
  under_way.set_acknowledged_ago(60'000'000);  // nothing was sent for a minute
  CHECK(why_slow(under_way, limit).empty());
}

TEST_CASE("a slow client: a burst that leaves in a moment makes nobody slow") {
  auto burst = busy();
  burst.set_queued_for(slow_after - 1);
  CHECK(why_slow(burst, limit).empty());
  burst.set_queued_for(0);
  burst.set_queued_bytes(0);
  CHECK(why_slow(burst, limit).empty());
  burst.set_queued_bytes(limit / slow_queue_part);
  CHECK(why_slow(burst, limit).empty());
  burst.set_queued_bytes(limit / slow_queue_part + 1);
  CHECK_FALSE(why_slow(burst, limit).empty());
  burst.set_queued_bytes(1);
  burst.set_queued_for(slow_after);
  CHECK_FALSE(why_slow(burst, limit).empty());
}

TEST_CASE("a slow client: one that does not read, one that is not reached, one that is far") {
  auto reads_nothing = busy();
  reads_nothing.set_unsent_bytes(80'000);
  reads_nothing.set_window_bytes(0);
  CHECK(why_slow(reads_nothing, limit).starts_with("the client does not read"));
  auto unreached = busy();
  unreached.set_acknowledged_ago(4'200'000);
  unreached.set_segments_unacknowledged(12);
  unreached.set_timeouts(5);
  CHECK(why_slow(unreached, limit) ==
        "the network, or its machine: nothing acknowledged for 4.2 s, the same segment sent again 5 times");
  CHECK(why_slow(busy(), limit) ==
        "the client or its network takes it slowly: 90000 bytes under way, round trip 80.0 ms");
}
