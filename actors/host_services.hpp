// What every actor of a host may use, made once by the node before any actor runs and outliving all
// of them. Handles and read-only values; thread-safe unless said otherwise.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/all.hpp>

#include "actors/gateway_board.hpp"
#include "actors/host_metrics.hpp"
#include "actors/locator.hpp"
#include "actors/protocols.hpp"
#include "actors/ring_view_holder.hpp"
#include "actors/slot_table.hpp"
#include "config/settings.hpp"
#include "runtime/edge/gateway.hpp"
#include "runtime/ring/slot_hash.hpp"

namespace carillon::storage {
class directory_copy;
class journal;
class kv;
class message_store;
}  // namespace carillon::storage

namespace carillon {

class activity_gate;
class admission;
class client_regions;
class following;
class rate_limits;
class team_book;
class transfer_pace;
namespace push {
class sender;
}

struct host_services {
  settings config;
  std::string secret_key;             // signs tickets (storage/credentials.hpp)
  const storage::kv* store = nullptr;
  const storage::message_store* messages = nullptr;
  storage::journal* journal = nullptr;
  storage::directory_copy* directory_copy = nullptr;  // for who is behind; null: not in our tables
  edge::outbox* outbox = nullptr;

  raft::member_id self = 0;           // the store id: who this host is
  std::uint64_t incarnation = 0;      // of this process
  locator* where = nullptr;           // who leads which slot
  const ring_view_holder* ring = nullptr;   // members and places, the newest committed
  const cluster_health* health = nullptr;   // is this host cut off from the others
  following* followed = nullptr;      // in which terms our replicas follow (raft_line.hpp); null: untold

  slot_table slots;                   // by slot_id: this host's replicas, null where it has none;
                                      // filled before the edge listens, changed when slots move
  caf::actor meta;                    // this host's replica of the meta group
  caf::actor link;                    // to the other hosts; null when there are none
  caf::actor hub;
  caf::actor presence;                // who of this host watches whom; null in some tests
  caf::actor courier;                 // carries what goes into users' inboxes
  caf::actor directory;               // takes directory_job and directory_read_job
  std::vector<caf::actor> readers;    // take reader_job
  caf::actor hasher;                  // takes hash_job
  caf::actor inspector;               // takes inspect_request_box
  caf::actor push;                    // takes push_errand; null in tests: nobody is pushed anything
  push::sender* pushes = nullptr;     // which providers there are; null: none

  host_metrics* metrics = &unread_metrics();
  trace_book* traces = nullptr;       // null: nothing is traced
  admission* door = nullptr;          // what is taken on under load (admission.hpp); null: everything
  transfer_pace* pace = nullptr;      // of tables to hosts that catch up; null: as fast as it goes
  rate_limits* rates = nullptr;       // what each caller may ask for (rate_limits.hpp); null: anything
  gateway_board* gateways = nullptr;  // the other hosts' room for clients; null: not known
  activity_gate* activity = nullptr;  // of users over the Web API (activity_gate.hpp); null: not told
  team_book* teams = nullptr;         // of users who were looked up; null: each is looked up again
  const client_regions* regions = nullptr;  // where clients are, by their addresses; null: unknown

  // The host-wide admin token (text in <data>/admin.token): good for carillon.admin.* without a
  // user. token_hash() of it; empty: there is none.
  std::string admin_token_hash;

  // Where clients reach this host; written by the node once it listens, before the first call.
  std::string public_url;  // "https://chat.example.org", no slash at the end; empty: Host and port
  std::uint16_t port = 0;
  std::function<gateway_room()> room;  // for clients, here; empty: as the settings say. Any thread

  // End live sessions; filled by the node, may be empty in tests. Any thread.
  std::function<void(const std::string& token_hash)> end_sessions_of_token;
  std::function<void(entity_id user)> end_sessions_of_user;
  // A token was revoked or changed on another host: caches drop it. May be empty. Any thread.
  std::function<void(const std::string& token_hash)> forget_token;
  // The same for all tokens of a user who was disabled, enabled or changed.
  std::function<void(entity_id user)> forget_user;

  // Messages committed here since the start, in slots that this host led; for people to look at.
  mutable std::atomic<std::uint64_t> posts{0};

  std::function<timestamp()> now = wall_now;

  // Makes the actor of an entity that this host is to serve; used by slots only.
  std::function<caf::actor(const entity_id& entity, const caf::actor& slot)> spawn_entity;

  slot_id slot_of(const entity_id& entity) const {
    return carillon::slot_of(entity, static_cast<std::uint32_t>(slots.size()));
  }
  const caf::actor& slot_for(const entity_id& entity) const { return slots[slot_of(entity)]; }
  const caf::actor& reader_for(const entity_id& entity) const {
    return readers[entity.number % readers.size()];
  }
};

}  // namespace carillon
