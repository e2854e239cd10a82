// Five hosts that all want to lead and change the view as often as they may, while connections break at any
// request, sessions expire, processes die and an operator removes nodes, all drawn from a seed. However it
// goes: each view follows the one that its writer had read, fences only rise, and when the weather is
// over, all are registered and one leads.
#include <map>

#include "tests/runtime/coordination/paper_zookeeper.hpp"

namespace carillon::zookeeper {
namespace {

struct storm {
  explicit storm(std::uint64_t seed) : random(seed) {
    for (std::uint64_t i = 0; i < 5; ++i)
      zk.add(std::string(1, static_cast<char>('a' + i)), 10 + i);
    starts.assign(5, 1);
  }

  paper_zookeeper::host& any() { return *zk.hosts[random.below(zk.hosts.size())]; }

  void weather() {
    auto& host = any();
    switch (random.below(9)) {
      case 0:
        if (host.connected)
          host.answers_to_lose = 1 + static_cast<unsigned>(random.below(6));
        return;
      case 1:
        if (host.connected)
          zk.cut(host);
        return;
      case 2:  // the servers have had enough of a silent one
        if (!host.connected && host.session != 0) {
          zk.expire(host);
          doomed.insert(host.session);
        }
        return;
      case 3:
        if (host.session != 0 && !host.connected)
          come_back(host);
        return;
      case 4: {
        if (random.below(6) != 0)
          return;
        const std::string name = host.name;
        const auto facts = host.founded ? host.founded : facts_of[name];
        zk.kill(host);
        left.push_back(zk.graves.back()->session);
        const auto number = static_cast<std::size_t>(name[0] - 'a');
        facts_of[name] = facts;
        zk.add(name, 10 + number, facts, 0, ++starts[number])->run(true, zk.now);
        return;
      }
      case 5:
        if (!left.empty()) {  // of a dead process
          paper_zookeeper::host ghost(1);
          ghost.session = left.back();
          left.pop_back();
          zk.expire(ghost);
        }
        return;
      case 6:
        if (random.below(8) == 0 && !zk.nodes.empty()) {
          auto at = std::next(zk.nodes.begin(), static_cast<std::ptrdiff_t>(random.below(zk.nodes.size())));
          const std::string path = at->first;
          if (at->second.owner != 0)
            zk.remove(path);
        }
        return;
      case 7:
        zk.pass(std::chrono::milliseconds(random.below(3'000)));
        return;
      default:
        host->run(random.below(4) != 0, zk.now);
    }
  }

  void come_back(paper_zookeeper::host& host) {
    if (doomed.erase(host.session) > 0)
      zk.hear_of_expiry(host);
    else
      zk.reconnect(host);
  }

  void change() {
    for (auto& each : zk.hosts) {
      if (!each->leads() || random.below(3) != 0 || busy.count(each.get()) > 0)
        continue;
      const auto& lease = (*each)->lease();
      const std::uint64_t read = lease->view ? lease->view->generation() : 0;
      const std::uint64_t base = std::max(read, written[{each.get(), lease->fence}]);
      busy.insert(each.get());
      asked[each.get()] = {base, lease->fence};
      (*each)->change(view_of(base + 1), zk.now);
    }
  }

  void look() {
    std::erase_if(busy, [&](auto* host) {
      if (!host->changed)
        return false;
      const auto [base, fence] = asked[host];
      if (*host->changed)
        written[{host, fence}] = base + 1;
      host->changed.reset();
      return true;
    });
    auto record = zk.view();
    if (!record)
      return;
    const std::uint64_t generation = record->view().generation();
    if (generation != seen_generation) {
      CHECK(generation == seen_generation + 1);
      CHECK(record->fence() >= seen_fence);
      seen_generation = generation;
      seen_fence = record->fence();
    }
  }

  seeded_random random;
  paper_zookeeper zk;
  std::vector<std::uint64_t> starts;
  std::map<std::string, std::optional<wire::founding_facts>> facts_of;
  std::set<session_id> doomed;
  std::vector<session_id> left;
  std::set<paper_zookeeper::host*> busy;
  std::map<paper_zookeeper::host*, std::pair<std::uint64_t, std::uint64_t>> asked;
  std::map<std::pair<paper_zookeeper::host*, std::uint64_t>, std::uint64_t> written;
  std::uint64_t seen_generation = 0, seen_fence = 0;
};

}  // namespace

TEST_CASE("zookeeper: in any weather views follow one another, and afterwards one host leads") {
  std::uint64_t generations = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    storm all(seed);
    for (auto& each : all.zk.hosts)
      (*each)->run(true, all.zk.now);
    for (int turn = 0; turn < 1'500; ++turn) {
      if (all.random.below(4) == 0)
        all.weather();
      all.change();
      for (std::size_t i = 0; i < 3; ++i)
        all.zk.step(all.any());
      all.look();
    }
    // The weather is over.
    for (session_id each : all.left) {
      paper_zookeeper::host ghost(1);
      ghost.session = each;
      all.zk.expire(ghost);
    }
    for (int turn = 0; turn < 12; ++turn) {
      for (auto& each : all.zk.hosts) {
        each->answers_to_lose = 0;
        if (!each->connected && each->session != 0)
          all.come_back(*each);
        (*each)->run(true, all.zk.now);
      }
      all.zk.settle();
      all.look();
      all.zk.pass(std::chrono::seconds(5));
      all.zk.settle();
      all.look();
    }
    int leaders = 0;
    std::set<std::uint64_t> clusters;
    for (auto& each : all.zk.hosts) {
      leaders += each->leads();
      const std::string path = "/site/chat/hosts/" + each->name;
      CHECK_MESSAGE(all.zk.owner_of(path) == each->session, (*each)->trouble());
      const auto facts = each->founded ? each->founded : all.facts_of[each->name];
      REQUIRE(facts);
      clusters.insert(facts->cluster_id());
    }
    CHECK(leaders == 1);
    CHECK(clusters.size() == 1);
    std::set<std::string> candidates;  // one of each session; one that was taken away is missed when its turn comes
    for (const std::string& each : all.zk.children_of("/site/chat/election"))
      CHECK(candidates.insert(each.substr(0, each.size() - 10)).second);
    generations += all.seen_generation;
  }
  MESSAGE(generations, " views");
}

}  // namespace carillon::zookeeper
