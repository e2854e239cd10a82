#include "actors/slot/slot_actor.hpp"

#include "actors/stop_on_exception.hpp"
#include "runtime/base/ensure.hpp"
#include "runtime/base/logging.hpp"

namespace carillon {
namespace {

raft::options group_of_one(std::uint64_t store_id) {
  raft::options how;
  how.self = store_id;
  how.voters = {store_id};
  return how;
}

}  // namespace

std::shared_ptr<const wire::slot_command> decode_command(const raft::entry& entry) {
  if (entry.kind != raft::entry_kind::command)
    return nullptr;
  auto command = std::make_shared<wire::slot_command>();
  ENSURE(entry.payload && command->ParseFromString(*entry.payload),
         "a committed command parses: its checksum was good");
  return command;
}

entity_id entity_of_command(const wire::slot_command& command) {
  auto id = entity_id::parse(command.has_channel() ? command.channel().channel_id()
                                                   : command.user().user_id());
  ENSURE(id.has_value(), "a command names its entity");
  return *id;
}

caf::actor spawn_slot(caf::actor_system& system, const host_services& host, slot_id slot,
                      std::uint64_t store_id, const storage::slot_start& start,
                      std::unique_ptr<storage::log_store> log) {
  return system.spawn<slot_actor>(std::ref(host), slot, store_id, start, std::move(log));
}

slot_actor::slot_actor(caf::actor_config& config, const host_services& host, slot_id slot,
                       std::uint64_t store_id, const storage::slot_start& start,
                       std::unique_ptr<storage::log_store> log)
    : caf::event_based_actor(config),
      host_(host),
      slot_(slot),
      log_(std::move(log)),
      core_(group_of_one(store_id), start.hard, start.applied, *log_, random_),
      handed_out_(start.applied),
      applied_(start.applied),
      projections_(start.projected) {}

void slot_actor::start() {
  started_ = true;
  replay_projections();
  core_.campaign();  // a single voter needs no reason; with more, the ring actor nominates
  pump();
}

caf::behavior slot_actor::make_behavior() {
  stop_host_on_exception(*this);
  set_down_handler([this](const caf::down_msg& down) { on_entity_gone(down.source); });
  return {
      [this](const channel_request_box& request) { return route(request); },
      [this](const user_request_box& request) { return route(request); },
      [this](propose_command& what) {
        entity_id from = entity_of_command(*what.command);
        propose(from, std::move(what));
      },
      [this](const journal_done& done) { on_journal_done(done.outcome); },
      [this](const passivate& idle) { on_passivate(idle.entity); },
      [this](read_barrier) {
        auto promise = make_response_promise();
        when_applied(handed_out_, [promise]() mutable { promise.deliver(caf::unit); });
        return promise;
      },
      [this](const projection_barrier& wanted) {
        auto promise = make_response_promise();
        auto then = [promise]() mutable { promise.deliver(caf::unit); };
        if (failed_ || projections_.done() >= wanted.index)
          then();
        else
          project_barriers_.push_back({wanted.index, then});
        return promise;
      },
      [this](const announce_interest_box& wanted) { return on_interest(*wanted); },
      [this](wait_serving) {
        auto promise = make_response_promise();
        if (failed_)
          promise.deliver(caf::make_error(caf::sec::runtime_error, failed_->describe()));
        else if (core_.may_serve())
          promise.deliver(caf::unit);
        else
          serving_waiters_.push_back(promise);
        if (!started_)
          start();
        return promise;
      },
      [this](stop_slot) {
        // New work is refused; what is in the journal finishes there. The node stops the journal.
        stopping_ = true;
        return caf::unit;
      },
      [this](run_later& job) { job.work(); },
  };
}

void slot_actor::propose(entity_id from, propose_command what) {
  // One refusal refuses all that follow in this life of the entity: its next proposals build on
  // this one (a channel's seq has no gap), even when there would be room for them again.
  auto found = entities_.find(from);
  if (found != entities_.end() && found->second.losing)
    return;
  auto refuse = [&](const error& why) { refuse_proposal(from, why); };
  if (failed_)
    return refuse(*failed_);
  if (stopping_)
    return refuse(make_error(errc::shutting_down));
  if (host_.journal->is_full())
    return refuse(make_error(errc::overloaded, "the journal's queue is full"));
  auto payload = std::make_shared<std::string>();
  what.command->SerializeToString(payload.get());
  auto index = core_.propose(std::move(payload));
  if (!index)
    return refuse(index.error());
  proposals_.emplace(*index, in_flight_command{core_.term(), from, std::move(what)});
  // Pumping once the mailbox has given what it holds makes one batch of it.
  if (!ready_out_ && !pump_posted_) {
    pump_posted_ = true;
    send(this, run_later{[this] {
           pump_posted_ = false;
           pump();
         }});
  }
}

// A ready that only hands out what is committed needs no fsync: its rows go to the journal, and the
// next ready, with what was proposed meanwhile, follows in the same batch.
void slot_actor::pump() {
  while (!ready_out_ && !failed_ && core_.has_ready()) {
    raft::ready next = core_.take_ready();
    const bool persists = next.must_persist();
    carry_out(std::move(next));
    if (persists)
      ready_out_ = true;
    else
      core_.advance();
  }
}

void slot_actor::carry_out(raft::ready next) {
  ENSURE(next.messages.empty() && next.messages_after_persist.empty(),
         "a group of one has nobody to write to");
  writes_out_.push_back({next.must_persist(), handed_out_});
  log_->append(next.entries);

  storage::journal_write write;
  write.slot = slot_;
  write.hard = next.hard;
  write.entries = std::move(next.entries);
  hand_out(next.committed, write);
  writes_out_.back().applied = handed_out_;
  write.projected = projections_.done();
  raft::log_index keep = host_.config.storage.log_keep_entries;
  raft::log_index needed = std::min(applied_, projections_.done());
  // Trimmed in large steps: a range deletion per batch would cost more than the space it frees.
  if (needed > keep && log_->first_index() + 2 * keep < needed) {
    write.trim_before = needed - keep;
    log_->trim_before(write.trim_before);
  }
  write.done = [self = caf::actor_cast<caf::actor>(this)](status outcome) {
    caf::anon_send(self, journal_done{std::move(outcome)});
  };
  host_.journal->submit(std::move(write));
}

void slot_actor::hand_out(const std::vector<raft::entry>& committed,
                          storage::journal_write& write) {
  if (committed.empty())
    return;
  std::vector<in_flight_command> done;
  std::unordered_map<entity_id, entity_committed> by_entity;
  for (const raft::entry& entry : committed) {
    ENSURE(entry.index == handed_out_ + 1, "committed entries are handed out once, in order");
    handed_out_ = entry.index;
    if (entry.kind != raft::entry_kind::command)
      continue;
    in_flight_command command;
    auto proposed = proposals_.find(entry.index);
    if (proposed != proposals_.end()) {
      ENSURE(proposed->second.term == entry.term, "lost proposals were forgotten");
      command = std::move(proposed->second);
      proposals_.erase(proposed);
      by_entity[command.entity].items.push_back({command.what.command, command.what.cookie});
      by_entity[command.entity].index = entry.index;
    } else {  // from an earlier leader, or from before the restart
      command.what.command = decode_command(entry);
      command.entity = entity_of_command(*command.what.command);
    }
    write.commands.push_back(command.what.command);
    start_projection(entry.index, *command.what.command);
    done.push_back(std::move(command));
  }
  write.applied = committed.back().index;
  write.applied_term = committed.back().term;

  deliver_events(done);
  for (auto& [entity, message] : by_entity) {
    auto found = entities_.find(entity);
    if (found != entities_.end() && found->second.actor)
      send(found->second.actor, std::move(message));
  }
  tell_late_losses();
}

void slot_actor::on_journal_done(const status& outcome) {
  if (failed_)
    return;
  if (!outcome)
    return fail(outcome.error());
  const write_out done = writes_out_.front();
  writes_out_.pop_front();
  applied_ = done.applied;
  if (done.persists) {
    ready_out_ = false;
    core_.advance();
    log_->persisted(core_.persisted_index());
  }
  release_barriers();
  activate_waiting();
  pump();
  if (!serving_waiters_.empty() && core_.may_serve()) {
    for (auto& waiter : serving_waiters_)
      waiter.deliver(caf::unit);
    serving_waiters_.clear();
  }
}

void slot_actor::fail(const error& why) {
  failed_ = why;
  log_error("slot", "slot {} stops acknowledging: {}", slot_, why.describe());
  lose_proposals(why);
  applied_ = std::max(applied_, handed_out_);  // reads go on with what the tables hold
  release_barriers();
  activate_waiting();
  // Their changes are committed; what follows from them in other tables waits for the next start.
  for (auto& waiting : std::exchange(project_barriers_, {}))
    waiting.then();
  for (auto& waiter : std::exchange(serving_waiters_, {}))
    waiter.deliver(caf::make_error(caf::sec::runtime_error, why.describe()));
}

}  // namespace carillon
