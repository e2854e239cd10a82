// What scripts cannot say of groups that change, read, catch up and fail: values at their borders,
// and shells or disks that misbehave.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/runtime/raft/bench.hpp"

namespace carillon::raft {
TEST_CASE("membership: a configuration is written and read back, and other bytes are none") {
  configuration group{.voters = {1, 1ull << 63}, .learners = {7}};
  CHECK(decode_configuration(*encode_configuration(group)) == group);
  CHECK(decode_configuration(*encode_configuration({})) == configuration{});
  CHECK(decode_configuration("\xff\xff") == std::nullopt);
}

TEST_CASE("membership: the newest configuration in the log counts, and falls back with it") {
  membership group({.voters = {1, 2}, .learners = {}}, 10);
  CHECK(group.since() == 10);
  group.append(12, {.voters = {1, 2}, .learners = {3}});
  group.append(15, {.voters = {1, 2, 3}, .learners = {}});
  CHECK(group.is_voter(3));
  CHECK(group.since() == 15);
  CHECK_FALSE(group.was_voter(3, 14));
  CHECK(group.was_voter(3, 15));
  group.truncate(15);  // stays
  CHECK(group.since() == 15);
  group.truncate(14);
  CHECK(group.is_learner(3));
  CHECK(group.since() == 12);
  group.applied(11);
  CHECK(group.as_of_applied().learners.empty());
  group.applied(12);
  CHECK(group.as_of_applied().learners == std::vector<member_id>{3});
  group.truncate(12);
  CHECK(group.is_learner(3));
  group.restart(20, {.voters = {4}, .learners = {}});
  CHECK(group.is_voter(4));
  CHECK_FALSE(group.contains(1));
}

TEST_CASE("raft: after a restart the configurations in the log count, committed or not") {
  failing_log log;
  configuration larger{.voters = {1, 2, 3, 4}, .learners = {}};
  log.good.append({command(1), config_entry(2, larger), command(3)});
  seeded_random random(1);
  raft as_of_one({.self = 1}, {.term = 1, .vote = 0}, three, 1, log, random);
  CHECK(as_of_one.members() == larger);
  CHECK(as_of_one.is_changing());
  raft as_of_two({.self = 1}, {.term = 1, .vote = 0}, larger, 2, log, random);
  CHECK(as_of_two.members() == larger);
  CHECK_FALSE(as_of_two.is_changing());
}

TEST_CASE("raft: so many readies are out as are allowed, and words do not wait for the disk") {
  bench b({.self = 1, .readies_in_flight = 2});
  b.lead();
  REQUIRE(b.core.propose(text("a")));
  b.take();
  REQUIRE(b.core.propose(text("b")));
  b.take();
  CHECK(b.core.readies_out() == 2);
  REQUIRE(b.core.propose(text("c")));
  CHECK_FALSE(b.core.has_ready());
  // A nomination's question, a read's round: answered while two writes are under way.
  b.core.step({.kind = message_kind::pre_vote, .from = 3, .to = 1, .term = 2});
  REQUIRE(b.core.has_ready());
  ready words = b.take();
  CHECK(words.messages.size() == 1);
  CHECK(words.entries.empty());
  CHECK_FALSE(words.must_persist());
  CHECK_FALSE(b.core.has_ready());
  b.core.advance();
  CHECK(b.core.persisted_index() == 2);
  CHECK_FALSE(b.core.has_ready());  // b and the words are out
  b.core.advance();
  CHECK(b.core.persisted_index() == 3);
  CHECK(b.take().entries.size() == 1);
  b.core.advance();  // the words
  CHECK(b.core.persisted_index() == 3);
  b.core.advance();
  CHECK(b.core.persisted_index() == 4);
}

TEST_CASE("raft: a leader counts itself only for what is on its disk, write by write") {
  bench b({.self = 1, .readies_in_flight = 4});
  b.lead();
  REQUIRE(b.core.propose(text("a")));
  b.take();
  REQUIRE(b.core.propose(text("b")));
  b.take();
  b.hear(message_kind::append_reply, 2, 3);
  CHECK(b.core.commit_index() == 1);
  b.core.advance();
  CHECK(b.core.commit_index() == 2);
  b.core.advance();
  CHECK(b.core.commit_index() == 3);
}

TEST_CASE("raft: a vote counts when its write is done, also with other writes in front") {
  bench b;
  b.follow({command(1), command(2)}, 0);
  b.take();
  b.core.campaign();
  b.take();
  b.hear(message_kind::vote_reply, 2);
  CHECK(b.core.current_role() == role::candidate);  // our own is under way
  b.core.advance();                                 // the entries
  CHECK(b.core.current_role() == role::candidate);
  b.core.advance();
  CHECK(b.core.current_role() == role::leader);
  bench alone({.self = 1}, {.voters = {1}, .learners = {}});
  alone.core.campaign();
  alone.take();
  CHECK(alone.core.current_role() == role::candidate);
  alone.core.advance();
  CHECK(alone.core.current_role() == role::leader);
}

TEST_CASE("raft: a snapshot is offered only as of what the tables show") {
  bench b;
  b.lead();
  REQUIRE(b.core.propose(text("a")));
  b.settle();
  b.hear(message_kind::append_reply, 2, 2);
  ready committed = b.take();
  REQUIRE(committed.committed.size() == 1);  // on its way into the tables
  CHECK(b.core.applied_index() == 1);
  b.core.step({.kind = message_kind::append_reply,
               .from = 3,
               .to = 1,
               .term = 1,
               .reject = true,
               .force = true});
  auto offered = [&] {
    std::vector<message> sent = b.take().messages;
    auto at = std::find_if(sent.begin(), sent.end(),
                           [](const message& m) { return m.kind == message_kind::snapshot; });
    REQUIRE(at != sent.end());
    return at->index;
  };
  CHECK(offered() == 1);
  b.core.advance();
  b.core.advance();
  b.core.step({.kind = message_kind::append_reply,
               .from = 3,
               .to = 1,
               .term = 1,
               .reject = true,
               .force = true});
  CHECK(offered() == 2);
}

TEST_CASE("raft: a leader with damaged tables offers them to nobody, and takes no proposals") {
  bench b;
  b.lead();
  b.core.request_snapshot();
  REQUIRE(b.core.current_role() == role::leader);  // it hands over, which takes its time
  CHECK_FALSE(b.core.may_serve());
  CHECK_FALSE(b.core.propose(text("a")));
  b.settle();
  b.core.step({.kind = message_kind::append_reply,
               .from = 3,
               .to = 1,
               .term = 1,
               .reject = true,
               .force = true});
  for (const message& m : b.settle())
    CHECK(m.kind != message_kind::snapshot);
}

TEST_CASE("raft: a leader whose disk cannot give an old entry offers its tables instead") {
  bench b;
  b.lead();
  for (int i = 0; i < 3; ++i)
    REQUIRE(b.core.propose(text("a")));
  b.settle();
  b.hear(message_kind::append_reply, 2, 4);
  b.settle();
  b.log.unreadable = 3;
  b.core.step({.kind = message_kind::append_reply, .from = 3, .to = 1, .term = 1, .reject = true});
  std::vector<message> sent = b.settle();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].kind == message_kind::snapshot);
  CHECK(sent[0].index == 4);
}

TEST_CASE("raft: a follower whose disk cannot give what is committed asks for a snapshot") {
  bench b;
  b.follow({command(1), command(2), command(3)}, 1);
  b.settle();
  CHECK(b.applied == std::vector<log_index>{1});
  b.log.unreadable = 3;
  b.follow({}, 3);
  b.settle();
  CHECK(b.core.is_restoring());
  CHECK(b.applied.size() == 1);
  b.core.tick();
  std::vector<message> sent = b.settle();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].force);
  // The entry at 2 is in the log, but 3 is what the tables are as of.
  message snapshot{
      .kind = message_kind::snapshot, .from = 2, .to = 1, .term = 1, .index = 3, .log_term = 1};
  snapshot.config = three;
  b.core.step(snapshot);
  b.settle();
  REQUIRE(b.offer);
  CHECK_FALSE(b.offer->restart_log);
  b.core.restored(3, 1, three);
  b.follow({command(4)}, 4);
  b.settle();
  CHECK(b.applied == std::vector<log_index>{1, 4});
}

TEST_CASE("raft: a snapshot that is older than what is applied is not pulled") {
  bench b;
  b.follow({command(1), command(2)}, 2);
  b.settle();
  b.core.request_snapshot();
  message snapshot{
      .kind = message_kind::snapshot, .from = 2, .to = 1, .term = 1, .index = 1, .log_term = 1};
  b.core.step(snapshot);
  b.settle();
  CHECK_FALSE(b.offer);
  snapshot.index = 2;
  b.core.step(snapshot);
  b.settle();
  CHECK(b.offer);
}

TEST_CASE("raft: what is committed while tables are pulled is handed out behind them, once") {
  bench b;
  b.follow({command(1)}, 1);
  b.settle();
  message snapshot{
      .kind = message_kind::snapshot, .from = 2, .to = 1, .term = 1, .index = 9, .log_term = 1};
  snapshot.config = {.voters = {1, 2}, .learners = {}};
  b.core.step(snapshot);
  b.settle();
  REQUIRE(b.offer);
  CHECK(b.offer->restart_log);
  b.follow({command(2)}, 2);  // not taken in: the log is about to be dropped
  CHECK(b.core.last_index() == 1);
  b.settle();
  b.log.good.restart(9, 1);
  b.core.restored(9, 1, b.offer->config);
  CHECK(b.core.members() == snapshot.config);
  CHECK(b.core.applied_index() == 9);
  b.follow({command(10)}, 10);
  b.settle();
  CHECK(b.applied == std::vector<log_index>{1, 10});
}

TEST_CASE("raft: a promotion waits for the learner to be near the end, and no nearer") {
  bench b({.self = 1, .entries_per_append = 2}, {.voters = {1}, .learners = {4}});
  b.core.campaign();
  b.settle();
  for (int i = 0; i < 4; ++i)
    REQUIRE(b.core.propose(text("a")));
  b.settle();
  CHECK(b.core.last_index() == 5);
  // It has the first; then it is found to have two.
  message refusal{.kind = message_kind::append_reply, .from = 4, .to = 1, .term = 1};
  refusal.reject = true;
  b.core.step(refusal);
  b.settle();
  b.hear(message_kind::append_reply, 4, 2);
  b.settle();
  CHECK(b.core.match_of(4) == 2);
  auto early = b.core.promote(4);
  REQUIRE_FALSE(early);
  CHECK(early.code() == errc::overloaded);
  b.hear(message_kind::append_reply, 4, 3);
  CHECK(b.core.promote(4));
}

TEST_CASE("raft: payload bytes of configurations are counted and freed like those of proposals") {
  bench b({.self = 1, .uncommitted_max_bytes = 100}, {.voters = {1}, .learners = {}});
  b.core.campaign();
  b.settle();
  for (int round = 0; round < 50; ++round) {
    REQUIRE(b.core.add_learner(4));
    b.settle();
    REQUIRE(b.core.remove(4));
    b.settle();
    REQUIRE(b.core.propose(text(std::string(100, 'x'))));
    CHECK_FALSE(b.core.propose(text("y")));
    b.settle();
  }
}

TEST_CASE("raft: a host with a new disk is not the member that was asked, and is not counted") {
  bench candidate;
  candidate.core.campaign();
  candidate.settle();
  // 3's host, under its new id.
  candidate.hear(message_kind::vote_reply, 9);
  CHECK(candidate.core.current_role() == role::candidate);
  candidate.hear(message_kind::vote_reply, 2);
  REQUIRE(candidate.core.current_role() == role::leader);
  candidate.settle();
  candidate.hear(message_kind::append_reply, 9, 1);
  CHECK(candidate.core.commit_index() == 0);

  bench replaced({.self = 9}, {});
  replaced.core.step({.kind = message_kind::request_vote, .from = 2, .to = 3, .term = 5});
  CHECK_FALSE(replaced.core.has_ready());
}

TEST_CASE("raft: a host that is lost is not written to, and asked anew when it is heard") {
  bench b;
  b.lead();
  b.hear(message_kind::append_reply, 3, 1);
  b.settle();
  b.core.host_lost(3);
  REQUIRE(b.core.propose(text("a")));
  std::vector<message> sent = b.settle();
  CHECK(std::all_of(sent.begin(), sent.end(), [](const message& m) { return m.to == 2; }));
  for (int i = 0; i < 6; ++i)
    b.core.tick();
  sent = b.settle();
  CHECK(std::all_of(sent.begin(), sent.end(), [](const message& m) { return m.to == 2; }));
  b.core.heard_from(3);
  sent = b.settle();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].to == 3);
  CHECK(sent[0].index == 1);
  CHECK(sent[0].entries.size() == 1);
}

}  // namespace carillon::raft
