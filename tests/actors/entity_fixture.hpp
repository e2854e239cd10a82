// One entity actor under CAF's test scheduler, with everything around it played by short scripts:
// a slot that commits when told and lets its tables lag until a barrier asks (the worst that the
// real one may do), a hub and a reader that only take notes, and an asker who remembers replies.
// One thread, own clock: run() carries on until nothing is left to do.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <doctest/doctest.h>

#include "actors/host_services.hpp"
#include "actors/protocols.hpp"
#include "storage/memory_kv.hpp"
#include "storage/message_store.hpp"

namespace carillon::test {

// What the played slot does, and what it saw. Shared with the test: there is only one thread.
struct slot_script {
  bool commits = true;   // false: proposals wait for commit()
  bool projects = true;  // false: projection barriers wait for release_projections()
  bool lets_go = true;   // answers passivate

  std::vector<std::shared_ptr<const wire::slot_command>> proposed;
  std::deque<propose_command> waiting;
  std::vector<std::shared_ptr<const wire::slot_command>> unapplied;
  std::vector<raft::log_index> projections_asked;
  std::vector<caf::response_promise> projections_held;
  std::vector<user_request_box> user_requests;
  std::vector<presence_changed> presence;
  bool leads = true;     // false: read barriers are refused
  std::uint64_t barriers = 0;
  std::uint64_t passivates = 0;
  raft::log_index index = 0;
  bool entity_gone = false;
};

class entity_fixture {
public:
  using spawn_function = std::function<caf::actor(caf::actor_system&, const host_services&,
                                                  const entity_id&, caf::actor)>;

  explicit entity_fixture(entity_id id, spawn_function spawn) : id_(id), spawn_(std::move(spawn)) {
    host.messages = &messages;
    host.now = [this] { return now; };
    slot_ = system_->spawn(play_slot, this);
    host.slots = {slot_};
    host.hub = system_->spawn(play_hub, this);
    host.readers = {system_->spawn(play_reader, this)};
    asker_ = system_->spawn([](caf::event_based_actor*) -> caf::behavior {
      return {[](run_later& job) { job.work(); }};
    });
  }

  // From now on the host has peers, and a link that takes notes.
  void give_link() {
    host.link = system_->spawn([](caf::event_based_actor*, entity_fixture* fixture) -> caf::behavior {
      return {[fixture](const send_to_peer& item) { fixture->sent_to_peers.push_back(item); }};
    }, this);
  }

  // And a presence actor that takes notes.
  void give_presence() {
    host.presence = system_->spawn([](caf::event_based_actor*, entity_fixture* fixture) -> caf::behavior {
      return {[fixture](const friends_known& what) { fixture->friends_told.push_back(what); }};
    }, this);
  }

  ~entity_fixture() {
    for (auto& actor : {entity, slot_, host.hub, host.readers.front(), asker_, host.link, host.presence})
      if (actor)
        caf::anon_send_exit(actor, caf::exit_reason::kill);
    run();
  }

  // The next life of the entity, from what the tables hold.
  void activate() {
    apply_all();
    slot.entity_gone = false;
    entity = spawn_(*system_, host, id_, slot_);
    caf::anon_send(slot_, run_later{[this] { slot_self_->monitor(entity); }});
    run();
  }

  // Asks without waiting; the reply, once there is one, stands in the returned place.
  template <class Reply, class Request>
  std::shared_ptr<std::optional<Reply>> ask(Request request) {
    auto place = std::make_shared<std::optional<Reply>>();
    auto number = asked_++;
    caf::anon_send(asker_, run_later{[this, place, number, box = boxed<Request>(request)] {
                     auto self = caf::actor_cast<caf::event_based_actor*>(asker_);
                     self->request(entity, caf::infinite, box)
                         .then(
                             [this, place, number](const boxed<Reply>& reply) {
                               *place = *reply;
                               answered.push_back(number);
                             },
                             [this, number](const caf::error&) { bounced.push_back(number); });
                   }});
    return place;
  }

  void run() {
    while (scheduler().try_run_once()) {
    }
  }
  void advance(std::chrono::milliseconds time) {
    scheduler().advance_time(time);
    run();
  }

  // Commits the oldest waiting proposals; their rows stay out of the tables until a barrier.
  void commit(std::size_t count = SIZE_MAX) {
    tell(take_committed(count));
    run();
  }
  void lose(errc why) {
    slot.waiting.clear();
    tell(proposals_lost{make_error(why)});
    run();
  }
  void release_projections() {
    caf::anon_send(slot_, run_later{[this] {
                     for (auto& promise : std::exchange(slot.projections_held, {}))
                       promise.deliver(caf::unit);
                   }});
    run();
  }
  void apply_all() {
    auto batch = kv.make_batch();
    for (const auto& command : std::exchange(slot.unapplied, {}))
      storage::apply_command(*batch, 0, *command);
    REQUIRE(kv.write(*batch, false));
  }
  // From the slot, as entities are told.
  template <class Message>
  void tell(Message message) {
    caf::anon_send(slot_, run_later{[this, message] { slot_self_->send(entity, message); }});
  }

  storage::memory_kv kv;
  storage::message_store messages{kv, 1};
  host_services host;
  timestamp now = 1'700'000'000'000'000;

  slot_script slot;
  std::vector<notification> notices;
  std::vector<membership_notice> memberships;
  std::vector<send_to_peer> sent_to_peers;
  std::vector<friends_known> friends_told;
  std::vector<std::size_t> answered;  // numbers of asks, in the order of their replies
  std::vector<std::size_t> bounced;
  caf::actor entity;

private:
  static caf::behavior play_slot(caf::event_based_actor* self, entity_fixture* fixture) {
    fixture->slot_self_ = self;
    slot_script& slot = fixture->slot;
    self->set_down_handler([&slot](const caf::down_msg&) { slot.entity_gone = true; });
    return {
        [fixture, &slot](propose_command& what) {
          slot.proposed.push_back(what.command);
          slot.waiting.push_back(std::move(what));
          if (slot.commits)
            fixture->slot_self_->send(fixture->entity, fixture->take_committed(SIZE_MAX));
        },
        [fixture, &slot](read_barrier) -> caf::result<void> {
          ++slot.barriers;
          if (!slot.leads)
            return caf::make_error(caf::sec::runtime_error, "not_owner");
          fixture->apply_all();
          return caf::unit;
        },
        [self, &slot](const projection_barrier& barrier) {
          slot.projections_asked.push_back(barrier.index);
          auto promise = self->make_response_promise();
          if (slot.projects)
            promise.deliver(caf::unit);
          else
            slot.projections_held.push_back(promise);
          return promise;
        },
        [self, fixture, &slot](const passivate&) {
          ++slot.passivates;
          if (slot.lets_go)
            self->send(fixture->entity, passivate_now{});
        },
        [&slot](const user_request_box& request) { slot.user_requests.push_back(request); },
        [&slot](const presence_changed& what) { slot.presence.push_back(what); },
        [](run_later& job) { job.work(); },
    };
  }
  static caf::behavior play_hub(caf::event_based_actor*, entity_fixture* fixture) {
    return {
        [fixture](const notification& notice) { fixture->notices.push_back(notice); },
        [fixture](const membership_notice& notice) { fixture->memberships.push_back(notice); },
    };
  }
  static caf::behavior play_reader(caf::event_based_actor*, entity_fixture* fixture) {
    return {[fixture](reader_job& job) { job.work(fixture->messages); }};
  }

  entity_committed take_committed(std::size_t count) {
    entity_committed done;
    for (; count > 0 && !slot.waiting.empty(); --count) {
      propose_command next = std::move(slot.waiting.front());
      slot.waiting.pop_front();
      slot.index += 1;
      slot.unapplied.push_back(next.command);
      done.items.push_back({next.command, next.cookie});
    }
    done.index = slot.index;
    return done;
  }

  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler());
  }
  struct test_config : caf::actor_system_config {
    test_config() { set("scheduler.policy", caf::atom("testing")); }
  };

  entity_id id_;
  spawn_function spawn_;
  test_config config_;
  std::unique_ptr<caf::actor_system> system_ = std::make_unique<caf::actor_system>(config_);
  caf::actor slot_;
  caf::event_based_actor* slot_self_ = nullptr;
  caf::actor asker_;
  std::size_t asked_ = 0;
};

}  // namespace carillon::test
