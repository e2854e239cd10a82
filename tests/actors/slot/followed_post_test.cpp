// A post that somebody follows, on three hosts (three_hosts.hpp): what each host's book says of it.
#include <algorithm>
#include <map>

#include "runtime/base/random.hpp"
#include "tests/actors/slot/three_hosts.hpp"

using namespace carillon;
using namespace carillon::test;

namespace {

wire::channel_request followed(wire::channel_request request, const trace_id& trace) {
  request.mutable_by()->set_trace(trace);
  request.mutable_by()->set_traced(true);
  return request;
}

std::vector<trace_step> steps_of(slot_host& host, const trace_id& trace) {
  std::vector<trace_step> out;
  for (const trace_record& record : host.traces.of(trace))
    out.push_back(record.step);
  return out;
}

bool has(slot_host& host, const trace_id& trace, trace_step step) {
  const auto steps = steps_of(host, trace);
  return std::count(steps.begin(), steps.end(), step) == 1;
}

void announce(three_hosts& h, raft::member_id hub, raft::member_id leader) {
  auto what = std::make_shared<wire::peer_request>();
  what->mutable_interest()->add_channels()->set_channel_id(one_channel.text());
  caf::scoped_actor self{h.system};
  self->request(h.at(leader).host.slots[0], std::chrono::seconds(10), peer_asks{hub, 0, what})
      .receive([](const peer_reply_box& reply) { CHECK(reply->errc() == 0); },
               [](const caf::error&) { FAIL("no answer"); });
}

const trace_id one_trace(16, 'x');

}  // namespace

TEST_CASE("a followed post: the leader and both followers write down when they have it") {
  three_hosts h;
  h.lead(1);
  announce(h, 3, 1);
  CHECK(h.ask(1, followed(h.post("where is it"), one_trace)).errc() == 0);
  h.until([&] {
    return std::all_of(h.hosts.begin(), h.hosts.end(), [](slot_host& each) {
      return has(each, one_trace, trace_step::fsynced) && has(each, one_trace, trace_step::applied);
    });
  });
  CHECK(steps_of(h.at(1), one_trace).front() == trace_step::arrived);
  for (auto step : {trace_step::proposed, trace_step::committed, trace_step::sent})
    CHECK(has(h.at(1), one_trace, step));
  CHECK_FALSE(has(h.at(1), one_trace, trace_step::appended));  // it was, by proposing
  for (raft::member_id follower : {2, 3})
    CHECK(steps_of(h.at(follower), one_trace) ==
          std::vector{trace_step::appended, trace_step::fsynced, trace_step::committed,
                      trace_step::applied});
}

TEST_CASE("a followed post: on every host, no step is earlier than the one it follows from") {
  three_hosts h;
  h.lead(2);
  CHECK(h.ask(2, followed(h.post("in order"), one_trace)).errc() == 0);
  h.until([&] {
    return std::all_of(h.hosts.begin(), h.hosts.end(), [](slot_host& each) {
      return has(each, one_trace, trace_step::applied);
    });
  });
  // One clock for all of them here. A leader's own fsync may come after the commit.
  std::map<trace_step, timestamp> leader;
  for (const trace_record& record : h.at(2).traces.of(one_trace))
    leader[record.step] = record.at;
  CHECK(leader[trace_step::arrived] <= leader[trace_step::proposed]);
  CHECK(leader[trace_step::proposed] <= leader[trace_step::fsynced]);
  CHECK(leader[trace_step::proposed] <= leader[trace_step::committed]);
  CHECK(leader[trace_step::committed] <= leader[trace_step::applied]);
  for (raft::member_id follower : {1, 3}) {
    // A disk's times are written down when the mailbox comes to hear of them.
    std::map<trace_step, timestamp> at;
    for (const trace_record& record : h.at(follower).traces.of(one_trace)) {
      at[record.step] = record.at;
      CHECK(record.index == h.at(2).traces.of(one_trace)[1].index);
    }
    CHECK(leader[trace_step::proposed] <= at[trace_step::appended]);
    CHECK(at[trace_step::appended] <= at[trace_step::fsynced]);
    CHECK(at[trace_step::appended] <= at[trace_step::committed]);
    CHECK(at[trace_step::committed] <= at[trace_step::applied]);
  }
}

TEST_CASE("a followed post: the hosts that hear of it hear whose steps these are") {
  three_hosts h;
  h.lead(1);
  announce(h, 2, 1);
  CHECK(h.ask(1, followed(h.post("marked"), one_trace)).errc() == 0);
  h.until([&] {
    std::lock_guard lock(h.at(2).link.mutex);
    return !h.at(2).link.events.empty();
  });
  std::lock_guard lock(h.at(2).link.mutex);
  const auto& batch = h.at(2).link.events.back().batches(0);
  REQUIRE(batch.traced_size() == 1);
  CHECK(batch.traced(0).trace() == one_trace);
  CHECK(batch.traced(0).seq() == 1);
}

TEST_CASE("a post that nobody follows is written down nowhere") {
  three_hosts h;
  h.lead(1);
  announce(h, 2, 1);
  auto request = h.post("quiet");
  request.mutable_by()->set_trace(one_trace);  // it has an id, as every request
  CHECK(h.ask(1, request).errc() == 0);
  h.until([&] {
    return texts_in(*h.at(2).tables).size() == 1 && texts_in(*h.at(3).tables).size() == 1;
  });
  for (auto& each : h.hosts)
    CHECK(each.traces.of(one_trace).empty());
  std::lock_guard lock(h.at(2).link.mutex);
  for (const auto& events : h.at(2).link.events)
    for (const auto& batch : events.batches())
      CHECK(batch.traced_size() == 0);
}

TEST_CASE("a followed post that another leader's entry replaced leaves no steps of that one") {
  three_hosts h;
  h.lead(1);
  CHECK(h.ask(1, h.post("one")).errc() == 0);
  h.at(1).cut_off = true;
  CHECK(h.ask_through_time(1, followed(h.post("unheard"), one_trace)).errc() != 0);
  h.lead(2);
  CHECK(h.ask(2, h.post("two")).errc() == 0);
  h.at(1).cut_off = false;
  h.until([&] { return texts_in(*h.at(1).tables).size() == 2; });
  CHECK(has(h.at(1), one_trace, trace_step::proposed));
  for (auto& each : h.hosts)
    CHECK_FALSE(has(each, one_trace, trace_step::committed));
}
