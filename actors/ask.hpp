// Asking: the few ways in which an actor waits for another, so that every wait has a deadline and
// every failure arrives as carillon::error, in the asker's own context.
//
//   ask_channel(self, host, channel, request, [](const wire::channel_reply& reply) { ... });
//   ask_user   (self, host, user, request, [](const wire::user_reply& reply) { ... });
//   ask_directory(self, host, [](storage::directory& d) { return d.user_by_id(id); },
//                 [](result<std::optional<storage::user_row>> answer) { ... });
//   ask_reader (self, host, channel, [](const storage::message_store& m) { return m.tail(channel); },
//                 [](result<storage::channel_tail> answer) { ... });
//
// Entity replies carry refusals in errc (reply_error() below turns them into an error). A slot that
// is not serving, or whose entity stopped at the wrong moment, is asked again until the deadline:
// callers see a short wait, then timed_out (DESIGN section 4). Capture by value only.
#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "actors/host_services.hpp"
#include "storage/directory.hpp"
#include "storage/message_store.hpp"

namespace carillon {

inline constexpr std::chrono::milliseconds ask_retry_delay{20};

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

// Inside a host a request is never lost: the entity answers, or its mailbox bounces the request
// when it stops. So CAF's own timeouts (a lock on the clock per request) are not used here; the
// deadline is checked when an answer says "try again".
template <class Reply, class Self, class Request, class Then>
void ask_entity(Self* self, const host_services& host, entity_id entity, boxed<Request> request,
                Then then, tick_time give_up) {
  auto again = [self, &host, entity, request, give_up](Then then, errc why) {
    if (steady_now() >= give_up) {
      Reply late;
      set_error(late, make_error(errc::timed_out, std::string(to_string(why))));
      then(late);
      return;
    }
    self->delayed_send(self, ask_retry_delay,
                       run_later{[=, &host, then = std::move(then)]() mutable {
                         ask_entity<Reply>(self, host, entity, request, std::move(then), give_up);
                       }});
  };
  self->request(host.slot_for(entity), caf::infinite, request)
      .then(
          [again, then](const boxed<Reply>& reply) mutable {
            if (reply->errc() == static_cast<std::uint32_t>(errc::not_owner) + 1)
              again(std::move(then), errc::not_owner);
            else
              then(*reply);
          },
          [again, then](const caf::error&) mutable { again(std::move(then), errc::not_owner); });
}

// What `work` returns; an exception that nobody expected becomes internal_error, or it would end the
// worker's actor, and with it everybody's work.
template <class Answer, class Work>
Answer guarded_result(const Work& work) {
  try {
    return work();
  } catch (const std::exception& unexpected) {
    return Answer(make_error(errc::internal_error, unexpected.what()));
  }
}

// Runs `work` where it may block; `then` gets its result in the asker's context.
template <class Job, class Subject, class Self, class Work, class Then>
void ask_blocking(Self* self, const caf::actor& worker, Work work, Then then) {
  using answer = decltype(work(std::declval<Subject&>()));
  auto box = std::make_shared<std::optional<answer>>();  // unit arrives as an empty message
  Job job{[box, work = std::move(work)](Subject& subject) mutable {
    box->emplace(guarded_result<answer>([&] { return work(subject); }));
  }};
  self->request(worker, caf::infinite, std::move(job))
      .then([box, then]() mutable { then(std::move(**box)); },
            [then](const caf::error&) mutable { then(answer(errc::shutting_down)); });
}

}  // namespace detail

inline tick_time ask_deadline(const host_services& host) {
  return steady_now() + std::chrono::milliseconds(host.config.edge.request_deadline_ms);
}

// `then`: void(const wire::channel_reply&). The actor must handle run_later (protocols.hpp).
template <class Self, class Then>
void ask_channel(Self* self, const host_services& host, const entity_id& channel,
                 wire::channel_request request, Then then) {
  detail::ask_entity<wire::channel_reply>(self, host, channel,
                                          channel_request_box(std::move(request)), std::move(then),
                                          ask_deadline(host));
}

// `then`: void(const wire::user_reply&).
template <class Self, class Then>
void ask_user(Self* self, const host_services& host, const entity_id& user,
              wire::user_request request, Then then) {
  detail::ask_entity<wire::user_reply>(self, host, user, user_request_box(std::move(request)),
                                       std::move(then), ask_deadline(host));
}

// `work` returns result<T>; `then`: void(result<T>).
template <class Self, class Work, class Then>
void ask_directory(Self* self, const host_services& host, Work work, Then then) {
  detail::ask_blocking<directory_job, storage::directory>(self, host.directory, std::move(work),
                                                          std::move(then));
}

// `near`: the entity whose tables are read; scans of one entity share a reader.
template <class Self, class Work, class Then>
void ask_reader(Self* self, const host_services& host, const entity_id& near, Work work,
                Then then) {
  detail::ask_blocking<reader_job, const storage::message_store>(self, host.reader_for(near),
                                                                 std::move(work), std::move(then));
}

// `work` returns result<T> and touches nothing but its captures; `then`: void(result<T>).
template <class Self, class Work, class Then>
void ask_hasher(Self* self, const host_services& host, Work work, Then then) {
  using answer = decltype(work());
  auto box = std::make_shared<std::optional<answer>>();
  hash_job job{[box, work = std::move(work)]() mutable {
    box->emplace(detail::guarded_result<answer>([&] { return work(); }));
  }};
  self->request(host.hasher, caf::infinite, std::move(job))
      .then([box, then]() mutable { then(std::move(**box)); },
            [then](const caf::error&) mutable { then(answer(errc::shutting_down)); });
}

}  // namespace carillon
