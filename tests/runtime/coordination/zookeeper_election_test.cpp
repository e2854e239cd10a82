// Who leads the ring and changes its view, as ZooKeeper's recipe for elections has it.
#include "tests/runtime/coordination/paper_zookeeper.hpp"

namespace carillon::zookeeper {
namespace {

struct three_hosts {
  paper_zookeeper zk;
  paper_zookeeper::host& a = zk.add("a", 30, some_facts());
  paper_zookeeper::host& b = zk.add("b", 20, some_facts());
  paper_zookeeper::host& c = zk.add("c", 10, some_facts());

  three_hosts() {
    for (auto* each : {&a, &b, &c}) {
      (*each)->joined();
      (*each)->run(true, zk.now);
      zk.settle();
    }
  }
  int leaders() const { return a.leads() + b.leads() + c.leads(); }
};

}  // namespace

TEST_CASE("zookeeper: the first candidate leads; when it goes, only the next one hears of it") {
  three_hosts all;
  CHECK(all.a.leads());
  CHECK(all.leaders() == 1);
  const std::uint64_t fence = all.a->lease()->fence;
  for (auto* each : {&all.b, &all.c})
    each->requests = 0;
  all.zk.kill(all.a);
  all.zk.settle();
  CHECK_FALSE(all.b.leads());  // its session is there still
  all.zk.expire(*all.zk.graves.back());
  all.zk.settle();
  CHECK(all.b.leads());
  CHECK(all.b->lease()->fence > fence);
  CHECK_FALSE(all.c.leads());
  CHECK(all.c.requests == 0);
}

TEST_CASE("zookeeper: one that does not want to lead any more leaves at once") {
  three_hosts all;
  all.a->run(false, all.zk.now);
  CHECK_FALSE(all.a.leads());
  all.zk.settle();
  CHECK(all.b.leads());
  CHECK(all.zk.children_of("/site/chat/election").size() == 2);
  all.a->run(true, all.zk.now);
  all.zk.settle();
  CHECK_FALSE(all.a.leads());
  CHECK(all.zk.children_of("/site/chat/election").size() == 3);
}

TEST_CASE("zookeeper: when one in the middle goes, who waited behind it waits for the one before") {
  three_hosts all;
  all.zk.expire(all.b);
  all.zk.kill(all.b);
  all.zk.settle();
  CHECK(all.a.leads());
  CHECK_FALSE(all.c.leads());
  all.a->run(false, all.zk.now);
  all.zk.settle();
  CHECK(all.c.leads());
}

TEST_CASE("zookeeper: a leader without a connection is none, and is it again with the same number") {
  three_hosts all;
  const std::uint64_t fence = all.a->lease()->fence;
  all.zk.cut(all.a);
  CHECK_FALSE(all.a.leads());
  all.zk.settle();
  CHECK_FALSE(all.b.leads());
  all.zk.reconnect(all.a);
  all.zk.settle();
  REQUIRE(all.a.leads());
  CHECK(all.a->lease()->fence == fence);
}

TEST_CASE("zookeeper: a leader whose session expired comes back behind the others") {
  three_hosts all;
  all.zk.cut(all.a);
  all.zk.expire(all.a);
  all.zk.settle();
  CHECK(all.b.leads());
  all.zk.hear_of_expiry(all.a);
  all.zk.settle();
  CHECK_FALSE(all.a.leads());
  CHECK(all.leaders() == 1);
  CHECK(all.zk.children_of("/site/chat/election").size() == 3);
}

TEST_CASE("zookeeper: a candidacy that an operator removes is stood for anew") {
  three_hosts all;
  all.zk.remove("/site/chat/election/" + all.zk.children_of("/site/chat/election").front());
  all.zk.settle();
  CHECK(all.b.leads());
  CHECK(all.leaders() == 1);
  CHECK(all.zk.children_of("/site/chat/election").size() == 3);
  all.zk.put("/site/chat/election/notes", "somebody's");  // is no candidate
  all.b->run(false, all.zk.now);
  all.zk.settle();
  CHECK(all.c.leads());
}

TEST_CASE("zookeeper: the view is written with the version that was read, and the next leader finds it") {
  three_hosts all;
  CHECK_FALSE(all.a->lease()->view);
  for (std::uint64_t generation : {1, 2, 3}) {
    all.a->change(view_of(generation), all.zk.now);
    all.zk.settle();
    REQUIRE(all.a.changed);
    CHECK(*all.a.changed);
    all.a.changed.reset();
  }
  REQUIRE(all.zk.view());
  CHECK(all.zk.view()->view().generation() == 3);
  CHECK(all.zk.view()->cluster_id() == 99);
  CHECK(all.zk.view()->fence() == all.a->lease()->fence);
  all.a->run(false, all.zk.now);
  all.zk.settle();
  REQUIRE(all.b->lease()->view);
  CHECK(all.b->lease()->view->generation() == 3);
}

TEST_CASE("zookeeper: a change that follows another version than the one there is refused, and the view read again") {
  three_hosts all;
  all.a->change(view_of(1), all.zk.now);
  all.zk.settle();
  wire::view_record other;
  other.set_cluster_id(99);
  other.mutable_view()->set_generation(7);
  all.zk.put("/site/chat/view", wire::to_bytes(other));
  all.a.changed.reset();
  all.a->change(view_of(2), all.zk.now);
  all.zk.settle();
  REQUIRE(all.a.changed);
  CHECK(all.a.changed->code() == errc::not_owner);
  CHECK(all.zk.view()->view().generation() == 7);
  CHECK_FALSE(all.a.leads());
  all.zk.pass(std::chrono::seconds(2));
  all.zk.settle();
  REQUIRE(all.a.leads());
  CHECK(all.a->lease()->view->generation() == 7);
  all.a->change(view_of(8), all.zk.now);
  all.zk.settle();
  CHECK(all.zk.view()->view().generation() == 8);
}

TEST_CASE("zookeeper: a change whose answer was lost has happened or not, and the next lease tells which") {
  for (bool happens : {false, true}) {
    CAPTURE(happens);
    three_hosts all;
    all.a->change(view_of(1), all.zk.now);
    all.zk.settle();
    all.a.changed.reset();
    all.a->change(view_of(2), all.zk.now);
    if (happens) {
      all.a.answers_to_lose = 1;
      all.zk.settle();
    } else {
      all.zk.cut(all.a);
    }
    REQUIRE(all.a.changed);
    CHECK(all.a.changed->code() == errc::not_owner);
    all.zk.reconnect(all.a);
    all.zk.settle();
    REQUIRE(all.a.leads());
    CHECK(all.a->lease()->view->generation() == (happens ? 2 : 1));
  }
}

TEST_CASE("zookeeper: a change has one outcome, also when its answer comes after the leadership has ended") {
  three_hosts all;
  all.a->change(view_of(1), all.zk.now);
  all.a->run(false, all.zk.now);
  const zk_effects told = all.a->take_effects();
  REQUIRE(told.changed);
  CHECK(told.changed->code() == errc::not_owner);
  for (const zk_request& each : told.requests)
    if (each.what == zk_request::kind::create)
      all.a->replied({.id = each.id, .code = zk_code::ok}, all.zk.now);
  CHECK_FALSE(all.a->take_effects().changed);
}

TEST_CASE("zookeeper: a leader that finds a later one's view does not lead") {
  three_hosts all;
  wire::view_record other;
  other.set_cluster_id(99);
  other.set_fence(1'000'000);
  all.zk.put("/site/chat/view", wire::to_bytes(other));
  all.a->run(false, all.zk.now);
  all.zk.settle();
  CHECK(all.leaders() == 0);
  CHECK(all.b->trouble().find("is of a later leader") != std::string::npos);
  all.zk.put("/site/chat/view", "rubbish");
  all.zk.pass(std::chrono::seconds(6));
  all.zk.settle();
  CHECK(all.b->trouble().find("is no ring view of this cluster") != std::string::npos);
  all.zk.remove("/site/chat/view");
  all.zk.pass(std::chrono::seconds(6));
  all.zk.settle();
  CHECK(all.b.leads());
  CHECK(all.b->trouble().empty());
}

TEST_CASE("zookeeper: a view that is too large is refused before it is sent") {
  three_hosts all;
  seeded_random random(3);
  auto view_with = [&](std::size_t members) {
    wire::ring_view view = view_of(1);
    for (std::size_t i = 0; i < members; ++i) {
      auto& member = *view.add_members();
      for (auto* text : {member.mutable_name(), member.mutable_peer_address()})
        for (int j = 0; j < 32; ++j)
          text->push_back(static_cast<char>('!' + random.below(90)));
    }
    return view;
  };
  all.a->change(view_with(12'000), all.zk.now);
  all.zk.settle();
  REQUIRE(all.a.changed);
  CHECK(*all.a.changed);
  all.a.changed.reset();
  const std::string before = all.zk.nodes["/site/chat/view"].data;
  all.a->change(view_with(24'000), all.zk.now);
  all.zk.settle();
  REQUIRE(all.a.changed);
  CHECK(all.a.changed->code() == errc::invalid_arguments);
  CHECK(all.a.changed->error().detail.find("ZooKeeper takes 1000000 at most") != std::string::npos);
  CHECK(all.zk.nodes["/site/chat/view"].data == before);
  CHECK(all.a.leads());
}

TEST_CASE("zookeeper: the leader hears of every new host, nobody else does") {
  three_hosts all;
  all.a.seen.clear();
  all.b.seen.clear();
  auto& d = all.zk.add("d", 40);
  all.zk.settle();
  CHECK(all.a.seen == std::set<std::string>{"b", "c", "d"});
  CHECK(all.b.seen.empty());
  CHECK(d.seen == std::set<std::string>{"a", "b", "c"});
}

}  // namespace carillon::zookeeper
