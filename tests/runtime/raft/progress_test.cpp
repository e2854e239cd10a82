// What a leader believes about a member, and which answers change it.
#include <doctest/doctest.h>

#include "runtime/raft/progress.hpp"

namespace carillon::raft {
namespace {

progress probing(log_index next) {
  return {.id = 2, .next = next};
}

progress replicating(log_index match) {
  progress p{.id = 2, .next = match + 1};
  p.acknowledged(match);
  return p;
}

}  // namespace

TEST_CASE("progress: a probe is one append, until it is answered") {
  progress p = probing(8);
  CHECK(p.may_send(64, 1'000));
  p.sent(9, 1);
  CHECK_FALSE(p.may_send(64, 1'000));
  CHECK(p.next == 8);  // what a probe carried is not counted on
  CHECK(p.refused(7, 4));
  CHECK(p.may_send(64, 1'000));
  CHECK(p.next == 5);
  p.sent(9, 1);
  CHECK(p.acknowledged(9));
  CHECK(p.now == progress::mode::replicate);
  CHECK(p.match == 9);
  CHECK(p.next == 10);
}

TEST_CASE("progress: only an answer at or above the probed place ends the probe") {
  progress p = probing(8);
  p.sent(7, 1);
  CHECK(p.acknowledged(6));  // news all the same
  CHECK(p.now == progress::mode::probe);
  CHECK(p.acknowledged(7));
  CHECK(p.now == progress::mode::replicate);
}

TEST_CASE("progress: a refusal of another place than the probed one is old") {
  progress p = probing(8);
  p.sent(7, 1);
  CHECK_FALSE(p.refused(6, 2));
  CHECK_FALSE(p.refused(8, 2));
  CHECK(p.next == 8);
}

TEST_CASE("progress: a hint neither moves a probe up nor below what is known to match") {
  progress p = probing(8);
  p.acknowledged(3);
  p.sent(7, 1);
  CHECK(p.refused(7, 100));
  CHECK(p.next == 7);
  p.sent(6, 1);
  CHECK(p.refused(6, 1));
  CHECK(p.next == 4);
}

TEST_CASE("progress: a member that lost what it had acknowledged is taken back to what it has") {
  progress p = replicating(8);
  p.probe_again();
  p.sent(8, 0);
  CHECK(p.refused(8, 3));  // its log ends at 3 now
  CHECK(p.match == 3);     // nothing more is counted on it
  CHECK(p.next == 4);
  p.sent(4, 1);
  CHECK(p.acknowledged(4));
  CHECK(p.match == 4);
  CHECK(p.now == progress::mode::replicate);
}

TEST_CASE("progress: appends run ahead of their answers up to the limit") {
  progress p = replicating(5);
  p.sent(6, 1);
  CHECK(p.may_send(2, 1'000));
  p.sent(9, 1);
  CHECK_FALSE(p.may_send(2, 1'000));
  CHECK(p.next == 10);
  p.sent(9, 1);  // a beat carries nothing and takes no place
  CHECK(p.in_flight.size() == 2);
  CHECK(p.acknowledged(6));
  CHECK(p.may_send(2, 1'000));
  CHECK_FALSE(p.acknowledged(6));
  CHECK(p.acknowledged(9));
  CHECK(p.in_flight.empty());
}

TEST_CASE("progress: a refusal above match means a loss, one at match is old") {
  progress p = replicating(5);
  p.sent(6, 1);
  p.sent(7, 1);
  CHECK_FALSE(p.refused(5, 3));
  CHECK(p.now == progress::mode::replicate);
  CHECK(p.refused(6, 3));
  CHECK(p.now == progress::mode::probe);
  CHECK(p.next == 6);
  CHECK(p.in_flight.empty());
}

}  // namespace carillon::raft
