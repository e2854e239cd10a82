// The checker alone: each invariant on facts that hold and on the nearest that do not.
#include <doctest/doctest.h>

#include "tools/sim/checker.hpp"

namespace carillon::sim {
namespace {

const entity_id channel{id_kind::channel, 7};
const entity_id author{id_kind::user, 8};
const std::vector<raft::member_id> voters{1, 2, 3};

wire::channel_event event_of(post_number post, std::uint64_t seq, timestamp ts) {
  wire::channel_event event;
  event.set_seq(seq);
  event.set_ts(ts);
  event.set_kind(wire::EVENT_MESSAGE);
  event.mutable_message()->set_seq(seq);
  event.mutable_message()->set_ts(ts);
  event.mutable_message()->set_user(author.text());
  event.mutable_message()->set_text(post_text(post));
  return event;
}

struct one_slot {
  checker truth{1};

  void sync(raft::member_id host, raft::log_index index, raft::term_t term) {
    truth.synced(host, 0, {{term, index, raft::entry_kind::command, nullptr}});
  }
  void commit(raft::log_index index, raft::term_t term, const wire::channel_event& event) {
    wire::slot_command command;
    command.mutable_channel()->set_channel_id(channel.text());
    *command.mutable_channel()->add_events() = event;
    truth.committed(1, 0, index, term, &command, voters);
  }
  void commit_safely(raft::log_index index, const wire::channel_event& event) {
    sync(1, index, 1);
    sync(2, index, 1);
    commit(index, 1, event);
  }
  std::string_view broken() const { return truth.found() ? truth.found()->invariant : ""; }
};

}  // namespace

TEST_CASE("checker: two of three disks are durable, one is not") {
  one_slot good;
  good.commit_safely(1, event_of(good.truth.posts(channel, author, false), 1, 10));
  CHECK(good.broken() == "");
  one_slot bad;
  bad.sync(1, 1, 1);
  bad.commit(1, 1, event_of(bad.truth.posts(channel, author, false), 1, 10));
  CHECK(bad.broken() == invariant::durability);
  one_slot old;  // another term's entry at that place is not this one
  old.sync(1, 1, 2);
  old.sync(2, 1, 1);
  old.commit(1, 2, event_of(old.truth.posts(channel, author, false), 1, 10));
  CHECK(old.broken() == invariant::durability);
}

TEST_CASE("checker: a term has one leader, a place in the log one entry") {
  one_slot slot;
  slot.truth.leads(1, 0, 5);
  slot.truth.leads(1, 0, 5);
  slot.truth.leads(2, 0, 6);
  CHECK(slot.broken() == "");
  slot.truth.leads(2, 0, 5);
  CHECK(slot.broken() == invariant::single_owner);

  one_slot other;
  const post_number post = other.truth.posts(channel, author, false);
  other.commit_safely(1, event_of(post, 1, 10));
  other.commit_safely(1, event_of(post, 1, 10));
  CHECK(other.broken() == "");
  other.commit(1, 1, event_of(post, 1, 11));
  CHECK(other.broken() == invariant::single_owner);
}

TEST_CASE("checker: seq rises by one and ts rises") {
  one_slot gap;
  gap.commit_safely(1, event_of(gap.truth.posts(channel, author, false), 2, 10));
  CHECK(gap.broken() == invariant::total_order);
  one_slot back;
  back.commit_safely(1, event_of(back.truth.posts(channel, author, false), 1, 10));
  back.commit_safely(2, event_of(back.truth.posts(channel, author, false), 2, 10));
  CHECK(back.broken() == invariant::total_order);
}

TEST_CASE("checker: a post is committed once, and only if somebody posted it") {
  one_slot twice;
  const post_number post = twice.truth.posts(channel, author, true);
  twice.commit_safely(1, event_of(post, 1, 10));
  CHECK(twice.broken() == "");
  twice.commit_safely(2, event_of(post, 2, 11));
  CHECK(twice.broken() == invariant::posted_once);
  one_slot ghost;
  ghost.commit_safely(1, event_of(99, 1, 10));
  CHECK(ghost.broken() == invariant::integrity);
}

TEST_CASE("checker: what is acknowledged is committed, and there") {
  one_slot slot;
  const post_number post = slot.truth.posts(channel, author, false);
  slot.commit_safely(1, event_of(post, 1, 10));
  slot.truth.acknowledged(post, event_of(post, 1, 10));
  CHECK(slot.broken() == "");
  const post_number next = slot.truth.posts(channel, author, false);
  slot.truth.acknowledged(next, event_of(next, 2, 11));
  CHECK(slot.broken() == invariant::durability);
}

TEST_CASE("checker: a connection gets one event after the other") {
  auto deliver = [](std::uint64_t seq, std::optional<std::uint64_t> last) {
    one_slot slot;
    for (std::uint64_t i = 1; i <= 3; ++i)
      slot.commit_safely(i, event_of(slot.truth.posts(channel, author, false), i, 10 * i));
    slot.truth.delivered(channel, event_of(static_cast<post_number>(seq), seq, 10 * seq), last);
    return std::string(slot.broken());
  };
  CHECK(deliver(2, 1) == "");
  CHECK(deliver(2, std::nullopt) == "");  // the first may be any
  CHECK(deliver(3, 1) == invariant::no_gaps);
  CHECK(deliver(2, 2) == invariant::total_order);
  CHECK(deliver(4, 3) == invariant::integrity);
}

TEST_CASE("checker: history holds what was acknowledged before it was asked for") {
  auto page = [](std::vector<post_number> newest_first, std::uint64_t last_seq, bool from_start) {
    one_slot slot;
    for (std::uint64_t i = 1; i <= 3; ++i)
      slot.commit_safely(i, event_of(slot.truth.posts(channel, author, false), i, 10 * i));
    google::protobuf::RepeatedPtrField<wire::chat_message> messages;
    for (post_number post : newest_first)
      *messages.Add() = event_of(post, post, 10 * post).message();
    slot.truth.read(channel, messages, last_seq, 3, from_start);
    return std::string(slot.broken());
  };
  CHECK(page({3, 2, 1}, 3, true) == "");
  CHECK(page({3, 2}, 3, false) == "");
  CHECK(page({3, 2}, 3, true) == invariant::validity);
  CHECK(page({3, 1}, 3, true) == invariant::validity);
  CHECK(page({2, 1}, 2, true) == invariant::validity);  // ended before what was acknowledged
  CHECK(page({3, 2, 2, 1}, 3, true) == invariant::total_order);
}

}  // namespace carillon::sim
