// How hosts find or found their cluster in ZooKeeper, and keep their place there through lost answers, lost
// connections, expired sessions and other people's hands.
#include "tests/runtime/coordination/paper_zookeeper.hpp"

namespace carillon::zookeeper {
namespace {

bool said(const paper_zookeeper::host& host, const std::string& words) {
  for (const std::string& line : host.log)
    if (line.find(words) != std::string::npos)
      return true;
  return false;
}

}  // namespace

TEST_CASE("zookeeper: three hosts that know nothing of one another found one cluster") {
  paper_zookeeper zk;
  auto& a = zk.add("a", 30);
  auto& b = zk.add("b", 20);
  zk.settle();
  CHECK_FALSE(a.founded);
  CHECK(a->trouble() == "2 of 3 hosts that found the cluster are registered in ZooKeeper at /site/chat: a, b");
  auto& c = zk.add("c", 10);
  zk.settle();
  REQUIRE(a.founded);
  REQUIRE(b.founded);
  REQUIRE(c.founded);
  CHECK(a.founded->cluster_id() != 0);
  CHECK(a.founded->SerializeAsString() == b.founded->SerializeAsString());
  CHECK(a.founded->SerializeAsString() == c.founded->SerializeAsString());
  CHECK(std::vector<std::uint64_t>(a.founded->meta_voters().begin(), a.founded->meta_voters().end()) ==
        std::vector<std::uint64_t>{10, 20, 30});
  CHECK(a.seen == std::set<std::string>{"b", "c"});
  CHECK(c.seen == std::set<std::string>{"a", "b"});
  CHECK(a->trouble().empty());
  auto record = wire::read_registration(zk.nodes["/site/chat/hosts/b"].data);
  REQUIRE(record);
  CHECK(record->cluster_id() == a.founded->cluster_id());
}

TEST_CASE("zookeeper: a new host finds the cluster and some of its hosts; it is no reason for the others to look") {
  paper_zookeeper zk;
  std::vector<paper_zookeeper::host*> members;
  for (int i = 0; i < 40; ++i) {
    members.push_back(&zk.add(fmt::format("h{:02}", i), 100 + static_cast<std::uint64_t>(i), some_facts()));
    (*members.back())->joined();
  }
  zk.settle();
  for (auto* each : members)
    each->requests = 0;
  auto& d = zk.add("h20x", 7);
  zk.settle();
  REQUIRE(d.founded);
  CHECK(d.founded->cluster_id() == 99);
  CHECK(d.seen.size() == 16);
  CHECK(d.seen.count("h21") == 1);
  std::size_t asked = 0;
  for (auto* each : members)
    asked += each->requests;
  CHECK(asked == 0);
  d->joined();
  zk.pass(std::chrono::seconds(5));
  zk.settle();
  const std::size_t before = d.requests;
  zk.pass(std::chrono::seconds(60));
  zk.settle();
  CHECK(d.requests == before);
}

TEST_CASE("zookeeper: a node whose making was not answered is known as ours by its owner") {
  for (unsigned lost = 1; lost < 30; ++lost) {
    CAPTURE(lost);
    paper_zookeeper zk;
    auto& a = zk.add("a", 30, some_facts());
    a.answers_to_lose = lost;
    a->run(true, zk.now);
    zk.settle();
    if (a.connected)
      break;  // it asked less than that
    CHECK_FALSE(a.leads());
    zk.reconnect(a);
    zk.settle();
    CHECK(zk.owner_of("/site/chat/hosts/a") == a.session);
    CHECK(zk.children_of("/site/chat/election").size() == 1);
    CHECK(a.leads());
    CHECK(a->trouble().empty());
  }
}

TEST_CASE("zookeeper: an expired session is followed by a new one, with a new registration") {
  paper_zookeeper zk;
  auto& a = zk.add("a", 30, some_facts());
  zk.settle();
  const session_id first = a.session;
  zk.cut(a);
  CHECK(a->trouble() == "ZooKeeper at zk:1 is away");
  zk.expire(a);
  CHECK(zk.nodes.count("/site/chat/hosts/a") == 0);
  zk.hear_of_expiry(a);
  zk.settle();
  CHECK(a.session != first);
  CHECK(zk.owner_of("/site/chat/hosts/a") == a.session);
  CHECK(a->trouble().empty());
}

TEST_CASE("zookeeper: another session without a word of the first one's end is noticed at the next connection") {
  paper_zookeeper zk;
  auto& a = zk.add("a", 30, some_facts());
  a->run(true, zk.now);
  zk.settle();
  zk.cut(a);
  zk.expire(a);
  a.node_watches.clear();
  a.session = ++zk.last_session;
  zk.reconnect(a);
  zk.settle();
  CHECK(zk.owner_of("/site/chat/hosts/a") == a.session);
  CHECK(a.leads());
  CHECK(zk.children_of("/site/chat/election").size() == 1);
}

TEST_CASE("zookeeper: what an operator removes or changes of ours is put right at once") {
  paper_zookeeper zk;
  auto& a = zk.add("a", 30, some_facts());
  zk.settle();
  const std::string mine = zk.nodes["/site/chat/hosts/a"].data;
  zk.remove("/site/chat/hosts/a");
  zk.settle();
  CHECK(zk.owner_of("/site/chat/hosts/a") == a.session);
  zk.put("/site/chat/hosts/a", "{}", a.session);
  zk.settle();
  CHECK(zk.nodes["/site/chat/hosts/a"].data == mine);
  // The whole tree: the folders are made anew, the cluster stays the one that it is.
  for (const char* path : {"/site/chat/hosts/a", "/site/chat/hosts", "/site/chat/election", "/site/chat/cluster",
                           "/site/chat"})
    zk.remove(path);
  zk.settle();
  for (int i = 0; i < 3; ++i) {
    zk.pass(std::chrono::seconds(2));
    zk.settle();
  }
  CHECK(zk.owner_of("/site/chat/hosts/a") == a.session);
  auto facts = wire::read_founding(zk.nodes["/site/chat/cluster"].data);
  REQUIRE(facts);
  CHECK(facts->facts().cluster_id() == 99);
}

TEST_CASE("zookeeper: a host that was started again replaces its former self; another one of its name waits") {
  paper_zookeeper zk;
  auto& first = zk.add("a", 30, some_facts());
  zk.settle();
  zk.kill(first);
  auto& second = zk.add("a", 30, some_facts(), 0, 2);
  zk.settle();
  CHECK(zk.owner_of("/site/chat/hosts/a") == second.session);
  auto& other = zk.add("a", 31);  // an emptied disk while the old host runs, or a copied settings file
  zk.settle();
  CHECK(zk.owner_of("/site/chat/hosts/a") == second.session);
  CHECK(other->trouble() == "another host is registered as \"a\" in ZooKeeper, at a:7101");
  // An older copy of the disk does not push out the one that runs either.
  auto& copy = zk.add("a", 30, some_facts(), 5, 1);
  zk.settle();
  CHECK(zk.owner_of("/site/chat/hosts/a") == second.session);
  CHECK_FALSE(copy->trouble().empty());
  zk.kill(copy);
  zk.kill(second);
  zk.expire(*zk.graves.back());
  zk.settle();
  zk.pass(std::chrono::seconds(5));
  zk.settle();
  CHECK(zk.owner_of("/site/chat/hosts/a") == other.session);
  CHECK(other->trouble().empty());
}

TEST_CASE("zookeeper: a root of another cluster, or one that may not be written, is told and waited for") {
  paper_zookeeper zk;
  zk.add("x", 1, some_facts(1));
  zk.settle();
  auto& a = zk.add("a", 30, some_facts(2));
  zk.settle();
  CHECK(a->trouble().find("/site/chat in ZooKeeper belongs to another cluster of the name \"trial\"") == 0);
  CHECK(zk.nodes.count("/site/chat/hosts/a") == 0);
  CHECK(a.log.size() == 2);
  for (int i = 0; i < 3; ++i) {
    zk.pass(std::chrono::seconds(5));
    zk.settle();
  }
  CHECK(a.log.size() == 2);  // said once
  zk.kill(*zk.hosts.front());
  zk.remove("/site/chat/cluster");
  zk.pass(std::chrono::seconds(5));
  zk.settle();
  CHECK(zk.owner_of("/site/chat/hosts/a") == a.session);

  paper_zookeeper guarded;
  guarded.nodes["/site"].closed = true;
  auto& b = guarded.add("b", 30, some_facts());
  guarded.settle();
  CHECK(b->trouble() == "ZooKeeper does not let this host make /site/chat (its ACL)");
  guarded.nodes["/site/chat"] = {};  // the administrator makes it for us
  guarded.pass(std::chrono::seconds(5));
  guarded.settle();
  CHECK(b->trouble().empty());
  CHECK(said(b, "registered in ZooKeeper at /site/chat/hosts/b"));
}

TEST_CASE("zookeeper: without a server a host waits and says so") {
  paper_zookeeper zk;
  zk.runs = false;
  auto& a = zk.add("a", 30);
  zk.settle();
  CHECK(a->trouble() == "no connection to ZooKeeper at zk:1 yet");
  zk.pass(std::chrono::seconds(60));
  zk.settle();
  CHECK(a.log.empty());
}

}  // namespace carillon::zookeeper
