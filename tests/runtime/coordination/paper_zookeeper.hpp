// A ZooKeeper on paper: nodes, sessions, one-time watches, sequence numbers, versions; and hosts that
// speak to it through their zookeeper_state. Everything happens when a test says so: answers may be lost
// after what was asked was done, connections cut, sessions expired, nodes taken away by an operator.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "runtime/coordination/zookeeper_state.hpp"
#include "runtime/wire/coordination_text.hpp"

namespace carillon::zookeeper {

class paper_zookeeper {
public:
  struct node {
    std::string data;
    session_id owner = 0;
    std::uint64_t made = 0;
    std::int32_t version = 0;
    bool closed = false;  // by its ACL, to everyone
  };

  struct host {
    std::string name;
    seeded_random random;
    std::unique_ptr<zookeeper_state> state;
    session_id session = 0;    // 0: it has none
    bool connected = false;
    bool wants_session = false;
    std::vector<zk_request> asked;  // not looked at by the servers yet
    std::set<std::string> node_watches, child_watches;
    unsigned answers_to_lose = 0;  // of what is done next: the connection breaks instead

    // What came out.
    std::optional<wire::founding_facts> founded;
    std::set<std::string> seen;
    std::vector<std::string> log;
    std::optional<status> changed;
    std::size_t requests = 0;

    explicit host(std::uint64_t seed) : random(seed) {}
    zookeeper_state* operator->() { return state.get(); }
    bool leads() const { return state->lease().has_value(); }
  };

  host& add(const std::string& name, std::uint64_t store_id,
            std::optional<wire::founding_facts> facts = {}, std::uint64_t incarnation = 0,
            std::uint64_t starts = 1) {
    auto& made = *hosts.emplace_back(std::make_unique<host>(store_id));
    made.name = name;
    zk_options how{.servers = "zk:1", .root = "/site/chat", .myself = {}, .hosts_to_found = 3};
    how.myself.set_cluster_name("trial");
    how.myself.set_slots(64);
    auto& member = *how.myself.mutable_member();
    member.set_name(name);
    member.set_store_id(store_id);
    member.set_incarnation(incarnation ? incarnation : store_id * 100 + starts);
    member.set_starts(starts);
    member.set_peer_address(name + ":7101");
    made.state = std::make_unique<zookeeper_state>(std::move(how), std::move(facts), made.random);
    return made;
  }

  // Until nobody has anything to say; time does not pass.
  void settle() {
    for (int turn = 0; turn < 10'000; ++turn)
      if (!step())
        return;
    FAIL("the hosts and ZooKeeper never come to rest");
  }
  // One request of each host, and what follows from it. False: nothing happened.
  bool step() {
    bool any = false;
    for (std::size_t i = 0; i < hosts.size(); ++i)
      any |= step(*hosts[i]);
    return any;
  }
  bool step(host& of) {
    collect(of);
    bool any = false;
    if (of.wants_session && runs) {
      of.wants_session = false;
      drop(of);
      of.session = ++last_session;
      of.connected = true;
      of->session(zk_session::connected, of.session, now);
      any = true;
    }
    if (of.connected && !of.asked.empty()) {
      zk_request next = std::move(of.asked.front());
      of.asked.erase(of.asked.begin());
      ++of.requests;
      const zk_reply reply = carry_out(of, next);
      if (of.answers_to_lose > 0 && --of.answers_to_lose == 0)
        cut(of);
      else
        of->replied(reply, now);
      any = true;
    }
    collect(of);
    return any || !of.asked.empty();
  }
  void pass(std::chrono::milliseconds time) {
    now += time;
    for (auto& each : hosts)
      (*each)->tick(now);
  }

  void cut(host& of) {
    of.connected = false;
    of.asked.clear();
    of->session(zk_session::lost, 0, now);
    collect(of);
    of.asked.clear();
  }
  void reconnect(host& of) {
    REQUIRE(of.session != 0);
    of.connected = true;
    of->session(zk_session::connected, of.session, now);
  }
  // The servers' decision. The host hears of it when it is connected again.
  void expire(host& of) {
    const session_id gone = of.session;
    std::vector<std::string> paths;
    for (const auto& [path, each] : nodes)
      if (each.owner == gone && gone != 0)
        paths.push_back(path);
    for (const std::string& path : paths)
      remove(path);
  }
  void hear_of_expiry(host& of) {
    of.session = 0;
    of.connected = false;
    of.asked.clear();
    of.node_watches.clear();
    of.child_watches.clear();
    of->session(zk_session::expired, 0, now);
    collect(of);
  }
  // The process is gone; its session is there until expire().
  void kill(host& of) {
    for (auto at = hosts.begin(); at != hosts.end(); ++at)
      if (at->get() == &of) {
        graves.push_back(std::move(*at));
        hosts.erase(at);
        return;
      }
  }

  void remove(const std::string& path) {
    nodes.erase(path);
    fire(path, true);
  }
  void put(const std::string& path, const std::string& data, session_id owner = 0) {
    const bool is_new = nodes.count(path) == 0;
    node& at = nodes[path];
    at.data = data;
    at.owner = owner;
    if (is_new)
      at.made = ++zxid;
    else
      ++at.version;
    fire(path, is_new);
  }
  std::optional<wire::view_record> view() const {
    auto at = nodes.find("/site/chat/view");
    return at == nodes.end() ? std::nullopt : wire::read_view(at->second.data);
  }
  std::vector<std::string> children_of(const std::string& path) const {
    std::vector<std::string> out;
    for (const auto& [each, it] : nodes)
      if (each.size() > path.size() + 1 && each.starts_with(path + "/") &&
          each.find('/', path.size() + 1) == std::string::npos)
        out.push_back(each.substr(path.size() + 1));
    return out;
  }
  session_id owner_of(const std::string& path) const {
    auto at = nodes.find(path);
    return at == nodes.end() ? 0 : at->second.owner;
  }

  std::map<std::string, node> nodes{{"/site", {}}};
  std::vector<std::unique_ptr<host>> hosts, graves;
  bool runs = true;  // it takes new sessions
  tick_time now{};
  std::uint64_t zxid = 0;
  session_id last_session = 0;
  std::map<std::string, std::uint32_t> numbers;

private:
  void drop(host& of) {
    of.node_watches.clear();
    of.child_watches.clear();
    of.asked.clear();
    if (of.session != 0)
      expire(of);  // closed by the host
  }

  void collect(host& of) {
    for (zk_effects what = of->take_effects(); !what.empty(); what = of->take_effects()) {
      for (auto& each : what.notes)
        of.log.push_back(each.words);
      if (what.open_session)
        of.wants_session = true;
      for (auto& each : what.requests)
        of.asked.push_back(std::move(each));
      if (what.founded)
        of.founded = what.founded;
      for (const auto& each : what.hosts)
        of.seen.insert(each.member().name());
      if (what.changed)
        of.changed = what.changed;
    }
  }

  void fire(const std::string& path, bool came_or_went) {
    const std::string parent = path.substr(0, path.rfind('/'));
    for (auto& each : hosts) {
      if (each->node_watches.erase(path) > 0)
        (*each)->fired(path, now);
      if (came_or_went && each->child_watches.erase(parent) > 0)
        (*each)->fired(parent, now);
    }
  }

  zk_reply carry_out(host& by, const zk_request& asked) {
    using kind = zk_request::kind;
    zk_reply out{.id = asked.id};
    auto at = nodes.find(asked.path);
    const bool there = at != nodes.end();
    auto tell = [&](const node& about) {
      out.version = about.version;
      out.owner = about.owner;
      out.made = about.made;
    };
    if (asked.watch && asked.what == kind::children)
      by.child_watches.insert(asked.path);
    else if (asked.watch && (there || asked.what == kind::exists))
      by.node_watches.insert(asked.path);
    if (there && at->second.closed && asked.what != kind::exists) {
      out.code = zk_code::no_auth;
      return out;
    }
    switch (asked.what) {
      case kind::create: {
        const std::string parent = asked.path.substr(0, asked.path.rfind('/'));
        std::string path = asked.path;
        if (!parent.empty() && nodes.count(parent) == 0)
          out.code = zk_code::no_node;
        else if (!parent.empty() && nodes[parent].closed)
          out.code = zk_code::no_auth;
        else if (there && !asked.sequential)
          out.code = zk_code::node_exists;
        if (out.code != zk_code::ok)
          return out;
        if (asked.sequential)
          path += fmt::format("{:010}", numbers[parent]++);
        put(path, asked.data, asked.ephemeral ? by.session : 0);
        tell(nodes[path]);
        return out;
      }
      case kind::remove:
        if (!there)
          out.code = zk_code::no_node;
        else if (asked.version >= 0 && asked.version != at->second.version)
          out.code = zk_code::bad_version;
        else
          remove(asked.path);
        return out;
      case kind::set:
        if (!there)
          out.code = zk_code::no_node;
        else if (asked.version >= 0 && asked.version != at->second.version)
          out.code = zk_code::bad_version;
        if (out.code != zk_code::ok)
          return out;
        put(asked.path, asked.data, at->second.owner);
        tell(nodes[asked.path]);
        return out;
      case kind::exists:
      case kind::get:
        if (!there) {
          out.code = zk_code::no_node;
          return out;
        }
        tell(at->second);
        out.data = at->second.data;
        return out;
      case kind::children:
        if (!there)
          out.code = zk_code::no_node;
        else
          out.children = children_of(asked.path);
        return out;
    }
    return out;
  }
};

inline wire::founding_facts some_facts(std::uint64_t cluster = 99) {
  wire::founding_facts out;
  out.set_cluster_id(cluster);
  out.set_slots(64);
  for (std::uint64_t each : {1, 2, 3})
    out.add_meta_voters(each);
  return out;
}

inline wire::ring_view view_of(std::uint64_t generation) {
  wire::ring_view out;
  out.set_generation(generation);
  return out;
}

}  // namespace carillon::zookeeper
