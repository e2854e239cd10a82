// What a hub tells slots: one envelope at a time, the last word about each channel, and nothing that
// a retry could undo, whoever leads and however often that changes.
#include "actors/hub/interest_lanes.hpp"

#include <doctest/doctest.h>

using namespace carillon;

namespace {

constexpr slot_id slot = 3;
const tick_time now{};

ask_knowledge led_by(raft::member_id leader) {
  ask_knowledge known;
  known.self = 1;
  known.leader = leader;
  return known;
}

TEST_CASE("lanes: what is wanted goes out in one envelope per slot, to its leader") {
  interest_lanes lanes;
  lanes.want(slot, "C1", 5, 1);
  lanes.want(slot, "C2", std::nullopt, 2);
  lanes.withdraw(slot, "C3");
  lanes.want(7, "C4", std::nullopt, 3);
  CHECK(lanes.due() == std::vector<slot_id>{slot, 7});
  auto step = lanes.next(slot, led_by(2), now, 0);
  REQUIRE(step.how.what == ask_step::kind::ask);
  CHECK(step.how.to == 2);
  CHECK(step.envelope->slot() == slot);
  CHECK(step.envelope->channels_size() == 2);
  CHECK(step.envelope->withdrawn_size() == 1);
  for (const auto& interest : step.envelope->channels())
    CHECK(interest.has_after_seq() == (interest.channel_id() == "C1"));
  CHECK(lanes.due() == std::vector<slot_id>{7});
  CHECK(lanes.answered(slot, step.number));
  CHECK(lanes.due() == std::vector<slot_id>{7});
}

TEST_CASE("lanes: the last word about a channel is the only one in an envelope") {
  interest_lanes lanes;
  lanes.want(slot, "C1", 5, 1);
  lanes.withdraw(slot, "C1");
  lanes.want(slot, "C1", 9, 2);
  auto step = lanes.next(slot, led_by(2), now, 0);
  CHECK(step.envelope->withdrawn_size() == 0);
  REQUIRE(step.envelope->channels_size() == 1);
  CHECK(step.envelope->channels(0).after_seq() == 9);
  CHECK(step.envelope->channels(0).serial() == 2);
}

TEST_CASE("lanes: while an envelope is under way, what comes waits for its answer") {
  interest_lanes lanes;
  lanes.want(slot, "C1", 5, 1);
  auto first = lanes.next(slot, led_by(2), now, 0);
  lanes.want(slot, "C2", 1, 2);
  CHECK(lanes.due().empty());
  CHECK_FALSE(lanes.answered(slot, first.number + 1));
  CHECK(lanes.answered(slot, first.number));
  CHECK_FALSE(lanes.answered(slot, first.number));  // twice
  auto second = lanes.next(slot, led_by(2), now, 0);
  REQUIRE(second.envelope->channels_size() == 1);
  CHECK(second.envelope->channels(0).channel_id() == "C2");
}

TEST_CASE("lanes: what was refused goes back under what was said since") {
  interest_lanes lanes;
  lanes.want(slot, "C1", 5, 1);
  lanes.want(slot, "C2", 5, 2);
  auto first = lanes.next(slot, led_by(2), now, 0);
  lanes.withdraw(slot, "C1");
  lanes.refused(slot, first.number);
  CHECK(lanes.due() == std::vector<slot_id>{slot});
  auto wait = lanes.next(slot, led_by(2), now, 0);
  REQUIRE(wait.how.what == ask_step::kind::wait);
  CHECK(lanes.due().empty());
  lanes.waited(slot);
  auto again = lanes.next(slot, led_by(3), now, 0);
  REQUIRE(again.how.what == ask_step::kind::ask);
  CHECK(again.how.to == 3);
  REQUIRE(again.envelope->withdrawn_size() == 1);
  CHECK(again.envelope->withdrawn(0) == "C1");
  REQUIRE(again.envelope->channels_size() == 1);
  CHECK(again.envelope->channels(0).channel_id() == "C2");
}

TEST_CASE("lanes: when another host leads, what was under way is said again there") {
  interest_lanes lanes;
  lanes.want(slot, "C1", 5, 1);
  auto first = lanes.next(slot, led_by(2), now, 0);
  lanes.leader_changed(slot);
  CHECK_FALSE(lanes.answered(slot, first.number));  // too late
  lanes.refused(slot, first.number);                // likewise
  auto second = lanes.next(slot, led_by(3), now, 0);
  REQUIRE(second.how.what == ask_step::kind::ask);
  CHECK(second.how.to == 3);
  CHECK(second.envelope->channels_size() == 1);
  lanes.leader_changed(8);  // a slot that nobody asked anything: nothing happens
  CHECK(lanes.due().empty());
}

TEST_CASE("lanes: a slot with very many channels is told in several envelopes") {
  interest_lanes lanes;
  for (int i = 0; i < 257; ++i)
    lanes.want(slot, "C" + std::to_string(i), 0, 1);
  auto first = lanes.next(slot, led_by(2), now, 0);
  CHECK(first.envelope->channels_size() == 256);
  CHECK(lanes.answered(slot, first.number));
  auto second = lanes.next(slot, led_by(2), now, 0);
  CHECK(second.envelope->channels_size() == 1);
}

}  // namespace
