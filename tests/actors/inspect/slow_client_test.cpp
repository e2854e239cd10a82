// Why a client is slow, from what its connection says.
#include <doctest/doctest.h>

#include "actors/inspect/slow_client.hpp"

using namespace carillon;

namespace {

wire::session_details busy() {
  wire::session_details out;
  out.set_queued_bytes(200'000);
  out.set_unacknowledged_bytes(90'000);
  out.set_window_bytes(60'000);
  out.set_acknowledged_ago(20'000);
  out.set_round_trip(80'000);
  return out;
}

}  // namespace

TEST_CASE("a slow client: nothing waits, or it is we who read slowly") {
  wire::session_details calm;
  CHECK(why_slow(calm).empty());
  calm.set_unread_bytes(10'000);
  CHECK(why_slow(calm) == "it sends faster than this host may take it");
  wire::session_details under_way;  // of a message that left just now
  under_way.set_unacknowledged_bytes(300);
  under_way.set_segments_unacknowledged(1);
  under_way.set_window_bytes(60'000);
  CHECK(why_slow(under_way).empty());
}

TEST_CASE("a slow client: one that does not read, one that is not reached, one that is far") {
  auto reads_nothing = busy();
  reads_nothing.set_unsent_bytes(80'000);
  reads_nothing.set_window_bytes(0);
  CHECK(why_slow(reads_nothing).starts_with("the client does not read"));
  auto unreached = busy();
  unreached.set_acknowledged_ago(4'200'000);
  unreached.set_segments_unacknowledged(12);
  unreached.set_timeouts(5);
  CHECK(why_slow(unreached) ==
        "the network, or its machine: nothing acknowledged for 4.2 s, the same segment sent again 5 times");
  CHECK(why_slow(busy()) ==
        "the client or its network takes it slowly: 90000 bytes under way, round trip 80.0 ms");
}
