// One message's trip out of what three hosts wrote down: clocks that are minutes or milliseconds
// apart are set right, and the longest wait is that of the right host, in words.
#include <doctest/doctest.h>

#include <map>

#include "actors/inspect/trip.hpp"

using namespace carillon;

namespace {

constexpr std::uint64_t noon = 1'790'000'000'000'000;

// A post made at a, led by c, stored on a, b and c, read on a and b. Times are true ones, in
// microseconds after noon; hosts write down their own clock's.
class trip {
public:
  std::map<std::string, std::int64_t> ahead{{"a", 0}, {"b", 0}, {"c", 0}};
  std::map<std::string, std::uint64_t> fsync{{"a", 1'000}, {"b", 1'100}, {"c", 900}};
  std::map<std::string, std::uint64_t> way{{"a", 150}, {"b", 150}};  // from c and to c
  std::uint64_t mailbox = 20, read_after = 80;
  bool asked_after_a_step = false;  // b's clock was set after the trip

  wire::trace_picture whole(const std::string& asked = "a") {
    for (auto& [host, part] : parts_)
      part.Clear();
    std::uint64_t at = 0;
    note("a", "received", at);
    note("a", "asked", at += 50);
    note("c", "request_in", at += way["a"]);
    note("c", "arrived", at += mailbox);
    note("c", "admitted", at += 10);
    note("c", "proposed", at += 30);
    std::vector<std::uint64_t> known;  // to the leader, of the others
    note("c", "fsynced", at + fsync["c"]);
    const std::uint64_t own = at + fsync["c"] + 20;
    for (const char* host : {"a", "b"}) {
      const std::uint64_t in = at + way[host];
      note(host, "entry_in", in);
      note(host, "appended", in + 20);
      note(host, "fsynced", in + 20 + fsync[host]);
      known.push_back(in + 20 + fsync[host] + way[host]);
    }
    std::sort(known.begin(), known.end());
    const std::uint64_t commit = std::max(own, known[0]);
    note("c", "committed", commit);
    note("c", "applied", commit + 500);
    note("c", "sent", commit + 10, "to a");
    note("c", "sent", commit + 11, "to this host");
    note("c", "sent", commit + 12, "to b");
    note("a", "answered", commit + way["a"] + 20);
    note("a", "replied", commit + way["a"] + 40);
    for (const char* host : {"a", "b"}) {
      const std::uint64_t in = commit + way[host] + 12;
      note(host, "event_in", in);
      note(host, "at_hub", in + 15);
      note(host, "published", in + 30);
      note(host, "written", in + 30 + read_after);
      note(host, "committed", commit + way[host] + 100);
      note(host, "applied", commit + way[host] + 200);
    }
    trip_facts facts{asked, {}, 3};
    for (const auto& [host, off] : ahead) {
      const std::uint64_t then = noon + 1'000'000;
      const std::int64_t now_off = asked_after_a_step && host == "b" ? off + 5'000'000 : off;
      if (host != asked)
        facts.samples.push_back({host, by(asked, then, ahead[asked]), by(asked, then + 800, ahead[asked]),
                                 by(host, then + 300, now_off)});
    }
    std::vector<wire::trace_picture> all;
    for (auto& [host, part] : parts_)
      all.push_back(part);
    return whole_trip(all, facts);
  }

private:
  static std::uint64_t by(const std::string&, std::uint64_t at, std::int64_t off) {
    return at + static_cast<std::uint64_t>(off);
  }
  void note(const std::string& host, const char* step, std::uint64_t at, const char* detail = "") {
    wire::trace_step& out = *parts_[host].add_steps();
    out.set_host(host);
    out.set_step(step);
    out.set_detail(detail);
    out.set_at(by(host, noon + at, ahead[host]));
  }
  std::map<std::string, wire::trace_picture> parts_;
};

const wire::trace_step& step_of(const wire::trace_picture& picture, const std::string& host,
                                const std::string& step) {
  for (const auto& each : picture.steps())
    if (each.host() == host && each.step() == step)
      return each;
  FAIL("no ", step, " on ", host);
  return picture.steps(0);
}

void check_causes(const wire::trace_picture& picture) {
  for (const auto& step : picture.steps()) {
    CAPTURE(step.ShortDebugString());
    if (step.step() == "received") {
      CHECK(step.after() == 0);
      continue;
    }
    REQUIRE(step.after() > 0);
    const auto& cause = picture.steps(static_cast<int>(step.after()) - 1);
    CHECK(cause.at() <= step.at());
    CHECK(step.waited() == step.at() - cause.at());
  }
}

std::string longest(const wire::trace_picture& picture) {
  REQUIRE(picture.has_longest());
  return picture.longest().words();
}

}  // namespace

TEST_CASE("a trip: by clocks that are minutes apart, causes still come before effects") {
  const std::vector<std::map<std::string, std::int64_t>> made_up{
      {{"a", 0}, {"b", 900'000'000}, {"c", -900'000'000}}, {{"a", 0}, {"b", 3'000}, {"c", -3'000}},
      {{"a", -900'000'000}, {"b", 3'000}, {"c", 0}},       {{"a", 0}, {"b", 0}, {"c", 0}},
      {{"a", 0}, {"b", 0}, {"c", 900'000'000}}};
  for (const auto& clocks : made_up)
    for (const char* asked : {"a", "b", "c"}) {
      CAPTURE(asked);
      trip t;
      t.ahead = clocks;
      const auto picture = t.whole(asked);
      check_causes(picture);
      REQUIRE(picture.clocks_size() == 3);
      for (const auto& clock : picture.clocks()) {
        CAPTURE(clock.host());
        const std::int64_t truth = t.ahead[clock.host()] - t.ahead[asked];
        CHECK(std::abs(clock.offset() - truth) <= static_cast<std::int64_t>(clock.exact_to()));
        CHECK(clock.exact_to() <= 800);
        CHECK_FALSE(clock.odd());
      }
      // What is between two steps of different hosts is right to what the clocks are exact to.
      const auto way = step_of(picture, "c", "request_in").waited();
      CHECK(way <= 150 + 800);
      CHECK(picture.until_replied() > 1'000);
      CHECK(picture.until_replied() < 4'000);
    }
}

TEST_CASE("a trip: a clock that was set since then does not tear the steps apart") {
  trip t;
  t.ahead = {{"a", 0}, {"b", -3'000}, {"c", 3'000}};
  t.asked_after_a_step = true;
  const auto picture = t.whole();
  check_causes(picture);
  CHECK(std::abs(picture.clocks(1).offset() + 3'000) < 2'000);
}

TEST_CASE("a trip: one follower's slow disk delays nobody, and is told all the same") {
  trip t;
  t.fsync["b"] = 41'000;
  const auto picture = t.whole();
  CHECK(picture.longest().time() < 2'000);
  CHECK(picture.until_replied() < 4'000);
  CHECK_FALSE(step_of(picture, "b", "fsynced").awaited());
  REQUIRE(picture.notes_size() == 1);
  CHECK(picture.notes(0) == "41.0 ms for the fsync of b, which kept nobody waiting");
}

TEST_CASE("a trip: two slow disks of three delay everybody; the one that made the majority is named") {
  trip t;
  t.fsync = {{"a", 41'000}, {"b", 45'000}, {"c", 900}};
  const auto picture = t.whole();
  CHECK(longest(picture) == "the fsync of a (the majority was c and a)");
  CHECK(picture.steps(static_cast<int>(picture.longest().step())).step() == "fsynced");
  CHECK(picture.longest().time() == 41'000);
  CHECK(picture.until_replied() > 41'000);
}

TEST_CASE("a trip: a leader's own slow disk delays everybody, for it answers for nothing without it") {
  trip t;
  t.fsync["c"] = 41'000;
  const auto picture = t.whole();
  CHECK(longest(picture) == "the fsync of c, the leader: it answers for nothing that its own disk does not "
                            "have (the majority was a and c)");
  CHECK(picture.longest().time() == 41'000);
  CHECK(picture.notes_size() == 0);
}

TEST_CASE("a trip: a slow way is the network between the two hosts, whatever their clocks say") {
  for (const std::int64_t off : {std::int64_t{0}, std::int64_t{900'000'000}}) {
    CAPTURE(off);
    trip t;
    t.ahead["b"] = off;
    t.way["b"] = 40'000;  // there and back
    const auto picture = t.whole();
    check_causes(picture);
    // Its subscribers wait for the event; the poster does not.
    CHECK(longest(picture) == "the network from c to b: the event for its subscribers");
    CHECK(picture.longest().time() > 30'000);
    CHECK(picture.until_replied() < 5'000);
    CHECK(picture.until_written() > 30'000);
  }
  trip far;
  far.way["a"] = 40'000;  // the poster's own host
  const std::string words = longest(far.whole());
  CHECK(words.starts_with("the network from "));
}

TEST_CASE("a trip: a full mailbox is the slot's, a late socket a subscriber's") {
  trip t;
  t.mailbox = 40'000;
  CHECK(longest(t.whole()) == "the mailbox of the channel's slot on c");
  trip late;
  late.read_after = 40'000;
  CHECK(longest(late.whole()).find("a subscriber that does not read") != std::string::npos);
}

TEST_CASE("a trip: what is still missing is said") {
  wire::trace_picture a, c;
  auto note = [](wire::trace_picture& of, const char* host, const char* step, std::uint64_t at) {
    auto& out = *of.add_steps();
    out.set_host(host);
    out.set_step(step);
    out.set_at(noon + at);
  };
  note(c, "c", "received", 0);
  note(c, "c", "asked", 10);
  note(c, "c", "arrived", 20);
  note(c, "c", "proposed", 40);
  note(c, "c", "fsynced", 900);
  note(a, "a", "entry_in", 200);
  note(a, "a", "appended", 230);
  const auto open = whole_trip({c, a}, {"c", {}, 3});
  REQUIRE(open.notes_size() == 1);
  CHECK(open.notes(0) == "not committed: 2 of 3 replicas must have it on disk, c has it");
  CHECK_FALSE(open.has_longest());  // nobody was answered yet
  note(a, "a", "fsynced", 1'000);
  note(c, "c", "committed", 1'200);
  note(a, "a", "event_in", 1'400);
  note(a, "a", "published", 1'500);
  const auto unread = whole_trip({c, a}, {"c", {}, 3});
  REQUIRE(unread.notes_size() == 1);
  CHECK(unread.notes(0).starts_with("no subscriber's socket on a has taken it"));
  CHECK(whole_trip({}, {"a", {}, 3}).steps_size() == 0);
}
