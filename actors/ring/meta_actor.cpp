#include "actors/ring/meta_actor.hpp"

#include "actors/ask.hpp"
#include "actors/describing.hpp"
#include "actors/ring/zookeeper_coordination.hpp"
#include "actors/slot_keeper.hpp"
#include "actors/stop_on_exception.hpp"
#include "runtime/base/ensure.hpp"
#include "runtime/base/logging.hpp"
#include "runtime/ring/ring_delta.hpp"
#include "runtime/wire/schema.hpp"
#include "storage/ring_view_rows.hpp"

namespace carillon {
namespace {

constexpr std::chrono::milliseconds retry_delay{50};

ring_state::options ring_options(const host_services& host, const meta_setup& setup) {
  ring_state::options how;
  how.self = host.self;
  how.rules = {.slots = host.config.cluster.slots, .replicas = host.config.cluster.replicas};
  how.members_expected = setup.members_expected;
  how.replace_after = std::chrono::seconds(host.config.cluster.replace_after_s);
  how.moves = {.at_once = host.config.cluster.moves_at_once,
               .per_host = host.config.cluster.moves_per_host};
  how.moves_need_minor = wire::ring_in_motion;
  how.used_minor = wire::inboxes;
  return how;
}

}  // namespace

// Writers of the directory wait on every host until it has applied what they wrote.
replica::setup meta_actor::group_of(const host_services& host,
                                    const raft::configuration& founders) {
  replica::setup how = setup_of(host, host.where->meta_slot(), founders);
  how.raft.tell_commits = true;
  return how;
}

caf::actor spawn_meta(caf::actor_system& system, const host_services& host, meta_setup setup,
                      const storage::slot_start& start, std::unique_ptr<storage::log_store> log) {
  return system.spawn<meta_actor>(std::ref(host), std::move(setup), start, std::move(log));
}

meta_actor::meta_actor(caf::actor_config& config, const host_services& host, meta_setup setup,
                       const storage::slot_start& start, std::unique_ptr<storage::log_store> log)
    : replica_actor(config, host, group_of(host, setup.founders), start, std::move(log)),
      setup_(std::move(setup)), ring_(ring_options(host, setup_), steady_now()),
      read_to_(setup_.directory_applied), given_(setup_.directory_applied),
      directory_at_(setup_.directory_applied) {
  coordination_ = make_coordination();
  if (setup_.directory_sink)
    group().keep_log_after(directory_at_);
  load_view();
}

caf::behavior meta_actor::make_behavior() {
  stop_host_on_exception(*this);
  return replica_behavior().or_else(
      [this](commit_directory& what) {
        auto promise = make_response_promise();
        if (auto why = directory_behind()) {
          promise.deliver(directory_outcome{std::move(*why)});
          return promise;
        }
        commit(std::make_shared<const std::string>(std::move(what.command)),
               steady_now() + what.patience, promise);
        return promise;
      },
      [this](const meta_request_box& request) { return on_request(*request); },
      [this](const slot_load& what) { loads_[what.slot] = what.load; },
      [this](const ring_lease_is& what) {
        if (zookeeper_)
          zookeeper_->lease_is(what);
        act();
      },
      [this](const view_kept& what) {
        if (zookeeper_)
          zookeeper_->kept(what.done);
        act();
      },
      [this](const directory_applied& done) { on_directory_applied(done.index); },
      [this](const slots_filled& filled) {
        slots_filled_ = true;
        keeper_ = filled.keeper;
        if (keeper_)
          send(keeper_, keep_slots{setup_.view->now()});
      },
      [this](const describe& asked) { return describe_myself(asked); },
      [this](wait_view) {
        start();
        auto promise = make_response_promise();
        if (view_->slots_size() > 0)
          promise.deliver(caf::unit);
        else
          view_waiters_.push_back(promise);
        return promise;
      });
}

void meta_actor::on_started() {
  feed_directory();
}

// -- what is committed --------------------------------------------------------------------------

void meta_actor::on_committed(std::vector<replica::committed_entry> entries) {
  std::vector<std::pair<committed_then, raft::log_index>> mine;
  for (const auto& entry : entries) {
    const wire::meta_change& change = entry.command->meta();
    if (change.has_view())
      take_view(std::make_shared<const wire::ring_view>(change.view()));
    if (change.has_delta())
      take_delta(change.delta());
    if (auto open = entry.mine ? open_.find(entry.tag) : open_.end(); open != open_.end()) {
      mine.emplace_back(std::move(open->second), entry.index);
      open_.erase(open);
    }
  }
  feed_directory();
  for (auto& [then, index] : mine)
    then(index);
  come_back();
  act();
}

// A large ring's view is a megabyte of small pieces: whoever reads it here shares this one.
void meta_actor::take_view(std::shared_ptr<const wire::ring_view> view) {
  if (view->generation() <= view_->generation())
    return;  // a leader proposes on the newest one only, so this is one from before a restart
  const auto before = std::exchange(view_, std::move(view));
  setup_.view->replace(view_);
  ring_.view_is(view_, steady_now());
  log_info("ring", "ring view {}: {} members", view_->generation(), view_->members_size());
  tell_of_moves(*before);
  if (keeper_)
    send(keeper_, keep_slots{view_});
  answer_operators();
  if (view_->slots_size() > 0)
    for (auto& waiter : std::exchange(view_waiters_, {}))
      waiter.deliver(caf::unit);
}

// One that does not follow our view is of a leader that did not know of another's.
void meta_actor::take_delta(const wire::ring_delta& delta) {
  auto next = std::make_shared<wire::ring_view>(*view_);
  if (apply_delta(*next, delta))
    take_view(std::move(next));
}

void meta_actor::load_view() {
  if (auto view = storage::load_ring_view(*host_.store, slot_); view && view->generation() > 0)
    take_view(std::make_shared<const wire::ring_view>(std::move(*view)));
}

void meta_actor::on_lost(const error& why) {
  for (auto& [tag, then] : std::exchange(open_, {}))
    then(why);
}

void meta_actor::on_leadership() {
  const bool leads = group().serves();
  ring_.lead(leads, steady_now());
  if (leads)
    ring_.announced(setup_.myself);
  else
    answer_operators();
  act();
}

void meta_actor::on_applied() {
  feed_directory();  // of entries that are no commands nobody is told
  move_cursor();
}

void meta_actor::on_tables_replaced() {
  load_view();
  feed_directory();
}

// A host that is not in the group yet hears of its leader only by beats.
raft::member_id meta_actor::leader() const {
  const auto known = group().leader().leader;
  return known != 0 ? known : host_.where->of(slot_).leader;
}

// -- proposals ----------------------------------------------------------------------------------

entity_picture_box meta_actor::describe_myself(const describe& asked) {
  wire::slot_picture out = describe_group(asked.asked);
  out.set_proposals(open_.size());
  return picture_of(std::move(out));
}

// How far the log is committed, when it is sure that we lead; not_owner: we do not.
void meta_actor::when_committed_known(committed_then then) {
  when_confirmed([this, then = std::move(then)](bool leads) {
    then(leads ? result<raft::log_index>(group().committed()) : errc::not_owner);
  });
}

void meta_actor::propose(wire::meta_change change, committed_then then) {
  if (!group().serves())
    return then(errc::not_owner);
  auto command = std::make_shared<wire::slot_command>();
  *command->mutable_meta() = std::move(change);
  const std::uint64_t tag = ++last_tag_;
  auto index = group().propose(std::move(command), tag);
  if (!index)
    return then(index.error());
  open_.emplace(tag, std::move(then));
  carry_out_soon();
}

// Whoever leads: here, else asked through the link; refusals are tried again until give_up.
void meta_actor::commit(std::shared_ptr<const std::string> command, tick_time give_up,
                        caf::response_promise promise) {
  auto then = [this, command, give_up, promise](result<raft::log_index> index) mutable {
    const bool again =
        !index && (index.code() == errc::not_owner || index.code() == errc::timed_out ||
                   index.code() == errc::overloaded);
    if (!again)
      return promise.deliver(directory_outcome{std::move(index)});
    if (steady_now() + retry_delay >= give_up)
      return promise.deliver(directory_outcome{
          make_error(errc::timed_out, "no majority of the ring hosts took the change in time")});
    delayed_send(this, retry_delay,
                 run_later{[=, this]() mutable { commit(command, give_up, promise); }});
  };
  if (group().serves()) {
    wire::meta_change change;
    change.set_directory(*command);
    return propose(std::move(change), then);
  }
  const raft::member_id whom = leader();
  if (whom == 0 || whom == host_.self || !host_.link)
    return then(errc::not_owner);
  auto what = std::make_shared<wire::peer_request>();
  what->mutable_meta()->set_directory(*command);
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(give_up - steady_now());
  request(host_.link, caf::infinite,
          ask_peer{whom, slot_, std::move(what), std::max(left, retry_delay)})
      .then(
          [then](const peer_reply_box& reply) mutable {
            if (auto why = reply_error(*reply))
              then(*why);
            else
              then(reply->meta().index());
          },
          [then](const caf::error&) mutable { then(errc::not_owner); });
}

caf::response_promise meta_actor::on_request(const wire::meta_request& request) {
  auto promise = make_response_promise();
  if (!group().serves()) {
    promise.deliver(peer_refusal(make_error(errc::not_owner)));
    return promise;
  }
  if (request.has_order()) {
    obey(request.order(), promise);
    return promise;
  }
  if (request.has_members()) {
    const wire::slot_members& said = request.members();
    group_fact fact{.generation = said.generation(),
                    .voters = {said.members().voters().begin(), said.members().voters().end()},
                    .learners = {said.members().learners().begin(), said.members().learners().end()}};
    if (said.slot() < host_.where->slots())
      ring_.group_is(static_cast<slot_id>(said.slot()), std::move(fact));
    act();
    promise.deliver(peer_reply_box(wire::peer_reply()));
    return promise;
  }
  if (request.has_member()) {
    ring_.announced(request.member());
    act();
  }
  auto answer = [this, promise](result<raft::log_index> index) mutable {
    if (!index)
      return promise.deliver(peer_refusal(index.error()));
    wire::peer_reply out;
    out.mutable_meta()->set_index(*index);
    promise.deliver(peer_reply_box(std::move(out)));
  };
  if (!request.directory().empty()) {
    wire::meta_change change;
    change.set_directory(request.directory());
    propose(std::move(change), answer);
  } else if (request.has_member()) {
    promise.deliver(peer_reply_box(wire::peer_reply()));
  } else {  // how far are we? (away_duties.cpp)
    when_committed_known(answer);
  }
  return promise;
}

}  // namespace carillon
