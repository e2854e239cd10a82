// What channel and user actors have in common: the shell of an entity around its pure state. It
// loads the state before it serves, keeps book of every open request so that each is answered
// exactly once, proposes changes to its slot and waits for their commits, and stops when idle.
//
//   spawned --load()--> serving --idle--> passivate --> passivate_now --> finishes --> gone
//                          |                                                ^
//                          +--proposals_lost: everyone is refused ----------+
//
// A derived class supplies load() and serve(), and answers each ticket once, now or later. Whatever
// is still open when the actor ends is refused, so no asker waits for ever.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <caf/all.hpp>

#include "actors/ask.hpp"
#include "actors/describing.hpp"
#include "actors/host_services.hpp"
#include "actors/measured_actor.hpp"
#include "actors/protocols.hpp"

namespace carillon {

template <class Request, class Reply>
class entity_actor : public measured_actor {
public:
  using request_box = boxed<Request>;
  using reply_box = boxed<Reply>;

  caf::behavior make_behavior() final {
    arm_idle_timer();
    load();
    // One table for all of a kind; one of its own would take each entity 330 bytes.
    static const caf::behavior all = handlers();
    return all;
  }

  caf::invoke_message_result consume(caf::mailbox_element& message) final {
    at_work_ = this;
    return measured_actor::consume(message);
  }

  void on_exit() override { refuse_all(make_error(errc::not_owner, "the entity stopped")); }

protected:
  using ticket = std::uint64_t;  // one open request
  using on_commit = std::function<void(raft::log_index)>;

  entity_actor(caf::actor_config& config, const host_services& host, entity_id id, caf::actor slot,
               std::uint32_t idle_stop_ms)
      : measured_actor(config, host.metrics, id.is_channel() ? actor_kind::channel : actor_kind::user),
        host_(host), id_(id), slot_(std::move(slot)),
        idle_stop_(idle_stop_ms) {}

  // -- what the entity supplies --

  // Reads the tables, which hold everything that was ever proposed for this entity, and ends with
  // loaded(), at once or later.
  virtual void load() = 0;
  virtual void serve(ticket open, const request_box& request) = 0;
  // false: something in memory must not be forgotten now.
  virtual bool may_rest() const { return true; }
  // A host fell silent: what it was said to have may be gone.
  virtual void on_host_lost(raft::member_id) {}
  // Something came into this user's inbox.
  virtual void on_inbox_news(std::uint64_t /*position*/) {}
  // For the inspector: what kind of entity this is, and what its memory holds.
  virtual void describe_details(wire::entity_picture&) {}
  // Last words, before it quits: what only memory knows can be handed to whoever comes next.
  virtual void depart() { quit(); }

  // -- what the shell does for it --

  void loaded(const status& outcome) {
    if (!outcome) {
      // Who asked hears why, and so does who is on the way here; what the slot holds back meanwhile
      // meets the next life, which tries again.
      loading_->failure = outcome.error();
      refuse_all(outcome.error());
      send(slot_, passivate{id_});
      return;
    }
    const auto done = std::exchange(loading_, nullptr);
    for (auto& [open, request] : done->held)
      serve(open, request);
  }

  void answer(ticket open, Reply reply) {
    auto found = open_.find(open);
    if (found == open_.end())
      return;
    found->second.deliver(reply_box(std::move(reply), committed_at_));
    open_.erase(found);
    leave_when_done();
  }
  void refuse(ticket open, const error& why) {
    Reply reply;
    set_error(reply, why);
    answer(open, std::move(reply));
  }

  // Where a change comes from: the connection hears of it by its answer.
  struct origin {
    std::uint64_t connection = 0;
    raft::member_id host = 0;
    trace_id traced;       // empty: nobody follows it
    tick_time admitted{};  // when serve() took it up; {}: not measured
  };
  static origin origin_of(const wire::caller& by, tick_time admitted = {}) {
    return {by.connection(), by.host(), by.traced() ? by.trace() : trace_id(), admitted};
  }

  // `then` runs when the command is committed, and never if it is lost.
  void propose(std::shared_ptr<const wire::slot_command> command, const origin& from,
               on_commit then) {
    std::uint64_t cookie = ++last_cookie_;
    in_flight_[cookie].then = std::move(then);
    send(slot_, propose_command{std::move(command), cookie, from.connection, from.host, from.traced,
                                from.admitted});
  }

  // Runs when everything proposed so far is committed; at once when it is. What the state says may
  // be told from then on.
  void when_settled(std::function<void()> then) {
    if (in_flight_.empty())
      then();
    else
      in_flight_.rbegin()->second.after.push_back(std::move(then));
  }

  // Runs when everything committed so far can be read from the tables.
  void when_readable(std::function<void()> then) {
    request(slot_, caf::infinite, read_barrier{})
        .then([then = std::move(then)] { then(); }, [this](const caf::error&) { quit(); });
  }

  // Runs when it is sure that we led when this was called: what memory said then was true. For
  // answers without a commit of their own, which would say so; another may lead whom we did not
  // hear of yet, and know better. At once on a host without peers.
  void when_leading(std::function<void()> then) {
    if (host_.link)
      when_readable(std::move(then));
    else
      then();
  }

  // The two that go with it. What is answered may tell of what is only proposed: that is awaited.
  void answer_leading(ticket open, Reply reply) {
    auto kept = std::make_shared<Reply>(std::move(reply));
    when_settled([this, open, kept] {
      when_leading([this, open, kept] { answer(open, std::move(*kept)); });
    });
  }
  void refuse_leading(ticket open, const error& why) {
    when_leading([this, open, why] { refuse(open, why); });
  }

  // Runs when the projections of everything up to `index` are done; 0: of what is committed by now.
  void when_projected(raft::log_index index, std::function<void()> then) {
    request(slot_, caf::infinite, projection_barrier{index})
        .then([then = std::move(then)] { then(); }, [this](const caf::error&) { quit(); });
  }

  void after(std::chrono::milliseconds delay, std::function<void()> work) {
    delayed_send(this, delay, run_later{std::move(work)});
  }

  const host_services& host() const { return host_; }
  const entity_id& id() const { return id_; }
  const caf::actor& slot() const { return slot_; }

private:
  // They find their entity at at_work_.
  static caf::behavior handlers() {
    return {
        [](const request_box& request) { return at_work_->on_request(request); },
        [](const entity_committed& done) { at_work_->on_committed(done); },
        [](const proposals_lost& lost) {
          at_work_->refuse_all(lost.why);
          at_work_->depart();
        },
        [](passivate_now) {
          at_work_->leaving_ = true;
          at_work_->leave_when_done();
        },
        [](const host_lost& lost) { at_work_->on_host_lost(lost.host); },
        [](const inbox_news& news) { at_work_->on_inbox_news(news.position); },
        [](const describe& asked) { return at_work_->describe_myself(asked); },
        [](const keep_awake& wish) {
          at_work_->keep_until_ = wish.until;
          if (!at_work_->timer_armed_)
            at_work_->arm_idle_timer();
        },
        [](run_later& later) { later.work(); },
    };
  }

  entity_picture_box describe_myself(const describe& asked) {
    wire::entity_picture out;
    out.set_awake(true);
    out.set_since(since_);
    out.set_requests_open(open_.size());
    if (const auto left = keep_until_ - steady_now(); left.count() > 0)
      out.set_kept_awake_until(
          host_.now() + static_cast<timestamp>(left / std::chrono::microseconds(1)));
    describe_details(out);
    describe_mailbox(*this, asked.asked, out);
    return entity_picture_box(std::move(out));
  }

  caf::response_promise on_request(const request_box& request) {
    touched_ = true;
    if (!timer_armed_)
      arm_idle_timer();
    auto promise = make_response_promise();
    ticket open = ++last_ticket_;
    open_.emplace(open, promise);
    if (!loading_)
      serve(open, request);
    else if (loading_->failure)
      refuse(open, *loading_->failure);
    else
      loading_->held.emplace_back(open, request);
    return promise;
  }

  void on_committed(const entity_committed& done) {
    committed_at_ = done.at;
    for (const auto& item : done.items) {
      auto found = in_flight_.find(item.cookie);
      if (found == in_flight_.end())
        continue;  // of this entity's life before; its tables held it when we loaded
      const auto waiting = in_flight_.extract(found);
      waiting.mapped().then(done.index);
      for (auto& then : waiting.mapped().after)
        then();
    }
    committed_at_ = {};
    leave_when_done();
  }

  void refuse_all(const error& why) {
    in_flight_.clear();
    if (loading_)
      loading_->held.clear();
    for (auto& [open, promise] : std::exchange(open_, {})) {
      Reply reply;
      set_error(reply, why);
      promise.deliver(reply_box(std::move(reply)));
    }
  }

  bool is_idle() const { return open_.empty() && in_flight_.empty(); }

  // One timer at a time, and none once the slot was asked to let us go: CAF's clock keeps an actor
  // in memory until its last timer is over.
  void arm_idle_timer() {
    timer_armed_ = true;
    after(idle_stop_, [this] {
      timer_armed_ = false;
      if (std::exchange(touched_, false) || !is_idle() || !may_rest() ||
          steady_now() < keep_until_)
        arm_idle_timer();
      else
        send(slot_, passivate{id_});
    });
  }

  void leave_when_done() {
    if (leaving_ && is_idle())
      depart();
  }

  const host_services& host_;
  const entity_id id_;
  const caf::actor slot_;
  const std::chrono::milliseconds idle_stop_;
  const timestamp since_ = host_.now();
  tick_time keep_until_{};
  tick_time committed_at_{};  // while commits are told: of what they answer

  std::map<ticket, caf::response_promise> open_;
  struct waiting_commit {
    on_commit then;
    std::vector<std::function<void()>> after;  // what waited until this was settled
  };
  std::map<std::uint64_t, waiting_commit> in_flight_;  // by cookie: in order of proposing
  struct before_loaded {
    std::vector<std::pair<ticket, request_box>> held;
    std::optional<error> failure;
  };
  std::unique_ptr<before_loaded> loading_ = std::make_unique<before_loaded>();  // null: serves
  ticket last_ticket_ = 0;
  std::uint64_t last_cookie_ = 0;
  bool touched_ = false;
  bool timer_armed_ = false;
  bool leaving_ = false;

  // Whose message this thread handles.
  inline static thread_local entity_actor* at_work_ = nullptr;
};

}  // namespace carillon
