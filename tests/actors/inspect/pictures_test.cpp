// One picture out of what several hosts said.
#include <doctest/doctest.h>

#include "actors/describing.hpp"
#include "actors/inspect/pictures.hpp"
#include "runtime/base/result.hpp"

using namespace carillon;

namespace {

host_answer answer_of(const std::string& name) {
  host_answer out{name, 1'000, 1'400, {}};
  out.reply.mutable_host()->set_name(name);
  out.reply.mutable_host()->set_now(2'250);
  return out;
}

host_answer silence_of(const std::string& name, errc why, const std::string& words) {
  host_answer out{name, 1'000, 1'000, {}};
  out.reply.set_errc(static_cast<std::uint32_t>(why) + 1);
  out.reply.set_detail(words);
  return out;
}

wire::top_line line(const std::string& name, double value) {
  wire::top_line out;
  out.set_name(name);
  out.set_value(value);
  return out;
}

}  // namespace

TEST_CASE("pictures: hosts stand in the order of the configuration, the silent ones apart") {
  std::vector<host_answer> said{answer_of("c"), silence_of("b", errc::timed_out, ""), answer_of("a")};
  const auto picture = picture_of_cluster({}, {"a", "b", "c"}, std::move(said), true);
  REQUIRE(picture.hosts_size() == 2);
  CHECK(picture.hosts(0).name() == "a");
  CHECK(picture.hosts(1).name() == "c");
  CHECK(picture.hosts(0).round_trip() == 400);
  CHECK(picture.hosts(0).clock_offset() == 1'050);
  REQUIRE(picture.silent_size() == 1);
  CHECK(picture.silent(0).name() == "b");
  CHECK(picture.silent(0).why() == "timed_out");
}

TEST_CASE("pictures: learners, pulls and damaged logs are moves, also when slots are not wanted") {
  host_answer leader = answer_of("a"), puller = answer_of("b");
  wire::slot_picture& led = *leader.reply.mutable_host()->add_slots();
  led.set_slot(7);
  led.set_host("a");
  led.set_role("leader");
  led.set_last_index(100);
  auto add = [&](const std::string& host, bool voter, std::uint64_t match) {
    wire::replica_progress& each = *led.add_replicas();
    each.set_host(host);
    each.set_voter(voter);
    each.set_match(match);
  };
  add("b", true, 100);
  add("c", false, 60);
  wire::slot_picture& pulled = *puller.reply.mutable_host()->add_slots();
  pulled.set_slot(9);
  pulled.set_host("b");
  pulled.set_role("follower");
  pulled.set_commit(50);
  pulled.set_applied(20);
  pulled.set_trouble("pulling tables");
  const auto picture = picture_of_cluster({}, {"a", "b"}, {leader, puller}, false);
  REQUIRE(picture.moves_size() == 2);
  CHECK(picture.moves(0).slot() == 7);
  CHECK(picture.moves(0).host() == "c");
  CHECK(picture.moves(0).what() == "learner");
  CHECK(picture.moves(0).behind() == 40);
  CHECK(picture.moves(1).slot() == 9);
  CHECK(picture.moves(1).what() == "pulling tables");
  CHECK(picture.moves(1).behind() == 30);
  CHECK(picture.hosts(0).slots_size() == 0);
  CHECK(picture_of_cluster({}, {"a", "b"}, {leader, puller}, true).hosts(0).slots_size() == 1);
}

TEST_CASE("pictures: the highest of all hosts' lists are kept, in their order") {
  wire::top_picture a, b;
  *a.add_channels() = line("one", 5);
  *a.add_channels() = line("two", 1);
  *b.add_channels() = line("three", 9);
  a.add_connections()->set_queued_for(1);
  b.add_connections()->set_queued_for(2);
  const auto both = merge_tops({a, b}, 2);
  REQUIRE(both.channels_size() == 2);
  CHECK(both.channels(0).name() == "three");
  CHECK(both.channels(1).name() == "one");
  CHECK(both.connections(0).queued_for() == 2);
  wire::top_picture calm;
  *calm.add_mailboxes() = line("slot/1", 0);
  *calm.add_mailboxes() = line("slot/2", 3);
  *calm.add_mailboxes() = line("slot/3", 0);
  calm.mutable_mailboxes(2)->set_time(350'000);
  const auto waiting = merge_tops({calm}, 0);
  REQUIRE(waiting.mailboxes_size() == 2);
  CHECK(waiting.mailboxes(0).name() == "slot/2");
  CHECK(waiting.mailboxes(1).name() == "slot/3");
  wire::top_picture many;
  for (int i = 0; i < 30; ++i)
    *many.add_queues() = line("q", i);
  CHECK(merge_tops({many}, 0).queues_size() == static_cast<int>(top_default));
}

TEST_CASE("pictures: steps of a trace stand by one clock") {
  wire::trace_picture a, b;
  a.set_trace("0123456789abcdef");
  auto step = [](wire::trace_picture& of, const char* name, std::uint64_t at, std::int64_t offset) {
    wire::trace_step& out = *of.add_steps();
    out.set_step(name);
    out.set_at(at);
    out.set_clock_offset(offset);
  };
  step(a, "received", 1'000, 0);
  step(a, "answered", 1'900, 0);
  step(b, "arrived", 6'300, 5'000);   // its clock is 5 ms ahead
  step(b, "committed", 6'700, 5'000);
  b.set_seq(12);
  const auto trip = merge_traces({a, b});
  REQUIRE(trip.steps_size() == 4);
  CHECK(trip.steps(1).step() == "arrived");
  CHECK(trip.steps(1).at() == 1'300);
  CHECK(trip.steps(2).at() == 1'700);
  CHECK(trip.steps(3).step() == "answered");
  CHECK(trip.seq() == 12);
}

TEST_CASE("pictures: a clock that may agree with ours does; one behind it has a negative offset") {
  CHECK(clock_offset(1'000, 2'000, 1'500) == 0);
  CHECK(clock_offset(1'000, 2'000, 1'001) == 0);  // nothing says that it is not ours
  CHECK(clock_offset(1'000, 2'000, 2'001) == 501);
  CHECK(clock_offset(1'000, 2'000, 400) == -1'100);
  CHECK(clock_offset(2'000, 1'000, 2'000) == 0);  // our clock was set back meanwhile
}

TEST_CASE("pictures: disks have the names of their hosts, strangers their numbers") {
  wire::ring_view view;
  view.add_members()->set_store_id(7);
  view.mutable_members(0)->set_name("a");
  CHECK(name_of_member(view, 7) == "a");
  CHECK(name_of_member(view, 0x2a) == "000000000000002a");
  CHECK(name_of_member(view, 0).empty());
}
