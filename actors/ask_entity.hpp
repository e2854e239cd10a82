// How a question finds the entity it is for: the half of ask.hpp that crosses hosts. The plan
// (ask_plan.hpp) says where and when; here it is carried out, in the callbacks of the asker's actor.
//
// The asker has an ask_watch: as its member `asks`, or as its state (caf::stateful_actor<ask_watch>).
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "actors/ask_plan.hpp"
#include "actors/ask_watch.hpp"
#include "actors/host_services.hpp"
#include "actors/trace_notes.hpp"

namespace carillon {

// 0 in errc means good.
template <class Reply>
std::optional<error> reply_error(const Reply& reply) {
  if (reply.errc() == 0)
    return std::nullopt;
  return error{static_cast<errc>(reply.errc() - 1), reply.detail()};
}
template <class Reply>
void set_error(Reply& reply, const error& why) {
  reply.set_errc(static_cast<std::uint32_t>(why.code) + 1);
  reply.set_detail(why.detail);
}

namespace detail {

// What this host knows of a slot; `in_doubt`: with the ring view's replicas.
ask_knowledge knowledge_of(const host_services& host, slot_id slot);
void add_replicas(ask_knowledge& known, const host_services& host, slot_id slot);
std::uint64_t some_chance();
std::string asked_words(const host_services& host, slot_id slot, raft::member_id whom, bool again);

// Text of at most 32 bytes that no other post of any host has.
std::string new_request_key();

inline void put(wire::peer_request& into, const wire::channel_request& what) {
  *into.mutable_channel() = what;
}
inline void put(wire::peer_request& into, const wire::user_request& what) {
  *into.mutable_user() = what;
}
inline const wire::channel_reply* find(const wire::peer_reply& in, const wire::channel_request&) {
  return in.has_channel() ? &in.channel() : nullptr;
}
inline const wire::user_reply* find(const wire::peer_reply& in, const wire::user_request&) {
  return in.has_user() ? &in.user() : nullptr;
}
inline void count_attempt(wire::channel_request& request, std::uint32_t attempt) {
  request.set_attempt(attempt);
}
inline void count_attempt(wire::user_request&, std::uint32_t) {}  // each is harmless twice
inline bool is_post(const wire::channel_request& request) { return request.has_post(); }
inline bool is_post(const wire::user_request&) { return false; }

template <class Self>
ask_watch& watch_of(Self* self) {
  if constexpr (requires { self->state; })
    return self->state;
  else
    return self->asks;
}

template <class Self>
void end_overdue_at(Self* self, tick_time when) {
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(when - steady_now());
  self->delayed_send(self, std::max(wait, std::chrono::milliseconds(0)), run_later{[self] {
                       if (auto next = watch_of(self).end_overdue(steady_now()))
                         end_overdue_at(self, *next);
                     }});
}

// One question to an entity, until its answer or its deadline. Lives in the callbacks of the asker's
// actor, where an answer that comes after the deadline finds nobody: what it confirms is done all the
// same, and a retry with the same key meets it.
template <class Reply, class Self, class Request, class Then>
class entity_question final : public ask_watch::question {
public:
  entity_question(Self* self, const host_services& host, slot_id slot, boxed<Request> request,
                  Then then, tick_time give_up)
      : question(give_up), self_(self), host_(host), slot_(slot), request_(std::move(request)),
        then_(std::move(then)), plan_(give_up) {
    if (watch_of(self).add(*this))
      end_overdue_at(self, give_up);
  }

  void go() {
    if (over_)
      return;
    ask_knowledge known = knowledge_of(host_, slot_);
    if (plan_.in_doubt(known.leader))
      add_replicas(known, host_, slot_);
    const ask_step step = plan_.next(known, steady_now(), some_chance());
    switch (step.what) {
      case ask_step::kind::wait:
        self_->delayed_send(self_, step.time, run_later{[me = myself()] {
                              me->go();
                            }});
        return;
      case ask_step::kind::refuse:  // later: nobody expects an answer before the question is out
        self_->send(self_, run_later{[me = myself(), why = step.why] {
                      me->give_up(make_error(why));
                    }});
        return;
      case ask_step::kind::ask:
        if (plan_.asked() > 1) {
          host_.metrics->retries.add();
          Request again = *request_;
          count_attempt(again, plan_.asked() - 1);
          request_ = boxed<Request>(std::move(again), request_.since());
        }
        if (is_traced(host_, request_->by())) [[unlikely]]
          note_asked(step.to);
        return step.to == known.self ? ask_here() : ask_there(step);
    }
  }

private:
  std::shared_ptr<entity_question> myself() {
    return std::static_pointer_cast<entity_question>(shared_from_this());
  }

  void ask_here() {
    auto me = myself();
    // Inside a host a request is never lost: the entity answers, or its mailbox bounces the request
    // when it stops. When a disk hangs that may be never, so the watch ends it at its deadline, and
    // not CAF's own timeouts (a lock on the clock per request, and memory until they fire).
    self_->request(host_.slots[slot_], caf::infinite, request_)
        .then([me](const boxed<Reply>& reply) { me->answered(*reply, reply.since()); },
              [me](const caf::error&) { me->refused(); });
  }

  void ask_there(const ask_step& step) {
    auto what = std::make_shared<wire::peer_request>();
    put(*what, *request_);
    auto me = myself();
    self_->request(host_.link, caf::infinite, ask_peer{step.to, slot_, std::move(what), step.time})
        .then([me](const peer_reply_box& reply) { me->peer_answered(*reply); },
              [me](const caf::error&) { me->refused(); });
  }

  void peer_answered(const wire::peer_reply& reply) {
    if (const Reply* inside = find(reply, *request_); reply.errc() == 0 && inside)
      return answered(*inside, {});
    error why = reply_error(reply).value_or(
        make_error(errc::internal_error, "a peer's answer to another question"));
    if (why.code == errc::not_owner) {
      if (host_.where)
        host_.where->try_next(slot_, reply.leader(), plan_.asked_last());
      return refused();
    }
    if (why.code == errc::timed_out) {
      plan_.unanswered();
      return go();
    }
    give_up(why);
  }

  // `committed`: here, what it confirms; {}: nothing, or on another host.
  void answered(const Reply& reply, tick_time committed) {
    auto why = reply.errc() == 0 ? std::optional<errc>() : static_cast<errc>(reply.errc() - 1);
    // With others to take over, a host that stops is only one more that does not lead.
    if (why == errc::not_owner || (why == errc::shutting_down && host_.link))
      return refused();
    if (committed != tick_time{} && is_post(*request_))
      host_.metrics->of(post_stage::answer).record(steady_now() - committed);
    end(reply);
  }

  void refused() {
    plan_.refused();
    go();
  }

  void give_up(const error& why) {
    Reply reply;
    set_error(reply, why);
    end(reply);
  }

  void on_deadline() override { give_up(make_error(errc::timed_out)); }

  // The asker hears once. What it captured goes with that: an answer that never comes keeps nothing.
  void end(const Reply& reply) {
    if (std::exchange(over_, true))
      return;
    leave();
    if (is_traced(host_, request_->by())) [[unlikely]]
      note_answered(reply);
    std::exchange(then_, std::nullopt).value()(reply);
  }

  void note_asked(raft::member_id whom) const {
    note_step(host_, {.trace = request_->by().trace(),
                      .step = trace_step::asked,
                      .detail = asked_words(host_, slot_, whom, plan_.asked() > 1),
                      .slot = slot_});
  }
  void note_answered(const Reply& reply) const {
    const auto why = reply_error(reply);
    note_step(host_, request_->by().trace(), trace_step::answered,
              why ? why->describe() : std::string());
  }

  Self* const self_;
  const host_services& host_;
  const slot_id slot_;
  boxed<Request> request_;
  std::optional<Then> then_;  // until it was called
  ask_plan plan_;
  bool over_ = false;
};

template <class Reply, class Self, class Request, class Then>
void ask_entity(Self* self, const host_services& host, entity_id entity, boxed<Request> request,
                Then then, tick_time give_up) {
  std::make_shared<entity_question<Reply, Self, Request, Then>>(
      self, host, host.slot_of(entity), std::move(request), std::move(then), give_up)
      ->go();
}

}  // namespace detail
}  // namespace carillon
