// Asking: the few ways in which an actor waits for another, so that every wait has a deadline and
// every failure arrives as carillon::error, in the asker's own context.
//
//   ask_channel(self, host, channel, request, [](const wire::channel_reply& reply) { ... });
//   ask_user   (self, host, user, request, [](const wire::user_reply& reply) { ... });
//   ask_directory(self, host, [](const storage::directory& d) { return d.user_by_id(id); },
//                 [](result<std::optional<storage::user_row>> answer) { ... });
//   ask_reader (self, host, channel, [](const storage::message_store& m) { return m.tail(channel); },
//                 [](result<storage::channel_tail> answer) { ... });
//
// Entity replies carry refusals in errc (reply_error() below turns them into an error). Where the
// entity lives is nobody's business here: the leader of its slot is asked, on this host or through
// the link, and again whenever it turns out to be another one, until the deadline: callers see a
// short wait, then timed_out (DESIGN section 4). not_owner never reaches them. A host that is cut
// off from the others refuses at once, with cut_off. Capture by value only.
#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "actors/ask_entity.hpp"
#include "actors/host_services.hpp"
#include "storage/directory.hpp"
#include "storage/message_store.hpp"

namespace carillon {

namespace detail {

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
void ask_blocking(Self* self, const caf::actor& worker, Work work, Then then,
                  tick_time give_up = {}) {
  using answer = decltype(work(std::declval<Subject&>()));
  auto box = std::make_shared<std::optional<answer>>();  // unit arrives as an empty message
  Job job;
  job.work = [box, work = std::move(work)](Subject& subject) mutable {
    box->emplace(guarded_result<answer>([&] { return work(subject); }));
  };
  if constexpr (requires { job.give_up; })
    job.give_up = give_up;
  self->request(worker, caf::infinite, std::move(job))
      .then([box, then]() mutable { then(std::move(**box)); },
            [then](const caf::error&) mutable { then(answer(errc::shutting_down)); });
}

}  // namespace detail

inline tick_time ask_deadline(const host_services& host) {
  return steady_now() + std::chrono::milliseconds(host.config.edge.request_deadline_ms);
}

// `then`: void(const wire::channel_reply&). The actor must handle run_later (protocols.hpp) and have an
// ask_watch (ask_entity.hpp). A post
// without a client_msg_id gets a key of its own, by which the channel knows a retry; a host without
// peers has no retries that could repeat anything. timed_out: it may have happened, or still may.
// `received`: when the edge had what this is asked for, for measuring; {}: not measured.
template <class Self, class Then>
void ask_channel(Self* self, const host_services& host, const entity_id& channel,
                 wire::channel_request request, Then then, tick_time received = {}) {
  if (host.link && request.has_post() && request.post().client_msg_id().empty() &&
      request.request_key().empty())
    request.set_request_key(detail::new_request_key());
  detail::ask_entity<wire::channel_reply>(self, host, channel,
                                          channel_request_box(std::move(request), received),
                                          std::move(then), ask_deadline(host));
}

// `then`: void(const wire::user_reply&).
template <class Self, class Then>
void ask_user(Self* self, const host_services& host, const entity_id& user,
              wire::user_request request, Then then) {
  detail::ask_entity<wire::user_reply>(self, host, user, user_request_box(std::move(request)),
                                       std::move(then), ask_deadline(host));
}

// `work` returns result<T>; `then`: void(result<T>). Work that takes a const storage::directory& only
// looks things up, and no change delays it; a storage::directory& is for work that changes them.
template <class Self, class Work, class Then>
void ask_directory(Self* self, const host_services& host, Work work, Then then) {
  if constexpr (std::is_invocable_v<Work&, const storage::directory&>)
    detail::ask_blocking<directory_read_job, const storage::directory>(
        self, host.directory, std::move(work), std::move(then));
  else
    detail::ask_blocking<directory_job, storage::directory>(
        self, host.directory, std::move(work), std::move(then), ask_deadline(host));
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
