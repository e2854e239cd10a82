// The checker of devices alone: each invariant on facts that hold and on the nearest that do not.
#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tools/sim/checker.hpp"

namespace carillon::sim {
namespace {

const entity_id channel{id_kind::channel, 7};
const entity_id author{id_kind::user, 8};
const entity_id reader{id_kind::user, 9};
const std::vector<raft::member_id> voters{1, 2, 3};

wire::channel_event event_at(std::uint64_t seq, const std::string& text) {
  wire::channel_event event;
  event.set_seq(seq);
  event.set_ts(seq * 10);
  event.set_kind(wire::EVENT_MESSAGE);
  event.mutable_message()->set_seq(seq);
  event.mutable_message()->set_ts(seq * 10);
  event.mutable_message()->set_user(author.text());
  event.mutable_message()->set_text(text);
  return event;
}

// A channel that the author founds at seq 1, with events after that.
struct one_channel {
  checker truth{1};
  std::vector<wire::channel_event> events;

  one_channel() { commit("joined", [](wire::channel_change&) {}, "channel_join"); }

  void commit(const std::string& text, const std::function<void(wire::channel_change&)>& more,
              const std::string& subtype = {}) {
    const raft::log_index index = events.size() + 1;
    events.push_back(event_at(index, text));
    events.back().mutable_message()->set_subtype(subtype);
    wire::slot_command command;
    command.mutable_channel()->set_channel_id(channel.text());
    *command.mutable_channel()->add_events() = events.back();
    more(*command.mutable_channel());
    for (raft::member_id host : {1, 2})
      truth.synced(host, 0, {{1, index, raft::entry_kind::command, nullptr}});
    truth.committed(1, 0, index, 1, &command, voters);
  }
  void post(const spoken_of& whom = {}) {
    commit(post_text(truth.posts(channel, author, false, whom)) + whom.words, [](wire::channel_change&) {});
  }
  void join(bool crosses = false) {
    commit("joined", [&](wire::channel_change& change) {
      change.add_members_added()->set_user_id(reader.text());
      change.mutable_members_added(0)->set_joined_seq(events.size());
      change.set_leaves_inboxes(crosses);
    }, "channel_join");
  }
  void leave() {
    commit("left", [](wire::channel_change& change) { change.add_members_removed(reader.text()); },
           "channel_leave");
  }
  void tell(std::uint64_t seq, std::uint64_t last) {
    truth.told(reader, 1, channel, events[seq - 1], last);
  }
  std::string_view broken() const { return truth.found() ? truth.found()->invariant : ""; }
};

// seq 1: founded, 2: a post, 3: the reader joins, 4: a post, 5: the reader leaves, 6: a post, 7: the reader
// joins again, 8: a post.
one_channel come_and_gone(bool crosses = false) {
  one_channel out;
  out.post();
  out.join(crosses);
  out.post();
  out.leave();
  out.post();
  out.join();
  out.post();
  return out;
}

}  // namespace

TEST_CASE("checker sync: a device is told of what happened from joining to leaving, each once") {
  one_channel good = come_and_gone();
  std::uint64_t last = 0;
  for (const std::uint64_t seq : {3, 4, 5, 7, 8}) {
    good.tell(seq, last);
    last = seq;
  }
  CHECK(good.broken() == "");
  CHECK(good.truth.first_owed(reader, channel, 8) == 0);
  one_channel twice = come_and_gone();
  twice.tell(4, 4);
  CHECK(twice.broken() == invariant::told_once);
  one_channel gap = come_and_gone();
  gap.tell(5, 3);
  CHECK(gap.broken() == invariant::nothing_missed);
  one_channel late = come_and_gone();
  late.tell(4, 0);
  CHECK(late.broken() == invariant::nothing_missed);
}

TEST_CASE("checker sync: what happened before joining or after leaving is not theirs") {
  one_channel before = come_and_gone();
  before.tell(2, 0);
  CHECK(before.broken() == invariant::only_theirs);
  one_channel between = come_and_gone();
  between.tell(6, 5);
  CHECK(between.broken() == invariant::only_theirs);
}

TEST_CASE("checker sync: of a channel that inboxes do not hold, who has left is owed nothing more") {
  one_channel large = come_and_gone(true);
  CHECK(large.truth.first_owed(reader, channel, 0) == 3);  // the last one that inboxes hold
  CHECK(large.truth.first_owed(reader, channel, 3) == 7);
  large.tell(3, 0);
  large.tell(7, 3);
  CHECK(large.broken() == "");
  one_channel small = come_and_gone(false);
  small.tell(3, 0);
  small.tell(7, 3);
  CHECK(small.broken() == invariant::nothing_missed);
}

TEST_CASE("checker sync: at the end each device has all that is its owner's") {
  one_channel whole = come_and_gone();
  whole.truth.holds(reader, 1, channel, {3, 4, 5, 7, 8});
  whole.truth.holds(reader, 2, channel, {3, 4, 5, 7, 8});
  CHECK(whole.broken() == "");
  one_channel lacking = come_and_gone();
  lacking.truth.holds(reader, 1, channel, {3, 4, 5, 8});
  CHECK(lacking.broken() == invariant::nothing_missed);
}

TEST_CASE("checker sync: mentions count since joining, by name or of everybody") {
  one_channel talk;
  talk.post({{reader}, false, " <@x>"});
  talk.join();
  talk.post({{reader}, false, " <@x>"});
  talk.post({{}, true, " @here"});
  talk.post();
  CHECK(talk.truth.joined_at(reader, channel) == 30);
  CHECK(talk.truth.mentioned(reader, channel, 2) == 2);
  CHECK(talk.broken() == "");
  talk.truth.mentioned(reader, channel, 3);
  CHECK(talk.broken() == invariant::mentions);
  one_channel gone = come_and_gone();
  gone.leave();
  CHECK_FALSE(gone.truth.joined_at(reader, channel).has_value());
}

}  // namespace carillon::sim
