// Whom a leader asks about reads (section 6.4), and whose answer counts.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/runtime/raft/bench.hpp"

namespace carillon::raft {

TEST_CASE("raft: reads of a single voter are answered at once, those of a follower refused") {
  bench b({.self = 1}, {.voters = {1}, .learners = {}});
  b.core.read_index(7);
  b.core.campaign();
  b.settle();
  b.core.read_index(8);
  b.settle();
  REQUIRE(b.reads.size() == 2);
  CHECK(b.reads[0].context == 7);
  CHECK(b.reads[0].index == 0);
  CHECK(b.reads[1].index == 1);
}

TEST_CASE("raft: a group that is read often asks one follower about it, and a silent one costs a tick") {
  bench b({.self = 1, .reads_of_all = 2});
  b.lead();
  b.hear(message_kind::append_reply, 3, 1);
  b.settle();
  std::uint64_t asked = 0;
  const auto read = [&] {
    b.core.read_index(++asked);
    std::vector<member_id> whom;
    for (const message& m : b.settle())
      if (m.kind == message_kind::read_check)
        whom.push_back(m.to);
    return whom;
  };
  const auto answered = [&](member_id by) {
    b.core.step({.kind = message_kind::read_check_reply, .from = by, .to = 1, .term = 1, .context = asked});
    b.settle();
    return !b.reads.empty() && b.reads.back().context == asked;
  };
  using ids = std::vector<member_id>;
  // At first everybody, and whoever is faster answers it.
  CHECK(read() == ids{2, 3});
  CHECK(answered(3));
  CHECK(read() == ids{2, 3});
  CHECK(answered(3));
  // From now on who answered last.
  CHECK(read() == ids{3});
  CHECK(answered(3));
  CHECK(read() == ids{3});
  // It says nothing: everybody is asked with the next tick, once.
  const auto ticked = [&] {
    b.core.tick();
    const auto sent = b.settle();
    return std::count_if(sent.begin(), sent.end(), [](const message& m) { return m.kind == message_kind::read_check; });
  };
  CHECK(ticked() == 2);
  CHECK(ticked() == 0);
  CHECK(answered(2));
  CHECK(read() == ids{2, 3});
  CHECK(answered(2));
  CHECK(read() == ids{2, 3});
  CHECK(answered(2));
  CHECK(read() == ids{2});
  // A host that is lost is not the one that is asked.
  b.core.host_lost(2);
  CHECK(answered(2));
  CHECK(read() == ids{3});
  CHECK(answered(3));
}

TEST_CASE("raft: of five voters a group that is read often asks two") {
  bench b({.self = 1, .reads_of_all = 0}, {.voters = {1, 2, 3, 4, 5}, .learners = {6}});
  b.core.campaign();
  b.settle();
  for (auto kind : {message_kind::vote_reply, message_kind::append_reply})
    for (member_id id : {2, 3}) {
      b.hear(kind, id, kind == message_kind::append_reply ? 1 : 0);
      b.settle();
    }
  REQUIRE(b.core.may_serve());
  b.core.read_index(1);
  std::vector<member_id> whom;
  for (const message& m : b.settle())
    if (m.kind == message_kind::read_check)
      whom.push_back(m.to);
  CHECK(whom == std::vector<member_id>{2, 3});
  for (member_id id : whom) {
    CHECK(b.reads.empty());
    b.core.step({.kind = message_kind::read_check_reply, .from = id, .to = 1, .term = 1, .context = 1});
    b.settle();
  }
  CHECK(b.reads.size() == 1);
}

TEST_CASE("raft: an answer to an older round of reads does not confirm a younger one") {
  bench b;
  b.lead();
  b.core.read_index(1);
  b.settle();
  b.core.read_index(2);
  b.settle();
  message reply{.kind = message_kind::read_check_reply, .from = 2, .to = 1, .term = 1};
  reply.context = 1;
  b.core.step(reply);
  b.settle();
  CHECK(b.reads.size() == 1);
  reply.context = 3;  // of a round that there was not
  b.core.step(reply);
  b.settle();
  CHECK(b.reads.size() == 1);
  reply.context = 2;
  b.core.step(reply);
  b.settle();
  CHECK(b.reads.size() == 2);
}

}  // namespace carillon::raft
