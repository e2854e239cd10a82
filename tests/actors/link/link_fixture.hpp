// Hosts with nothing but a link, in one process, over real sockets on loopback: each has its own
// actor system, replicas that note what they get, and a hub that does the same. Tests wait for what
// they expect, with a deadline.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <caf/all.hpp>
#include <caf/io/all.hpp>

#include "actors/link/link_actor.hpp"
#include "runtime/cluster/caf_transport.hpp"
#include "runtime/base/random.hpp"
#include "runtime/cluster/sockets.hpp"

namespace carillon {

inline constexpr std::chrono::seconds test_patience{20};

// What the actors of one host were given. Thread-safe.
class notebook {
public:
  struct pages {
    std::vector<raft_received> raft;
    std::vector<nominated> nominations;
    std::vector<std::shared_ptr<const liveness>> ticks;  // of slot 0
    std::vector<event_delivery> events;
    std::vector<notification> notifications;
    std::vector<membership_notice> memberships;
    std::vector<events_missed> missed;
    std::vector<std::string> revoked;
    std::vector<std::string> old_copies;  // what the host was told of its disk
    std::vector<raft::member_id> lost, alive;  // each as often as it was told
  };

  void write(const std::function<void(pages&)>& what) {
    std::lock_guard lock(mutex_);
    what(pages_);
    changed_.notify_all();
  }
  // True as soon as `holds`; false when it does not come to that in time.
  bool wait(const std::function<bool(const pages&)>& holds,
            std::chrono::milliseconds patience = test_patience) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return holds(pages_); });
  }
  bool hears(raft::member_id host, std::chrono::milliseconds patience = test_patience) {
    return wait([&](const pages& p) { return std::count(p.alive.begin(), p.alive.end(), host) > 0; },
                patience);
  }
  bool loses(raft::member_id host, std::chrono::milliseconds patience = test_patience) {
    return wait([&](const pages& p) { return std::count(p.lost.begin(), p.lost.end(), host) > 0; },
                patience);
  }
  void clear() {
    std::lock_guard lock(mutex_);
    pages_ = {};
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  pages pages_;
};

// Answers a channel request with its channel as the detail, an interest with its slot.
inline caf::behavior replica_behavior(caf::event_based_actor*, notebook* notes, bool first) {
  return {
      [notes](raft_received& got) {
        notes->write([&](notebook::pages& p) { p.raft.push_back(std::move(got)); });
      },
      [notes](const nominated& got) {
        notes->write([&](notebook::pages& p) { p.nominations.push_back(got); });
      },
      [notes, first](const host_tick& tick) {
        if (!first)
          return;
        notes->write([&](notebook::pages& p) {
          p.ticks.push_back(tick.heard);
          p.lost.insert(p.lost.end(), tick.heard->lost.begin(), tick.heard->lost.end());
          p.alive.insert(p.alive.end(), tick.heard->alive.begin(), tick.heard->alive.end());
        });
      },
      [](const channel_request_box& request) {
        wire::channel_reply reply;
        reply.set_detail("asked in " + request->channel_id());
        if (request->channel_id() == "C_elsewhere")
          reply.set_errc(static_cast<std::uint32_t>(errc::not_owner) + 1);
        return channel_reply_box(std::move(reply));
      },
      [](const meta_request_box& request) {
        wire::peer_reply reply;
        reply.mutable_meta()->set_index(request->directory().size());
        return peer_reply_box(std::move(reply));
      },
      [](const peer_asks& asked) {
        wire::peer_reply reply;
        reply.mutable_interest()->set_slot(asked.slot);
        reply.set_leader(asked.from);
        return peer_reply_box(std::move(reply));
      },
  };
}

inline caf::behavior hub_behavior(caf::event_based_actor*, notebook* notes) {
  return {
      [notes](event_delivery& got) {
        notes->write([&](notebook::pages& p) { p.events.push_back(std::move(got)); });
      },
      [notes](notification& got) {
        notes->write([&](notebook::pages& p) { p.notifications.push_back(std::move(got)); });
      },
      [notes](const membership_notice& got) {
        notes->write([&](notebook::pages& p) { p.memberships.push_back(got); });
      },
      [notes](const events_missed& got) {
        notes->write([&](notebook::pages& p) { p.missed.push_back(got); });
      },
  };
}

struct link_system_config : caf::actor_system_config {
  explicit link_system_config(const settings& config) {
    set("scheduler.max-threads", std::size_t{2});
    set("scheduler.policy", caf::atom("sharing"));
    configure_links(*this, config);
  }
};

inline std::string free_address() {
  return "127.0.0.1:" + std::to_string(cluster::listen_on("127.0.0.1:0")->port);
}

// Settings of a cluster "a", "b", ... on free ports, with impatient timers.
inline settings cluster_of(const std::vector<std::string>& names) {
  settings out;
  out.cluster.name = "test";
  out.cluster.slots = 4;
  out.cluster.tick_ms = 20;
  out.cluster.suspect_ms = 500;
  for (const std::string& name : names) {
    settings::cluster_host host;
    host.name = name;
    host.peer = free_address();
    out.cluster.hosts.push_back(host);
  }
  return out;
}

class link_host {
public:
  // `store_id`: of its disk; `change`: of what the link is started with. Fails the test's REQUIRE by
  // throwing when the link does not start.
  link_host(settings config, const std::string& name, raft::member_id store_id,
            std::optional<wire::founding_facts> founding = {},
            const std::function<void(link_setup&)>& change = {})
      : actors_(named(config, name)), where(store_id, config.cluster.slots) {
    system = std::make_unique<caf::actor_system>(actors_);
    host.config = named(config, name);
    host.self = store_id;
    host.where = &where;
    for (std::uint32_t slot = 0; slot < config.cluster.slots; ++slot)
      host.slots.push_back(system->spawn(replica_behavior, &notes, slot == 0));
    host.meta = system->spawn(replica_behavior, &notes, false);
    host.hub = system->spawn(hub_behavior, &notes);
    host.forget_token = [this](const std::string& token) {
      notes.write([&](notebook::pages& p) { p.revoked.push_back(token); });
    };
    link_setup setup;
    setup.myself.set_store_id(store_id);
    setup.myself.set_incarnation(random.next());
    setup.myself.set_name(name);
    setup.founding = std::move(founding);
    setup.write_founding = [this](const wire::founding_facts& facts) -> status {
      written = facts;
      return ok;
    };
    setup.old_copy = [this](const std::string& why) {
      notes.write([&](notebook::pages& p) { p.old_copies.push_back(why); });
    };
    if (change)
      change(setup);
    auto link = start_link(*system, host, std::move(setup));
    if (!link) {
      end_actors();
      throw std::runtime_error(link.error().describe());
    }
    host.link = *link;
  }
  ~link_host() {
    caf::anon_send_exit(host.link, caf::exit_reason::kill);
    end_actors();
    // A tick that is on its way keeps the link from being destroyed, and an actor system that stops
    // its clock before waits for ever.
    caf::actor_addr link = host.link.address();
    host.link = nullptr;
    const auto deadline = steady_now() + test_patience;
    while (caf::actor_cast<caf::strong_actor_ptr>(link) && steady_now() < deadline)
      std::this_thread::yield();
  }

  result<wire::founding_facts> wait_until_founded() { return wait_founded(*system, host.link, stop); }
  void serve() { caf::anon_send(host.link, serve_peers{}); }
  void send(raft::member_id to, wire::item_kind kind, std::uint32_t slot, std::string body) {
    caf::anon_send(host.link, send_to_peer{to, kind, slot, std::move(body)});
  }
  wire::peer_reply ask(raft::member_id to, std::uint32_t slot, wire::peer_request what,
                       std::chrono::milliseconds patience = std::chrono::seconds(10)) {
    caf::scoped_actor self{*system};
    wire::peer_reply out;
    self->request(host.link, caf::infinite,
                  ask_peer{to, slot, std::make_shared<wire::peer_request>(std::move(what)), patience})
        .receive([&](const peer_reply_box& reply) { out = *reply; },
                 [&](const caf::error& why) { out.set_detail("the link: " + to_string(why)); });
    return out;
  }
  std::string describe() {
    caf::scoped_actor self{*system};
    std::string out;
    self->request(host.link, caf::infinite, describe_link{})
        .receive([&](std::string& said) { out = std::move(said); }, [](const caf::error&) {});
    return out;
  }
  // Until describe() has these words in it.
  bool comes_to_say(const std::string& words) {
    const auto deadline = steady_now() + test_patience;
    while (steady_now() < deadline)
      if (describe().find(words) != std::string::npos)
        return true;
    return false;
  }

  std::atomic<bool> stop{false};
  std::optional<wire::founding_facts> written;
  secure_random random;
  notebook notes;

private:
  void end_actors() {
    for (const caf::actor& slot : host.slots)
      caf::anon_send_exit(slot, caf::exit_reason::kill);
    for (const caf::actor& each : {host.meta, host.hub})
      caf::anon_send_exit(each, caf::exit_reason::kill);
  }
  static settings named(settings config, const std::string& name) {
    config.host.name = name;
    return config;
  }
  link_system_config actors_;

public:
  locator where;
  host_services host;
  std::unique_ptr<caf::actor_system> system;  // ends first: its actors use what is above
};

inline wire::founding_facts facts_of(std::vector<std::uint64_t> voters, std::uint64_t id = 4711) {
  wire::founding_facts out;
  out.set_cluster_id(id);
  out.set_slots(4);
  for (std::uint64_t voter : voters)
    out.add_meta_voters(voter);
  return out;
}

}  // namespace carillon
