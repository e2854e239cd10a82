// One slot on three hosts in one actor system: real slot actors, journals and stores in memory, and
// a link made of cardboard that carries items between them, or does not. Time passes when until()
// ticks, while it waits for a condition with a deadline.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <mutex>

#include <doctest/doctest.h>

#include "actors/directory/directory_actor.hpp"
#include "actors/raft_words.hpp"
#include "storage/journal.hpp"
#include "storage/keys.hpp"
#include "storage/memory_kv.hpp"
#include "tests/actors/slot/cardboard.hpp"
#include "tests/actors/slot/hanging_disk.hpp"

namespace carillon::test {

struct three_hosts;

// What one host's link was given.
struct link_log {
  std::mutex mutex;
  std::vector<wire::event_batches> events;  // that arrived here
  std::vector<raft::term_t> leads;          // that the slot here told
};

struct slot_host {
  raft::member_id id = 0;
  storage::memory_kv store;
  hanging_disk disk{store};  // the journal's way to it
  std::unique_ptr<storage::message_store> tables;
  std::unique_ptr<storage::journal> journal;
  std::unique_ptr<locator> where;
  host_services host;
  std::shared_ptr<cardboard_log> entities = std::make_shared<cardboard_log>();
  link_log link;
  std::atomic<bool> cut_off{false};
  std::atomic<int> asked{0};  // questions to other hosts
  trace_book traces;
};

struct three_hosts {
  three_hosts() : system(config) {
    for (std::size_t i = 0; i < 3; ++i)
      make(i + 1);
    for (auto& each : hosts)
      caf::anon_send(each.host.slots[0], wait_serving{});
  }
  ~three_hosts() {
    for (auto& each : hosts) {
      each.disk.hang(false);
      each.journal->close();
    }
    // A slot may be at a message still, and looks at what is cleared below.
    caf::scoped_actor self{system};
    for (auto& each : hosts) {
      if (!each.host.slots[0])
        continue;  // it has gone to others
      caf::anon_send_exit(each.host.slots[0], caf::exit_reason::kill);
      self->wait_for(each.host.slots[0]);
    }
    for (auto& each : hosts) {
      end_entities(system, *each.entities);
      caf::anon_send_exit(each.host.readers[0], caf::exit_reason::kill);
      caf::anon_send_exit(std::exchange(each.host.courier, nullptr), caf::exit_reason::kill);
      caf::anon_send_exit(each.host.link, caf::exit_reason::kill);
      each.host.slots.clear();
      each.host.readers.clear();
      each.host.link = nullptr;
      each.host.spawn_entity = nullptr;
    }
    system.await_actors_before_shutdown(false);
  }

  slot_host& at(raft::member_id id) { return hosts[id - 1]; }
  bool reach(raft::member_id a, raft::member_id b) { return !at(a).cut_off && !at(b).cut_off; }

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
      heard->leaders.resize(1);
      for (auto& other : hosts) {
        if (other.id == each.id)
          continue;
        if (!reach(other.id, each.id)) {
          heard->lost.push_back(other.id);
          continue;
        }
        heard->alive.push_back(other.id);
        std::lock_guard lock(other.link.mutex);
        if (!other.link.leads.empty() && other.link.leads.back() != 0)
          heard->leaders[0].push_back({other.id, other.link.leads.back()});
      }
      caf::anon_send(each.host.slots[0], host_tick{heard});
    }
  }

  // Makes `id` the leader, and waits until its slot answers.
  void lead(raft::member_id id) {
    until([&] {
      auto known = at(id).where->of(0);
      if (known.leader == id && ask(id, describe()).errc() == 0)
        return true;
      caf::anon_send(at(id).host.slots[0], nominated{known.term, known.leader, 0});
      return false;
    });
  }

  static wire::channel_request describe() {
    wire::channel_request request;
    request.mutable_describe();
    return request;
  }
  static wire::channel_request post(const std::string& text) {
    wire::channel_request request;
    request.mutable_post()->set_text(text);
    return request;
  }

  // Asks the slot of this host, wherever the leader is.
  wire::channel_reply ask(raft::member_id id, wire::channel_request request) {
    wire::channel_reply out;
    caf::scoped_actor self{system};
    request.set_channel_id(one_channel.text());
    self->request(at(id).host.slots[0], std::chrono::seconds(10),
                  channel_request_box(std::move(request)))
        .receive([&](const channel_reply_box& reply) { out = *reply; },
                 [](const caf::error&) { FAIL("no answer"); });
    return out;
  }
  // Ticks while it waits.
  wire::channel_reply ask_through_time(raft::member_id id, wire::channel_request request) {
    std::optional<wire::channel_reply> out;
    caf::scoped_actor self{system};
    request.set_channel_id(one_channel.text());
    self->send(at(id).host.slots[0], channel_request_box(std::move(request)));
    until([&] {
      self->receive([&](const channel_reply_box& reply) { out = *reply; },
                    caf::after(std::chrono::milliseconds(1)) >> [] {});
      return out.has_value();
    });
    return *out;
  }

  // Carries one item of `from`'s.
  caf::behavior link_of(caf::event_based_actor* self, raft::member_id from) {
    return {
        [this, from](const send_to_peer& item) {
          if (!reach(from, item.to))
            return;
          if (item.kind == wire::ITEM_RAFT) {
            caf::anon_send(at(item.to).host.slots[0], raft_received{*decode_raft(item.body)});
          } else if (item.kind == wire::ITEM_EVENTS) {
            std::lock_guard lock(at(item.to).link.mutex);
            REQUIRE(at(item.to).link.events.emplace_back().ParseFromString(item.body));
          } else if (item.kind == wire::ITEM_HOST_NOTICE) {
            wire::host_notice said;
            REQUIRE(said.ParseFromString(item.body));
            caf::anon_send(at(item.to).host.slots[0],
                           entry_marked{said.marked().term(), said.marked().index(),
                                        said.marked().trace()});
          }
        },
        [this, self, from](const ask_peer& question) {
          auto promise = self->make_response_promise();
          ++at(from).asked;
          if (!reach(from, question.to)) {
            wire::peer_reply refused;
            set_error(refused, make_error(errc::not_owner));
            promise.deliver(peer_reply_box(std::move(refused)));
            return promise;
          }
          self->request(at(question.to).host.slots[0], caf::infinite,
                        peer_asks{from, 0, question.what})
              .then([promise](const peer_reply_box& reply) mutable { promise.deliver(reply); },
                    [promise](const caf::error& why) mutable { promise.deliver(why); });
          return promise;
        },
        [this, from](const leads_slot& told) {
          std::lock_guard lock(at(from).link.mutex);
          at(from).link.leads.push_back(told.term);
        },
    };
  }

  void make(raft::member_id id) {
    slot_host& made = at(id);
    made.id = id;
    made.tables = std::make_unique<storage::message_store>(made.store, 1);
    made.journal = std::make_unique<storage::journal>(made.disk, storage::journal::options{});
    made.where = std::make_unique<locator>(id, 1);
    host_services& host = made.host;
    host.self = id;
    host.where = made.where.get();
    host.store = &made.store;
    host.messages = made.tables.get();
    host.journal = made.journal.get();
    host.traces = &made.traces;
    host.config.storage.log_keep_entries = log_keep;
    host.spawn_entity = [this, id](const entity_id& entity, const caf::actor& slot) {
      return spawn_cardboard(system, at(id).host, entity, slot, at(id).entities);
    };
    host.readers.push_back(spawn_reader(system, *made.tables));
    host.link = system.spawn(
        [this, id](caf::event_based_actor* self) { return link_of(self, id); });
    host.courier = spawn_inbox_courier(system, host);  // its limits are those of a host with a link
    auto opened = storage::open_damaged_slot(made.store, 0);
    REQUIRE(opened);
    host.slots.push_back(spawn_slot(system, host, 0, raft::configuration{{1, 2, 3}, {}},
                                    opened->start, std::move(opened->log)));
  }

  static constexpr std::uint32_t log_keep = 4;
  caf::actor_system_config config;
  std::array<slot_host, 3> hosts;
  caf::actor_system system;
};

}  // namespace carillon::test
