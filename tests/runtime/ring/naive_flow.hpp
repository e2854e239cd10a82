// The second, slow and obvious answer to placement: a table is a flow of places from slots over hosts, each
// slot on a host once, each host with so many; the best one is the cheapest flow, found by shortest
// augmenting paths (Bellman and Ford). It shares nothing with runtime/ring.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace carillon::naive {

class flow {
public:
  explicit flow(std::size_t nodes) : out_(nodes) {}

  std::size_t add_node() {
    out_.emplace_back();
    return out_.size() - 1;
  }
  void add(std::size_t from, std::size_t to, int room, int cost) {
    out_[from].push_back(edges_.size());
    edges_.push_back({to, room, cost});
    out_[to].push_back(edges_.size());
    edges_.push_back({from, 0, -cost});
  }
  struct outcome {
    int amount = 0;
    int cost = 0;
  };
  outcome cheapest(std::size_t source, std::size_t sink) {
    outcome sum;
    for (;;) {
      constexpr int far = std::numeric_limits<int>::max() / 2;
      std::vector<int> distance(out_.size(), far);
      std::vector<std::size_t> by(out_.size(), edges_.size());
      distance[source] = 0;
      for (bool nearer = true; nearer;) {
        nearer = false;
        for (std::size_t at = 0; at < out_.size(); ++at)
          for (std::size_t each : out_[at])
            if (const edge& e = edges_[each];
                distance[at] < far && e.room > 0 && distance[at] + e.cost < distance[e.to]) {
              distance[e.to] = distance[at] + e.cost;
              by[e.to] = each;
              nearer = true;
            }
      }
      if (distance[sink] >= far)
        return sum;
      for (std::size_t at = sink; at != source; at = edges_[by[at] ^ 1].to) {
        --edges_[by[at]].room;
        ++edges_[by[at] ^ 1].room;
      }
      ++sum.amount;
      sum.cost += distance[sink];
    }
  }

private:
  struct edge {
    std::size_t to;
    int room;
    int cost;
  };
  std::vector<std::vector<std::size_t>> out_;
  std::vector<edge> edges_;
};

struct host {
  std::uint64_t id = 0;
  std::string zone = {};
  int places = 0;  // exactly so many
};
using table = std::vector<std::vector<std::uint64_t>>;  // by slot, who holds it

// How few places have to be new in a table of these hosts, when `before` is what there was.
// -1: there is no such table.
inline int fewest_moves(const std::vector<host>& hosts, const table& before, int replicas) {
  flow net(2 + before.size() + hosts.size());
  const auto slot_at = [](std::size_t slot) { return 2 + slot; };
  const auto host_at = [&](std::size_t i) { return 2 + before.size() + i; };
  for (std::size_t slot = 0; slot < before.size(); ++slot) {
    net.add(0, slot_at(slot), replicas, 0);
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      bool had = false;
      for (std::uint64_t id : before[slot])
        had = had || id == hosts[i].id;
      net.add(slot_at(slot), host_at(i), 1, had ? 0 : 1);
    }
  }
  for (std::size_t i = 0; i < hosts.size(); ++i)
    net.add(host_at(i), 1, hosts[i].places, 0);
  const auto found = net.cheapest(0, 1);
  return found.amount == static_cast<int>(before.size()) * replicas ? found.cost : -1;
}

// In how many zones the slots can be, added up. -1: there is no such table.
inline int most_zones(const std::vector<host>& hosts, std::size_t slots, int replicas) {
  flow net(2 + slots + hosts.size());
  const auto host_at = [&](std::size_t i) { return 2 + slots + i; };
  for (std::size_t slot = 0; slot < slots; ++slot) {
    net.add(0, 2 + slot, replicas, 0);
    std::map<std::string, std::size_t> zones;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      auto [zone, is_new] = zones.try_emplace(hosts[i].zone, 0);
      if (is_new) {
        zone->second = net.add_node();
        net.add(2 + slot, zone->second, 1, -1);
        net.add(2 + slot, zone->second, replicas - 1, 0);
      }
      net.add(zone->second, host_at(i), 1, 0);
    }
  }
  for (std::size_t i = 0; i < hosts.size(); ++i)
    net.add(host_at(i), 1, hosts[i].places, 0);
  const auto found = net.cheapest(0, 1);
  return found.amount == static_cast<int>(slots) * replicas ? -found.cost : -1;
}

}  // namespace carillon::naive
