// What scripts cannot say: the order of a ready's parts as values, strangers and malformed
// messages, limits at their borders, trimmed logs.
#include <doctest/doctest.h>

#include <algorithm>

#include "runtime/raft/raft.hpp"
#include "tests/runtime/raft/memory_log.hpp"

namespace carillon::raft {
namespace {

std::shared_ptr<const std::string> text(std::string words) {
  return std::make_shared<const std::string>(std::move(words));
}

options alone() {
  return {.self = 1, .host_beats = false};
}
const configuration group_of_three{.voters = {1, 2, 3}, .learners = {}};

// A core with a store that is told at once.
struct bench {
  explicit bench(options how = alone(), configuration group = {.voters = {1}, .learners = {}})
      : core(how, {}, group, 0, log, random) {}
  ready take() {
    ready out = core.take_ready();
    log.append(out.entries);
    return out;
  }
  // Carries out everything there is.
  void settle() {
    while (core.has_ready()) {
      take();
      core.advance();
    }
  }
  memory_log log;
  seeded_random random{1};
  raft core;
};

message from_two(message_kind kind, term_t term) {
  return {.kind = kind, .from = 2, .to = 1, .term = term};
}

// One that is answered even while a leader is heard.
message forced_vote(term_t term) {
  message m = from_two(message_kind::request_vote, term);
  m.force = true;
  return m;
}

// A leader of three in term 1 whose noop is committed.
void lead(bench& b) {
  b.core.campaign();
  b.settle();
  b.core.step(from_two(message_kind::vote_reply, 1));
  b.settle();
  message ack = from_two(message_kind::append_reply, 1);
  ack.index = 1;
  b.core.step(ack);
  b.settle();
  REQUIRE(b.core.may_serve());
}

}  // namespace

TEST_CASE("raft: a single voter serves two writes after its campaign, and not one earlier") {
  bench b;
  b.core.campaign();
  ready vote = b.take();
  CHECK(vote.hard == hard_state{.term = 1, .vote = 1});
  CHECK(vote.entries.empty());
  CHECK(b.core.current_role() == role::candidate);
  b.core.advance();
  CHECK(b.core.current_role() == role::leader);
  ready noop = b.take();
  CHECK_FALSE(noop.hard.has_value());
  CHECK(noop.entries.size() == 1);
  CHECK(noop.committed.empty());
  b.core.advance();
  CHECK(b.core.commit_index() == 1);
  CHECK_FALSE(b.core.may_serve());  // committed, but not handed out yet
  ready done = b.take();
  CHECK_FALSE(done.must_persist());
  CHECK(done.committed.size() == 1);
  CHECK(done.committed[0].kind == entry_kind::noop);
  CHECK(b.core.may_serve());
  b.core.advance();
  CHECK_FALSE(b.core.has_ready());
}

TEST_CASE("raft: committed entries come in the ready after the one that wrote them") {
  bench b;
  b.core.campaign();
  b.settle();
  CHECK(*b.core.propose(text("a")) == 2);
  ready first = b.take();
  CHECK(first.entries.size() == 1);
  CHECK(first.committed.empty());
  CHECK(*b.core.propose(text("b")) == 3);
  b.core.advance();
  ready second = b.take();
  CHECK(second.entries[0].index == 3);
  REQUIRE(second.committed.size() == 1);
  CHECK(*second.committed[0].payload == "a");
  // The payload is shared all the way, never copied.
  CHECK(second.committed[0].payload.get() == first.entries[0].payload.get());
}

TEST_CASE("raft: a vote and an acknowledgement leave only after the disk, an append before it") {
  bench voter(alone(), group_of_three);
  voter.core.step(from_two(message_kind::request_vote, 1));
  ready vote = voter.take();
  CHECK(vote.hard == hard_state{.term = 1, .vote = 2});
  CHECK(vote.messages.empty());
  CHECK(vote.messages_after_persist.size() == 1);
  voter.core.advance();

  message append = from_two(message_kind::append, 1);
  append.entries = {{.term = 1, .index = 1, .kind = entry_kind::noop, .payload = nullptr}};
  voter.core.step(append);
  ready ack = voter.take();
  CHECK(ack.entries.size() == 1);
  CHECK(ack.messages.empty());
  CHECK(ack.messages_after_persist.size() == 1);

  bench leader(alone(), group_of_three);
  lead(leader);
  REQUIRE(leader.core.propose(text("a")));
  ready lent = leader.take();
  CHECK(lent.messages.size() == 1);  // 2 follows; 3 never answered and has its one append out
  CHECK(lent.entries.size() == 1);
  CHECK(lent.messages_after_persist.empty());
}

TEST_CASE("raft: a candidate asks only after its own vote is on disk") {
  bench b(alone(), group_of_three);
  b.core.campaign();
  ready out = b.take();
  CHECK(out.messages.empty());
  CHECK(out.messages_after_persist.size() == 2);
}

TEST_CASE(
    "raft: a vote that is not on disk yet does not count, also not the one of the last term") {
  bench b;
  b.core.campaign();
  b.take();
  b.core.campaign();
  b.core.advance();  // term 1 is on disk, term 2 is not
  CHECK(b.core.current_role() == role::candidate);
  CHECK(b.core.term() == 2);
  b.take();
  b.core.advance();
  CHECK(b.core.current_role() == role::leader);
}

TEST_CASE("raft: what was promised in an older term and has not left yet is not said") {
  bench b(alone(), group_of_three);
  message append = from_two(message_kind::append, 1);
  append.entries = {{.term = 1, .index = 1, .kind = entry_kind::noop, .payload = nullptr}};
  b.core.step(append);
  b.core.step(forced_vote(2));
  ready out = b.take();
  CHECK(out.entries.size() == 1);
  REQUIRE(out.messages_after_persist.size() == 1);
  CHECK(out.messages_after_persist[0].kind == message_kind::vote_reply);
}

TEST_CASE("raft: of an append that overlaps the log, only what is new is written") {
  bench b(alone(), group_of_three);
  auto x = text("x");
  message append = from_two(message_kind::append, 1);
  append.entries = {{.term = 1, .index = 1, .payload = x}, {.term = 1, .index = 2, .payload = x}};
  b.core.step(append);
  b.settle();
  append.entries.push_back({.term = 1, .index = 3, .payload = x});
  b.core.step(append);
  ready out = b.take();
  REQUIRE(out.entries.size() == 1);
  CHECK(out.entries[0].index == 3);
  CHECK(out.messages_after_persist[0].index == 3);
}

TEST_CASE("raft: messages to others, from nobody and malformed appends change nothing") {
  bench b(alone(), group_of_three);
  message elsewhere = from_two(message_kind::request_vote, 5);
  elsewhere.to = 3;
  b.core.step(elsewhere);
  message nobody = from_two(message_kind::request_vote, 5);
  nobody.from = 0;
  b.core.step(nobody);
  b.core.step(from_two(message_kind::append, 0));
  CHECK(b.core.term() == 0);
  CHECK_FALSE(b.core.has_ready());

  auto refused = [&](std::vector<entry> entries) {
    message append = from_two(message_kind::append, 2);
    append.entries = std::move(entries);
    b.core.step(append);
    b.settle();
    return b.core.last_index() == 0;
  };
  auto x = text("x");
  CHECK(refused({{.term = 2, .index = 2, .payload = x}}));  // a gap
  CHECK(refused({{.term = 3, .index = 1, .payload = x}}));  // newer than its leader
  CHECK(refused({{.term = 2, .index = 1, .payload = x}, {.term = 1, .index = 2, .payload = x}}));
  CHECK(refused({{.term = 2, .index = 1, .payload = nullptr}}));  // a command without payload
  CHECK(refused({{.term = 2, .index = 1, .kind = entry_kind::config, .payload = text("\xff")}}));
  CHECK_FALSE(refused({{.term = 2, .index = 1, .payload = x}}));
}

TEST_CASE("raft: a member that we do not know of yet gets our vote, one that we do is counted") {
  // Section 4.1: the sender's configuration may be newer than ours.
  bench voter(alone(), group_of_three);
  message stranger = from_two(message_kind::request_vote, 5);
  stranger.from = 9;
  voter.core.step(stranger);
  REQUIRE(voter.core.has_ready());
  CHECK_FALSE(voter.take().messages_after_persist[0].reject);

  bench candidate(alone(), group_of_three);
  candidate.core.campaign();
  candidate.settle();
  message vote = from_two(message_kind::vote_reply, 1);
  vote.from = 9;
  candidate.core.step(vote);
  CHECK(candidate.core.current_role() == role::candidate);
  vote.from = 3;
  candidate.core.step(vote);
  CHECK(candidate.core.current_role() == role::leader);
}

TEST_CASE("raft: a leader that lost its place refuses proposals and stops serving") {
  bench b(alone(), group_of_three);
  lead(b);
  b.core.step(forced_vote(2));
  CHECK_FALSE(b.core.may_serve());
  auto refused = b.core.propose(text("late"));
  REQUIRE_FALSE(refused);
  CHECK(refused.code() == errc::not_owner);
}

TEST_CASE("raft: proposals are refused above uncommitted_max_bytes, and taken again below") {
  options how = alone();
  how.uncommitted_max_bytes = 10;
  bench b(how, group_of_three);
  lead(b);
  CHECK(b.core.propose(text("12345")));
  CHECK(b.core.propose(text("12345")));  // the last that fits
  auto refused = b.core.propose(text("1"));
  REQUIRE_FALSE(refused);
  CHECK(refused.code() == errc::overloaded);
  b.settle();
  message ack = from_two(message_kind::append_reply, 1);
  ack.index = 2;
  b.core.step(ack);
  CHECK_FALSE(b.core.propose(text("1")));  // committed, but still ours until it is handed out
  b.settle();
  CHECK(b.core.propose(text("12345")));
  CHECK_FALSE(b.core.propose(text("1")));
}

TEST_CASE("raft: committed entries are handed out in portions of bytes_per_commit") {
  bench b({.self = 1, .bytes_per_commit = 3});
  b.core.campaign();
  b.settle();
  for (int i = 0; i < 5; ++i)
    REQUIRE(b.core.propose(text("ab")));
  b.take();
  b.core.advance();
  std::vector<log_index> seen;
  while (b.core.has_ready()) {
    ready portion = b.take();
    CHECK(portion.committed.size() == 1);
    for (const entry& e : portion.committed)
      seen.push_back(e.index);
    b.core.advance();
  }
  CHECK(seen == std::vector<log_index>{2, 3, 4, 5, 6});
}

TEST_CASE("raft: a member behind the trimmed log hears who leads, and gets no append") {
  bench b(alone(), group_of_three);
  lead(b);
  REQUIRE(b.core.propose(text("a")));
  b.settle();
  message ack = from_two(message_kind::append_reply, 1);
  ack.index = 2;
  b.core.step(ack);
  b.settle();
  b.log.trim_before(3);
  // Member 3 has nothing at all.
  message refusal{.kind = message_kind::append_reply, .from = 3, .to = 1, .term = 1};
  refusal.reject = true;
  b.core.step(refusal);
  b.settle();
  b.core.tick();
  ready beat = b.take();
  auto to_three = std::find_if(beat.messages.begin(), beat.messages.end(),
                               [](const message& m) { return m.to == 3; });
  REQUIRE(to_three != beat.messages.end());
  CHECK(to_three->index == 0);
  CHECK(to_three->entries.empty());
}

TEST_CASE("raft: what is applied on disk is not handed out again after a restart") {
  memory_log log;
  log.append({{.term = 1, .index = 1, .kind = entry_kind::noop, .payload = nullptr},
              {.term = 1, .index = 2, .payload = text("a")},
              {.term = 1, .index = 3, .payload = text("b")}});
  seeded_random random(1);
  raft core({.self = 1}, {.term = 1, .vote = 1}, {.voters = {1}, .learners = {}}, 2, log, random);
  core.campaign();
  std::vector<log_index> handed;
  while (core.has_ready()) {
    ready out = core.take_ready();
    log.append(out.entries);
    for (const entry& e : out.committed)
      handed.push_back(e.index);
    core.advance();
  }
  CHECK(handed == std::vector<log_index>{3, 4});
}

}  // namespace carillon::raft
