#include "actors/slot/slot_actor.hpp"

#include "actors/stop_on_exception.hpp"
#include "actors/trace_notes.hpp"
#include "runtime/base/ensure.hpp"
#include "runtime/base/logging.hpp"
#include "storage/journal.hpp"
#include "storage/message_store.hpp"

namespace carillon {

entity_id entity_of_command(const wire::slot_command& command) {
  if (command.has_inbox() || command.has_push())
    return {};  // the slot's own
  auto id = entity_id::parse(command.has_channel() ? command.channel().channel_id()
                                                   : command.user().user_id());
  ENSURE(id.has_value(), "a command names its entity");
  return *id;
}

caf::actor spawn_slot(caf::actor_system& system, const host_services& host, slot_id slot,
                      raft::configuration founders, const storage::slot_start& start,
                      std::unique_ptr<storage::log_store> log) {
  return system.spawn<slot_actor>(std::ref(host),
                                  slot_actor::setup_of(host, slot, std::move(founders)), start,
                                  std::move(log));
}

caf::actor spawn_slot(caf::actor_system& system, const host_services& host, slot_id slot,
                      std::uint64_t store_id, const storage::slot_start& start,
                      std::unique_ptr<storage::log_store> log) {
  replica::setup setup = slot_actor::setup_of(host, slot, {{store_id}, {}});
  setup.raft.self = store_id;
  return system.spawn<slot_actor>(std::ref(host), std::move(setup), start, std::move(log));
}

slot_actor::slot_actor(caf::actor_config& config, const host_services& host, replica::setup setup,
                       const storage::slot_start& start, std::unique_ptr<storage::log_store> log)
    : replica_actor(config, host, std::move(setup), start, std::move(log)),
      reaches_([this](const entity_id& channel) {
        return host_.messages->inboxes_of(slot_).reach(channel);
      }) {}

caf::behavior slot_actor::make_behavior() {
  stop_host_on_exception(*this);
  set_down_handler([this](const caf::down_msg& down) { on_entity_gone(down.source); });
  // CAF compares a message with one handler after the other: what each post comes by stands first.
  caf::message_handler posts{
      [this](const channel_request_box& request) { return route(request); },
      [this](propose_command& what) { propose(std::move(what)); },
  };
  return posts.or_else(replica_behavior()).or_else(caf::message_handler{
      [this](const user_request_box& request) { return route(request); },
      [this](const passivate& idle) { on_passivate(idle.entity); },
      [this](read_barrier) {
        auto promise = make_response_promise();
        when_confirmed([promise](bool good) mutable {
          if (good)
            promise.deliver(caf::unit);
          else
            promise.deliver(caf::make_error(caf::sec::runtime_error, "not_owner"));
        });
        return promise;
      },
      [this](const projection_barrier& wanted) { return on_projection_barrier(wanted.index); },
      [this](const announce_interest_box& wanted) { return on_interest(*wanted); },
      [this](const presence_changed& what) { on_presence_changed(what); },
      [this](const inbox_receipts& what) { on_inbox_receipts(what); },
      [this](const describe& asked) { return on_describe(asked); },
      [this](const operate_entity& wish) { return on_operate(wish); },
      [this](const describe_busiest& asked) { return on_busiest(asked); },
  });
}

bool slot_actor::may_read() const {
  return group().serves() || (group().failure() && group().alone());
}

void slot_actor::propose(propose_command what) {
  const entity_id from = entity_of_command(*what.command);
  // One refusal refuses all that follow in this life of the entity: its next proposals build on
  // this one (a channel's seq has no gap), even when there would be room for them again.
  auto found = entities_.find(from);
  if (found != entities_.end() && found->second.losing)
    return;
  auto refuse = [&](const error& why) { refuse_proposal(from, why); };
  if (group().failure())
    return refuse(*group().failure());
  if (is_stopping())
    return refuse(make_error(errc::shutting_down));
  if (!serving_)
    return refuse(make_error(errc::not_owner));
  if (host_.journal->is_full())
    return refuse(make_error(errc::overloaded, "the journal's queue is full"));
  const auto command = what.traced.empty() ? nullptr : what.command;
  auto index = group().propose(std::move(what.command), ++last_tag_);
  if (!index)
    return refuse(index.error());
  if (command) [[unlikely]]
    follow(what.traced, *index, *command);
  const bool measured = what.admitted != tick_time{};
  const tick_time now = measured ? steady_now() : tick_time();
  if (measured)
    host_.metrics->of(post_stage::order).record(now - what.admitted);
  proposals_.push_back({last_tag_, from, what.cookie, what.from_connection, what.from_host,
                        std::move(what.traced), now});
  // Once the mailbox has given what it holds, that is one batch.
  carry_out_soon();
}

// The other replicas hear of it on the way that the entry will take, and before it: the link carries
// one after the other.
void slot_actor::follow(const trace_id& trace, raft::log_index index,
                        const wire::slot_command& command) {
  const raft::term_t term = group().core().term();
  trace_record note{.trace = trace,
                    .step = trace_step::proposed,
                    .detail = fmt::format("entry {} of slot {}, term {}", index, slot_, term),
                    .slot = slot_,
                    .index = index};
  if (command.channel().events_size() > 0) {
    note.channel = command.channel().channel_id();
    note.seq = command.channel().events(0).seq();
  }
  note_step(host_, std::move(note));
  mark({term, index, trace});
  if (!host_.link)
    return;
  wire::host_notice notice;
  auto& marked = *notice.mutable_marked();
  marked.set_slot(slot_);
  marked.set_term(term);
  marked.set_index(index);
  marked.set_trace(trace);
  const auto& members = group().core().members();
  for (const auto& replicas : {members.voters, members.learners})
    for (raft::member_id replica : replicas)
      if (replica != group().core().self())
        send(host_.link, send_to_peer{replica, wire::ITEM_HOST_NOTICE, slot_,
                                      notice.SerializeAsString()});
}

void slot_actor::on_committed(std::vector<replica::committed_entry> entries) {
  std::vector<committed_command> done;
  std::unordered_map<entity_id, entity_committed> by_entity;
  const tick_time now = steady_now();
  for (auto& entry : entries) {
    committed_command each{std::move(entry.command), {}};
    if (entry.mine && !proposals_.empty() && proposals_.front().tag == entry.tag) {
      each.of = std::move(proposals_.front());
      proposals_.pop_front();
      committed_tag_ = each.of.tag;
      host_.posts.fetch_add(static_cast<std::uint64_t>(each.command->channel().events_size()),
                             std::memory_order_relaxed);
      entity_committed& message = by_entity[each.of.entity];
      message.items.push_back({each.command, each.of.cookie});
      message.index = entry.index;
      message.at = now;
      if (each.of.proposed != tick_time{})
        host_.metrics->of(post_stage::commit).record(now - each.of.proposed);
    } else {  // from an earlier leader, or from before the restart
      each.of.entity = entity_of_command(*each.command);
    }
    if (serving_)
      start_projection(entry.index, *each.command);
    if (serving_ && each.command->has_inbox())
      tell_inboxes(each.command->inbox());
    if (serving_)
      pushes_committed(each.command, entry.index);
    done.push_back(std::move(each));
  }
  if (serving_) {
    tell_projected();
    deliver_events(done, now);
    work_on_inboxes();
    answer_inbox_deliveries();
  }
  for (auto& [entity, message] : by_entity) {
    auto found = entities_.find(entity);
    if (found == entities_.end() || !found->second.actor)
      continue;
    std::uint32_t events = 0;
    for (const auto& item : message.items)
      events += static_cast<std::uint32_t>(item.command->channel().events_size());
    if (events > 0) {
      found->second.posts.add(now, events);
      posts_.add(now, events);
    }
    send(found->second.actor, std::move(message));
  }
  tell_late_losses();
}

void slot_actor::on_lost(const error& why) {
  lose_proposals(why);
}

void slot_actor::on_leadership() {
  if (group().serves() == serving_)
    return;
  serving_ = group().serves();
  if (!serving_)
    return stop_serving();
  // An earlier leader's commits are in the log, and perhaps not in the tables here.
  reaches_.forget(group().core().last_index());
  begin_projections();
  begin_presence();
  begin_pushes();
}

// The next leader may have gone on already: nothing that was learned here counts any more.
void slot_actor::stop_serving() {
  lose_proposals(make_error(errc::not_owner));
  stop_entities();
  interest_ = {};
  hubs_.clear();
  board_.clear();
  answer_project_barriers();
  inboxes_ = nullptr;
  count_inboxes();
  end_pushes();
}

void slot_actor::on_applied() {
  activate_waiting();
  if (serving_) {  // also over what came without commands: a new leader's first entry, the members
    projections_.pass(group().applied());
    inboxes_done_.pass(group().applied());
    tell_projected();
    work_on_pushes();
  }
}

void slot_actor::on_failed(const error&) {
  activate_waiting();
  // Their changes are committed; what follows from them in other tables waits for the next start.
  answer_project_barriers();
}

void slot_actor::on_tick(const liveness& heard) {
  seek_log();
  follow_view();
  follow_versions();
  tell_load();
  for (auto host : heard.lost) {
    forget_hub_at(host);
    board_.forget_host(host);
    for (auto& [entity, entry] : entities_)
      if (!entity.is_channel() && entry.actor)
        send(entry.actor, host_lost{host});
  }
}

caf::response_promise slot_actor::on_peer_asks(const peer_asks& asked) {
  if (asked.what->has_members())
    return on_asked_members();
  return asked.what->has_interest() ? on_peer_interest(asked) : replica_actor::on_peer_asks(asked);
}

}  // namespace carillon
