// The ring actor's half of coordination by ZooKeeper: views go there first, then into the log; what one has
// and the other lacks is brought there before anything new.
#include <doctest/doctest.h>

#include "actors/ring/zookeeper_coordination.hpp"

namespace carillon {
namespace {

constexpr std::uint64_t self = 7;

wire::ring_view view_of(std::uint64_t generation) {
  wire::ring_view out;
  out.set_generation(generation);
  out.add_members()->set_store_id(self);
  return out;
}

struct house {
  std::vector<bool> runs;
  std::vector<std::uint64_t> kept;
  struct put {
    std::uint64_t generation;
    bool follows;
    coordination::told then;
  };
  std::vector<put> puts;
  int joined = 0;
  std::vector<status> told;
  tick_time now{};
  wire::ring_view log;

  zookeeper_coordination it{{.run = [this](bool wants) { runs.push_back(wants); },
                             .keep = [this](const wire::ring_view& view) { kept.push_back(view.generation()); },
                             .put =
                                 [this](const wire::ring_view& next, bool follows, coordination::told then) {
                                   puts.push_back({next.generation(), follows, std::move(then)});
                                 },
                             .joined = [this] { ++joined; },
                             .self = self}};

  void look(bool may_lead = true) { it.look(may_lead, log, now); }
  void lease(std::uint64_t fence, std::optional<std::uint64_t> there = {}) {
    it.lease_is({fence, there ? std::optional(view_of(*there)) : std::nullopt});
    look();
  }
  void change(std::uint64_t generation) {
    it.change(log, view_of(generation), [this](const status& done) { told.push_back(done); });
  }
  // What was put last is committed: the log's callback comes after the log.
  void commit() {
    auto last = puts.back();
    log = view_of(last.generation);
    last.then(ok);
    look();
  }
};

}  // namespace

TEST_CASE("zookeeper coordination: a view is kept there, then put into the log, then the next may follow") {
  house at;
  at.look();
  CHECK(at.runs == std::vector<bool>{true});
  CHECK_FALSE(at.it.leads());
  CHECK_FALSE(at.it.standstill().empty());
  at.lease(5);
  CHECK(at.it.leads() == 5);
  CHECK(at.it.standstill().empty());
  at.change(1);
  CHECK(at.kept == std::vector<std::uint64_t>{1});
  CHECK(at.puts.empty());
  CHECK_FALSE(at.it.leads());
  at.it.kept(ok);
  REQUIRE(at.puts.size() == 1);
  CHECK(at.puts[0].generation == 1);
  CHECK(at.puts[0].follows);
  CHECK(at.told.empty());
  at.commit();
  REQUIRE(at.told.size() == 1);
  CHECK(at.told[0]);
  CHECK(at.it.leads() == 5);
  CHECK(at.joined == 1);
}

TEST_CASE("zookeeper coordination: what ZooKeeper refuses never reaches the log") {
  house at;
  at.look();
  at.lease(5);
  at.change(1);
  at.it.kept(errc::not_owner);
  at.it.lease_is({});
  at.look();
  REQUIRE(at.told.size() == 1);
  CHECK(at.told[0].code() == errc::not_owner);
  CHECK(at.puts.empty());
  CHECK_FALSE(at.it.leads());
}

TEST_CASE("zookeeper coordination: a later view there is brought into the log before anything new") {
  house at;
  at.log = view_of(3);
  at.look();
  at.lease(6, 4);
  CHECK_FALSE(at.it.leads());
  REQUIRE(at.puts.size() == 1);
  CHECK(at.puts[0].generation == 4);
  CHECK_FALSE(at.puts[0].follows);  // somebody else made it out of a view that we need not have
  at.look();
  CHECK(at.puts.size() == 1);
  at.puts[0].then(errc::not_owner);  // lost: tried again
  at.look();
  REQUIRE(at.puts.size() == 2);
  at.commit();
  CHECK(at.it.leads() == 6);
  CHECK(at.kept.empty());
}

TEST_CASE("zookeeper coordination: a log that is ahead is written there, when it was empty, older or new to it") {
  for (std::optional<std::uint64_t> there : {std::optional<std::uint64_t>(), std::optional<std::uint64_t>(2)}) {
    house at;
    at.log = view_of(3);
    at.look();
    at.lease(6, there);
    CHECK_FALSE(at.it.leads());
    CHECK(at.kept == std::vector<std::uint64_t>{3});
    at.look();
    CHECK(at.kept.size() == 1);
    at.it.kept(ok);
    at.look();
    CHECK(at.it.leads() == 6);
    CHECK(at.puts.empty());
  }
}

TEST_CASE("zookeeper coordination: a change that ZooKeeper took and the log did not is put there again") {
  house at;
  at.log = view_of(3);
  at.look();
  at.lease(6, 3);
  at.change(4);
  at.it.kept(ok);
  at.puts[0].then(errc::not_owner);
  REQUIRE(at.told.size() == 1);
  CHECK_FALSE(at.told[0]);
  CHECK_FALSE(at.it.leads());
  at.look();
  REQUIRE(at.puts.size() == 2);
  CHECK(at.puts[1].generation == 4);
  at.commit();
  CHECK(at.it.leads() == 6);
}

TEST_CASE("zookeeper coordination: who no longer leads the meta group withdraws and changes nothing") {
  house at;
  at.log = view_of(3);
  at.look();
  at.lease(6, 3);
  CHECK(at.it.leads());
  at.look(false);
  CHECK(at.runs == std::vector<bool>{true, false});
  CHECK_FALSE(at.it.leads());
  at.it.lease_is({});
  at.look(false);
  CHECK(at.runs.size() == 2);
}

TEST_CASE("zookeeper coordination: a view that ZooKeeper cannot take is not tried again at once, and the words are kept") {
  house at;
  at.log = view_of(3);
  at.look();
  at.lease(6, 3);
  at.change(4);
  at.it.kept(make_error(errc::invalid_arguments, "the ring view takes 2000000 bytes"));
  REQUIRE(at.told.size() == 1);
  at.look();
  CHECK_FALSE(at.it.leads());
  CHECK(at.it.standstill() == "the ring view takes 2000000 bytes");
  at.now += std::chrono::seconds(31);
  at.look();
  CHECK(at.it.leads() == 6);
}

}  // namespace carillon
