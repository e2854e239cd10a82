// Leaders' questions: which of them a link answers for a replica, and when those of this host leave.
#include <doctest/doctest.h>

#include <set>

#include "actors/raft_line.hpp"

namespace carillon {
namespace {

constexpr raft::member_id me = 1, leader = 2, other = 3;

raft::message asks(raft::term_t term, std::uint64_t round, raft::member_id to = me) {
  raft::message out;
  out.kind = raft::message_kind::read_check;
  out.from = leader;
  out.to = to;
  out.term = term;
  out.context = round;
  return out;
}

raft::message of_kind(raft::message_kind kind, raft::term_t term) {
  raft::message out = asks(term, 0);
  out.kind = kind;
  return out;
}

raft_line::item question(raft::member_id to, std::uint32_t group, std::string body = "?") {
  return {to, group, std::move(body)};
}

std::set<std::uint32_t> groups(const std::vector<raft_line::item>& items) {
  std::set<std::uint32_t> out;
  for (const auto& each : items)
    out.insert(each.group);
  return out;
}

}  // namespace

TEST_CASE("raft line: who follows in the leader's term affirms it, and its replica hears nothing of that") {
  std::vector<raft::message> came{asks(7, 41)};
  const auto answers = raft_line::answer(me, 7, came);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].kind == raft::message_kind::read_check_reply);
  CHECK(answers[0].from == me);
  CHECK(answers[0].to == leader);
  CHECK(answers[0].term == 7);
  CHECK(answers[0].context == 41);
  CHECK(came.empty());
}

TEST_CASE("raft line: a leader of another term, older or newer, is the replica's to answer") {
  for (raft::term_t term : {6u, 8u, 0u}) {
    CAPTURE(term);
    std::vector<raft::message> came{asks(term, 1)};
    CHECK(raft_line::answer(me, 7, came).empty());
    CHECK(came.size() == 1);
  }
}

TEST_CASE("raft line: a replica that follows nobody, and a question without a term, are not answered for") {
  std::vector<raft::message> came{asks(7, 1), asks(0, 1)};
  CHECK(raft_line::answer(me, 0, came).empty());
  CHECK(came.size() == 2);
}

TEST_CASE("raft line: what was meant for another host, or says it is from this one, is not answered") {
  std::vector<raft::message> came{asks(7, 1, other), asks(7, 1)};
  came[1].from = me;
  CHECK(raft_line::answer(me, 7, came).empty());
  CHECK(came.size() == 2);
}

TEST_CASE("raft line: other messages beside a question stay the replica's, in their order") {
  std::vector<raft::message> came{of_kind(raft::message_kind::append, 7), asks(7, 1),
                                  of_kind(raft::message_kind::append_reply, 7), asks(7, 2)};
  CHECK(raft_line::answer(me, 7, came).size() == 2);
  REQUIRE(came.size() == 2);
  CHECK(came[0].kind == raft::message_kind::append);
  CHECK(came[1].kind == raft::message_kind::append_reply);
}

TEST_CASE("raft line: what a replica says of its group holds until it says something else, and of no other") {
  following followed(2);
  CHECK(followed.term_of(0) == 0);
  followed.says(0, 5);
  CHECK(followed.term_of(0) == 5);
  CHECK(followed.term_of(1) == 0);
  followed.says(0, 0);
  CHECK(followed.term_of(0) == 0);
  followed.says(2, 5);  // a group that there is not
  CHECK(followed.term_of(2) == 0);
}

TEST_CASE("raft line: the first question goes at once, those after it together when an answer came") {
  raft_line line;
  auto first = question(leader, 1);
  CHECK(line.may_go(first));
  for (std::uint32_t group : {2u, 3u}) {
    auto next = question(leader, group);
    CHECK_FALSE(line.may_go(next));
  }
  auto elsewhere = question(other, 2);
  CHECK(line.may_go(elsewhere));  // each host has its own
  CHECK(groups(line.answered(leader, 1)) == std::set<std::uint32_t>{2, 3});
  auto later = question(leader, 4);
  CHECK_FALSE(line.may_go(later));  // that batch is out now
  CHECK(groups(line.answered(leader, 2)) == std::set<std::uint32_t>{4});
  CHECK(line.answered(leader, 4).empty());
  auto again = question(leader, 5);
  CHECK(line.may_go(again));
}

TEST_CASE("raft line: the first answer to a batch releases the next, those after it and those from before do not") {
  raft_line line;
  auto first = question(leader, 1), second = question(leader, 2), third = question(leader, 3);
  CHECK(line.may_go(first));
  CHECK_FALSE(line.may_go(second));
  CHECK_FALSE(line.may_go(third));
  CHECK(groups(line.answered(leader, 1)) == std::set<std::uint32_t>{2, 3});
  auto fourth = question(leader, 4), fifth = question(leader, 5);
  CHECK_FALSE(line.may_go(fourth));
  CHECK(line.answered(leader, 1).empty());  // of the batch before
  CHECK(groups(line.answered(leader, 2)) == std::set<std::uint32_t>{4});
  CHECK_FALSE(line.may_go(fifth));
  CHECK(line.answered(leader, 3).empty());  // of the batch before, which released already
  CHECK(groups(line.answered(leader, 4)) == std::set<std::uint32_t>{5});
}

TEST_CASE("raft line: the no of a replica in a newer term is an answer, and so it holds up nobody") {
  auto no = of_kind(raft::message_kind::append_reply, 8);
  CHECK_FALSE(raft_line::holds_answer({no}));  // of entries that it took
  no.reject = true;
  CHECK(raft_line::holds_answer({no}));
  CHECK(raft_line::holds_answer({of_kind(raft::message_kind::read_check_reply, 7)}));
  CHECK_FALSE(raft_line::holds_answer({asks(7, 1)}));
}

TEST_CASE("raft line: a group whose replica says nothing holds up the others once, until it speaks again") {
  raft_line line;
  auto mute = question(leader, 1), other_group = question(leader, 2), next = question(leader, 3);
  CHECK(line.may_go(mute));
  CHECK(line.tick().empty());
  CHECK(line.tick().empty());  // nothing waited
  CHECK(line.may_go(mute));
  CHECK(line.may_go(other_group));  // not behind it
  CHECK(line.may_go(mute));         // nor does it wait
  CHECK_FALSE(line.may_go(next));
  CHECK(line.answered(leader, 1).empty());
  CHECK_FALSE(line.may_go(mute));  // again as the others
  CHECK(groups(line.answered(leader, 2)) == std::set<std::uint32_t>{1, 3});
}

TEST_CASE("raft line: a group that asks again before its question left asks the newer one only") {
  raft_line line;
  auto first = question(leader, 1), old = question(leader, 2, "round 1"), young = question(leader, 2, "round 2");
  CHECK(line.may_go(first));
  CHECK_FALSE(line.may_go(old));
  CHECK_FALSE(line.may_go(young));
  const auto out = line.answered(leader, 1);
  REQUIRE(out.size() == 1);
  CHECK(out[0].body == "round 2");
}

TEST_CASE("raft line: behind a host that says nothing, questions wait for two ticks and no longer") {
  raft_line line;
  auto first = question(leader, 1), second = question(leader, 2);
  CHECK(line.may_go(first));
  CHECK(line.tick().empty());
  CHECK_FALSE(line.may_go(second));
  CHECK(groups(line.tick()) == std::set<std::uint32_t>{2});
  CHECK(line.tick().empty());
  CHECK(line.tick().empty());  // nothing waited: nothing is out any more
  auto third = question(leader, 3);
  CHECK(line.may_go(third));
}

}  // namespace carillon
