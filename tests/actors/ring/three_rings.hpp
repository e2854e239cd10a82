// The meta group on three hosts in one actor system: real replicas, journals and stores in memory,
// and a link made of cardboard that carries their items, or does not for a host that is cut off or
// frozen (which has no ticks either). Their directories are on paper. Time passes when until() ticks.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <mutex>

#include <doctest/doctest.h>

#include "actors/ask.hpp"
#include "actors/directory/directory_actor.hpp"
#include "actors/raft_words.hpp"
#include "actors/ring/meta_actor.hpp"
#include "storage/journal.hpp"
#include "storage/memory_kv.hpp"
#include "tests/actors/ring/paper_directory.hpp"

namespace carillon::test {

inline constexpr std::uint32_t test_slots = 4;

struct ring_host_parts {
  raft::member_id id = 0;
  storage::memory_kv store;
  std::unique_ptr<storage::message_store> tables;
  std::unique_ptr<storage::journal> journal;
  std::unique_ptr<locator> where;
  ring_view_holder view;
  cluster_health health;
  host_services host;
  paper_directory directory;
  std::atomic<bool> cut_off{false};
  std::atomic<bool> frozen{false};
  std::atomic<int> returns{0};  // of which it was told before it counted as there again

  std::mutex mutex;  // below, and host.meta: written while actors run
  std::vector<std::pair<slot_id, nominated>> told;  // to the slots of this host
  std::atomic<raft::term_t> leads{0};               // the meta group, as told to the link
};

// Stands for a host's slots: remembers what the ring actor tells them.
inline caf::actor spawn_told_slot(caf::actor_system& system, ring_host_parts& parts, slot_id slot) {
  return system.spawn([&parts, slot](caf::event_based_actor*) -> caf::behavior {
    return {[&parts, slot](const nominated& what) {
      std::lock_guard lock(parts.mutex);
      parts.told.emplace_back(slot, what);
    }};
  });
}

struct ring_config : caf::actor_system_config {
  ring_config() { set("scheduler.max-threads", std::size_t{2}); }
};

struct ring_options_of_test {
  std::uint32_t log_keep = 1'024;
  std::uint32_t suspect_ms = 30'000;  // a busy machine is not to be taken for a frozen host
  directory_bounds bounds = {};
};

struct three_rings {
  explicit three_rings(ring_options_of_test wanted = {}) : how(wanted), system(config) {
    for (std::size_t i = 0; i < hosts.size(); ++i)
      make(i + 1);
    for (auto& each : hosts)
      start(each);
  }
  ~three_rings() {
    for (auto& each : hosts)
      each.journal->close();
    caf::scoped_actor self{system};
    auto end = [&self](const caf::actor& actor) {
      caf::anon_send_exit(actor, caf::exit_reason::kill);
      self->wait_for(actor);  // it may be at work, and reads what is cleared below
    };
    for (auto& each : hosts) {
      end(each.host.meta);
      end(each.host.link);
      end(each.host.readers[0]);
      for (auto& slot : each.host.slots)
        end(slot);
      each.directory.belongs_to(nullptr);
      each.host.slots.clear();
      each.host.readers.clear();
      each.host.meta = each.host.link = nullptr;
    }
    system.await_actors_before_shutdown(false);
  }

  ring_host_parts& at(raft::member_id id) { return hosts[id - 1]; }
  caf::actor meta_of(raft::member_id id) {
    std::lock_guard lock(at(id).mutex);
    return at(id).host.meta;
  }
  bool reach(raft::member_id a, raft::member_id b) {
    if (a > hosts.size() || b > hosts.size())
      return false;  // a member that is only announced
    auto away = [this](raft::member_id id) { return at(id).cut_off || at(id).frozen; };
    return a == b || (!away(a) && !away(b));
  }

  // Ticks until the condition holds; a deadline fails the test.
  void until(const std::function<bool()>& holds) {
    const auto give_up = steady_now() + std::chrono::seconds(20);
    caf::scoped_actor self{system};
    while (!holds()) {
      REQUIRE(steady_now() < give_up);
      tick();
      self->receive([] {}, caf::after(std::chrono::milliseconds(5)) >> [] {});
    }
  }

  void tick() {
    for (auto& each : hosts) {
      auto heard = std::make_shared<liveness>();
      heard->leaders.resize(test_slots + 1);
      for (auto& other : hosts) {
        if (other.id == each.id)
          continue;
        const bool reached = reach(other.id, each.id);
        bool& was = reached_[each.id - 1][other.id - 1];
        if (reached)
          heard->alive.push_back(other.id);
        else if (was)
          heard->lost.push_back(other.id);
        was = reached;
        if (!reached)
          continue;
        if (auto term = other.leads.load()) {
          heard->leaders[test_slots].push_back({other.id, term});
          each.where->led_by(test_slots, other.id, term);
        }
        for (slot_id slot = 0; slot < test_slots; ++slot)
          if (leaders[slot] == other.id)
            heard->leaders[slot].push_back({other.id, 1});
      }
      for (slot_id slot = 0; slot < test_slots; ++slot)
        if (leaders[slot] == each.id)
          each.where->led_by(slot, each.id, 1);
      if (!each.frozen)
        caf::anon_send(each.host.meta, host_tick{heard});
    }
  }

  // The host whose replica leads the group; 0: none does at the moment.
  raft::member_id leader() {
    for (auto& each : hosts)
      if (each.leads != 0 && !each.cut_off && !each.frozen)
        return each.id;
    return 0;
  }
  void until_led() {
    until([&] { return leader() != 0; });
  }
  void until_founded() {
    until([&] {
      return std::all_of(hosts.begin(), hosts.end(),
                         [](auto& each) { return each.view.generation() > 0; });
    });
  }

  // Ticks while it waits.
  result<raft::log_index> commit(raft::member_id on, const std::string& command,
                                 std::chrono::milliseconds patience) {
    std::optional<result<raft::log_index>> out;
    caf::scoped_actor self{system};
    self->send(at(on).host.meta, commit_directory{command, patience});
    until([&] {
      self->receive([&](directory_outcome& outcome) { out = std::move(outcome.index); },
                    caf::after(std::chrono::milliseconds(1)) >> [] {});
      return out.has_value();
    });
    return *out;
  }
  std::vector<std::string> delivered(raft::member_id id) {
    return at(id).directory.given();
  }
  raft::log_index log_begins(raft::member_id id) {
    auto from = storage::load_slot_start(at(id).store, test_slots);
    REQUIRE(from);
    auto log = storage::log_store::open(at(id).store, test_slots, *from);
    return log ? (*log)->first_index() : 0;  // trimmed between two looks: look again
  }
  void restart(raft::member_id id) {
    ring_host_parts& each = at(id);
    caf::scoped_actor self{system};
    caf::anon_send_exit(meta_of(id), caf::exit_reason::kill);
    self->wait_for(meta_of(id));
    each.journal->close();
    each.journal = std::make_unique<storage::journal>(each.store, storage::journal::options{});
    each.host.journal = each.journal.get();
    each.leads = 0;
    start(each);
  }

  void make(raft::member_id id) {
    ring_host_parts& each = at(id);
    each.id = id;
    each.tables = std::make_unique<storage::message_store>(each.store, test_slots);
    each.journal = std::make_unique<storage::journal>(each.store, storage::journal::options{});
    each.where = std::make_unique<locator>(id, test_slots);
    each.host.config.cluster.slots = test_slots;
    each.host.config.cluster.election_ms = 1'000;
    each.host.config.cluster.suspect_ms = how.suspect_ms;
    each.host.config.storage.log_keep_entries = how.log_keep;
    each.host.directory_copy = &each.directory;
    each.host.store = &each.store;
    each.host.messages = each.tables.get();
    each.host.journal = each.journal.get();
    each.host.self = id;
    each.host.where = each.where.get();
    each.host.ring = &each.view;
    each.host.health = &each.health;
    each.host.readers.push_back(spawn_reader(system, *each.tables));
    each.host.link = spawn_cardboard(each);
    for (slot_id slot = 0; slot < test_slots; ++slot)
      each.host.slots.push_back(spawn_told_slot(system, each, slot));
  }

  void start(ring_host_parts& each) {
    meta_setup setup;
    setup.myself.set_store_id(each.id);
    setup.myself.set_incarnation(1);
    setup.myself.set_name("host" + std::to_string(each.id));
    setup.myself.set_weight(100);
    setup.founders.voters = {1, 2, 3};
    setup.members_expected = 3;
    setup.view = &each.view;
    setup.health = &each.health;
    setup.directory_applied = each.directory.at();
    setup.directory_sink = [&each](std::vector<directory_commit> commits) {
      each.directory.take(std::move(commits));
    };
    setup.bounds = how.bounds;
    setup.before_return = [&each] {
      if (each.health.cut_off())
        ++each.returns;
    };
    auto from = storage::load_slot_start(each.store, test_slots);
    REQUIRE(from);
    auto log = storage::log_store::open(each.store, test_slots, *from);
    REQUIRE(log);
    auto meta = spawn_meta(system, each.host, std::move(setup), *from, std::move(*log));
    each.directory.belongs_to(meta);
    {
      std::lock_guard lock(each.mutex);
      each.host.meta = meta;
    }
    caf::anon_send(meta, slots_filled{nullptr});
    caf::anon_send(meta, wait_serving{});
  }

  caf::actor spawn_cardboard(ring_host_parts& from) {
    return system.spawn([this, &from](caf::event_based_actor* self) -> caf::behavior {
      return {
          [this, &from](const send_to_peer& item) {
            if (!reach(from.id, item.to))
              return;
            if (item.kind == wire::ITEM_RAFT) {
              auto messages = decode_raft(item.body);
              REQUIRE(messages);
              caf::anon_send(meta_of(item.to), raft_received{std::move(*messages)});
            } else if (item.kind == wire::ITEM_NOMINATION) {
              wire::nomination said;
              REQUIRE(said.ParseFromString(item.body));
              caf::anon_send(at(item.to).host.slots[item.slot],
                             nominated{said.term(), said.lost(), said.transfer_to()});
            }
          },
          [this, &from, self](const ask_peer& question) {
            auto promise = self->make_response_promise();
            wire::peer_reply down;
            set_error(down, make_error(errc::not_owner));
            if (!reach(from.id, question.to)) {
              promise.deliver(peer_reply_box(std::move(down)));
              return promise;
            }
            auto answered = [promise](const peer_reply_box& reply) mutable {
              promise.deliver(reply);
            };
            auto lost = [promise, down](const caf::error&) mutable {
              promise.deliver(peer_reply_box(down));
            };
            const caf::actor whom = meta_of(question.to);
            if (question.what->has_fetch())
              self->request(whom, question.patience,
                            peer_asks{from.id, test_slots, question.what})
                  .then(answered, lost);
            else
              self->request(whom, question.patience, meta_request_box(question.what->meta()))
                  .then(answered, lost);
            return promise;
          },
          [&from](const leads_slot& what) { from.leads = what.term; },
      };
    });
  }

  const ring_options_of_test how;
  ring_config config;
  caf::actor_system system;
  std::array<ring_host_parts, 3> hosts;
  std::array<std::atomic<raft::member_id>, test_slots> leaders{};  // of the slots, as beats say

private:
  bool reached_[3][3] = {};
};

}  // namespace carillon::test
