// What a host is made of, in the order of its making; each part may use those above it. For node.cpp
// and node_start.cpp only.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <caf/all.hpp>

#include "actors/activity_gate.hpp"
#include "actors/admission.hpp"
#include "actors/client_region.hpp"
#include "actors/data_folder.hpp"
#include "actors/directory/directory_host.hpp"
#include "actors/gateway.hpp"
#include "actors/gateway_board.hpp"
#include "actors/host_services.hpp"
#include "actors/locator.hpp"
#include "actors/memory_watch.hpp"
#include "actors/node.hpp"
#include "actors/raft_line.hpp"
#include "actors/rate_limits.hpp"
#include "actors/ring_view_holder.hpp"
#include "actors/session/close_book.hpp"
#include "actors/session/session_registry.hpp"
#include "actors/session/token_check.hpp"
#include "actors/team_book.hpp"
#include "actors/transfer_pace.hpp"
#include "runtime/edge/server.hpp"
#include "runtime/push/sender.hpp"
#include "storage/founding.hpp"
#include "storage/journal.hpp"
#include "storage/log_store.hpp"
#include "storage/message_store.hpp"
#include "storage/slot_start.hpp"

namespace carillon {

// Names on the wire between hosts, the scheduler, the links.
struct node_actor_config : caf::actor_system_config {
  node_actor_config(const settings& config, std::uint32_t workers);
};

struct host_sizes {
  std::uint32_t io_threads = 1;
  std::uint32_t workers = 1;
};

struct node::parts {
  parts(data_folder locked, const settings& config, file_finder finder, host_sizes threads,
        departure& departing)
      : folder(std::move(locked)),
        leave(departing),
        files(std::move(finder)),
        sizes(threads),
        metrics(config.cluster.slots + 1, peer_names(config)),
        rates(config.limits),
        activity(std::chrono::milliseconds(config.presence.activity_interval_ms)),
        pace(std::uint64_t{config.cluster.move_mb_per_second} << 20),
        actors(config, threads.workers),
        system(actors) {
    host.config = config;
    host.rates = &rates;
    host.activity = &activity;
    host.teams = &teams;
    host.pace = &pace;
    host.gateways = &gateways;
  }

  bool has_peers() const { return host.config.cluster.has_peers(); }
  // What is damaged on this disk is on others' too.
  bool others_can_mend() const { return has_peers() && host.config.cluster.replicas > 1; }
  std::uint32_t slots() const { return host.config.cluster.slots; }

  static std::vector<std::string> peer_names(const settings& config) {
    std::vector<std::string> out;
    for (const auto& each : config.cluster.hosts)
      if (each.name != config.host.name)
        out.push_back(each.name);
    return out;
  }

  bool directory_is_served() const { return !host.config.directory.postgres.empty(); }
  bool directory_is_known() const { return !host.secret_key.empty(); }

  // Under which names the store is opened.
  storage::start_names names() const {
    return {host.config.cluster.name, has_peers() ? host.config.host.name : std::string()};
  }

  data_folder folder;
  departure& leave;
  file_finder files;
  host_sizes sizes;
  host_metrics metrics;
  rate_limits rates;
  activity_gate activity;
  team_book teams{100'000};
  transfer_pace pace;
  gateway_board gateways;
  std::unique_ptr<const client_regions> regions;
  node_actor_config actors;
  caf::actor_system system;
  host_services host;
  wire::ring_member myself;
  std::unique_ptr<storage::kv> store;
  storage::founding founded;
  std::unique_ptr<locator> where;
  std::unique_ptr<following> followed;
  ring_view_holder ring;
  cluster_health health;
  caf::actor zookeeper;  // null: cluster.coordination = "embedded"
  trace_book traces;
  std::vector<storage::opened_slot> opened;  // until their actors have them; the meta group's last
  std::unique_ptr<storage::message_store> messages;
  std::unique_ptr<storage::journal> journal;
  std::unique_ptr<admission> taken_on;
  std::unique_ptr<memory_watch> memory;
  std::unique_ptr<directory_host> directory;
  std::unique_ptr<push::sender> pushes;
  session_registry sessions;
  close_book closes;
  token_check session_tokens{host, sessions};
  std::unique_ptr<gateway> door;
  std::unique_ptr<edge::server> server;
  std::string url;
  directory_host::secrets proposed;          // by this host, for a directory that has none yet
  std::atomic<bool> remembers_tokens{false}; // there are calls and sessions
  std::jthread directory_waiter;             // runs while the directory's server is away at the start
};

}  // namespace carillon
