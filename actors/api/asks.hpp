// Asking on behalf of a call (ask.hpp): a refusal answers the call at once, so a handler's steps
// see good answers only.
#pragma once

#include <exception>
#include <utility>

#include "actors/api/call.hpp"
#include "actors/ask.hpp"

namespace carillon::api {

// One step of a call's handler. What it throws refuses this call; the actor and the calls of others
// go on.
template <class Step>
void guarded(const call_ptr& c, Step step) {
  try {
    step();
  } catch (const std::exception& unexpected) {
    c->fail(make_error(errc::internal_error, unexpected.what()));
  }
}

// For the answers of blocking work: a refusal ends the call, a value goes on to `then`.
template <class Then>
auto good_answer(const call_ptr& c, Then then) {
  return [c, then = std::move(then)](auto answer) mutable {
    if (!answer)
      return c->fail(answer.error());
    guarded(c, [&] { then(std::move(*answer)); });
  };
}

// For the answers of entities.
template <class Then>
auto good_reply(const call_ptr& c, Then then) {
  return [c, then = std::move(then)](const auto& reply) mutable {
    if (auto why = reply_error(reply))
      return c->fail(*why);
    guarded(c, [&] { then(reply); });
  };
}

// `then`: void(const wire::channel_reply&), refusals included. `by` is set by the caller.
template <class Then>
void ask_channel_as(const call_ptr& c, wire::caller by, const entity_id& channel,
                    wire::channel_request request, Then then) {
  request.set_channel_id(channel.text());
  *request.mutable_by() = std::move(by);
  ask_channel(c->self, c->host, channel, std::move(request),
              [c, then = std::move(then)](const wire::channel_reply& reply) mutable {
                guarded(c, [&] { then(reply); });
              },
              c->request.received);
}

// `then`: void(const wire::channel_reply&).
template <class Then>
void on_channel(const call_ptr& c, const entity_id& channel, wire::channel_request request,
                Then then) {
  ask_channel_as(c, c->caller(), channel, std::move(request), good_reply(c, std::move(then)));
}

// `then`: void(const wire::user_reply&).
template <class Then>
void on_user(const call_ptr& c, const entity_id& user, wire::user_request request, Then then) {
  request.set_user_id(user.text());
  *request.mutable_by() = c->caller();
  ask_user(c->self, c->host, user, std::move(request), good_reply(c, std::move(then)));
}

// `work`: result<T>(storage::directory&), on the directory's thread; `then`: void(T).
template <class Work, class Then>
void on_directory(const call_ptr& c, Work work, Then then) {
  ask_directory(c->self, c->host, std::move(work), good_answer(c, std::move(then)));
}

// `work`: result<T>(), on the hasher's thread; `then`: void(T).
template <class Work, class Then>
void on_hasher(const call_ptr& c, Work work, Then then) {
  ask_hasher(c->self, c->host, std::move(work), good_answer(c, std::move(then)));
}

}  // namespace carillon::api
