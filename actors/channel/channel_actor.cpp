#include "actors/channel/channel_actor.hpp"

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "actors/channel/channel_state.hpp"
#include "actors/channel/deciding.hpp"
#include "actors/channel/membership.hpp"
#include "actors/channel/notices.hpp"
#include "actors/channel/posting.hpp"
#include "actors/channel/properties.hpp"
#include "actors/channel/reading.hpp"
#include "actors/channel/reading_stay.hpp"
#include "actors/channel/recent_threads.hpp"
#include "actors/channel/retries.hpp"
#include "actors/entity_actor.hpp"
#include "actors/notify.hpp"
#include "actors/rate_bucket.hpp"
#include "actors/trace_notes.hpp"
#include "runtime/base/logging.hpp"
#include "runtime/wire/schema.hpp"

namespace carillon {
namespace {

using channel_base = entity_actor<wire::channel_request, wire::channel_reply>;

// Up to so many members are read on the scheduler's thread: one short scan, some 50 us.
constexpr std::uint32_t members_read_in_place = 256;
constexpr std::size_t post_key_bytes = 120;  // of one remembered client_msg_id, about

class channel_actor final : public channel_base {
public:
  channel_actor(caf::actor_config& config, const host_services& host, entity_id id, caf::actor slot)
      : channel_base(config, host, id, std::move(slot), host.config.channel.idle_stop_ms),
        state_(id, host.config) {}

  const char* name() const override { return "channel"; }

private:
  struct waiting_edit {
    ticket open;
    request_box request;
  };

  void load() override;
  void serve(ticket open, const request_box& request) override;
  void describe_details(wire::entity_picture& into) override;

  void carry_out(ticket open, const request_box& request, channel_outcome outcome,
                 tick_time admitted = {});
  void answer_seen(ticket open, wire::channel_reply reply);
  void log_refusal(const wire::channel_request& request, const error& why) const;
  void on_commit_of(const wire::slot_command& command);

  void post(ticket open, const request_box& request, bool tables_are_ready = false);
  bool tells_threads() const;
  result<std::optional<thread_step>> thread_of(const wire::channel_request& reply) const;
  void remember_thread(timestamp ts, const wire::slot_command& command);
  void answer_first_post(ticket open, channel_decision decision);
  void edit(ticket open, const request_box& request);
  void run_edit(ticket open, const request_box& request);
  void end_edit(timestamp ts);
  void send_transient(ticket open, const request_box& request);

  void describe(ticket open, const request_box& request);
  void mark(ticket open, const request_box& request);
  void count_unread(ticket open, const request_box& request, wire::channel_reply known,
                    timestamp last_read);
  void history(ticket open, const request_box& request);
  void find(ticket open, const request_box& request);
  // Everything that was said to the channel by now is in the tables then.
  template <class Work>
  void when_all_is_readable(Work work) {
    when_settled([this, work] { when_readable(work); });
  }
  void read_events(ticket open, const request_box& request);

  const storage::message_store& stored() const { return *host().messages; }

  bool forgetting_ = false;  // first, behind the base's own flags: eight bytes that decide of 256
  channel_state state_;
  // Edits of one message go one after another: each starts from the message that the one before
  // left in the tables. By the message's ts; present while one is under way.
  using open_edits = std::map<timestamp, std::vector<waiting_edit>>;
  struct side_books {
    open_edits edits;
    recent_threads threads;
  };
  side_books& books();
  std::unique_ptr<side_books> books_;  // null: neither, as nearly always
  // The bucket of limits.channel_post_per_minute. Kept by the leader alone, while the channel is awake:
  // the next one begins with a full bucket, which is ten seconds' worth.
  tick_time posts_full_at_{};
};

timestamp edited_ts(const wire::channel_request& request) {
  return request.has_update() ? request.update().ts() : request.delete_().ts();
}

// ---- activation -------------------------------------------------------------------------------

result<std::pair<std::vector<wire::channel_member>, storage::channel_tail>>
read_tables(const storage::message_store& stored, const entity_id& id) {
  auto members = stored.members(id);
  if (!members)
    return members.error();
  auto tail = stored.tail(id);
  if (!tail)
    return tail.error();
  return std::pair(std::move(*members), *tail);
}

void channel_actor::load() {
  auto facts = stored().facts(id());
  if (!facts)
    return loaded(facts.error());
  if (!*facts)
    return loaded(ok);  // it does not exist (yet)
  auto take = [this, facts = **facts](auto tables) {
    if (!tables)
      return loaded(tables.error());
    state_.load(facts, tables->first, tables->second);
    loaded(ok);
  };
  if ((*facts)->member_count() <= members_read_in_place)
    take(read_tables(stored(), id()));
  else
    ask_reader(
        this, host(), id(),
        [id = id()](const storage::message_store& stored) { return read_tables(stored, id); },
        take);
}

void channel_actor::describe_details(wire::entity_picture& into) {
  wire::channel_details& details = *into.mutable_channel();
  *details.mutable_facts() = state_.facts();
  details.set_last_seq(state_.last_seq());
  details.set_last_ts(state_.last_ts());
  details.set_member_count(static_cast<std::uint32_t>(state_.members().size()));
  into.set_memory_bytes(sizeof *this + state_.facts().ByteSizeLong() +
                        state_.members().size() * sizeof(member_set::user_number) +
                        (state_.posts().size() + state_.request_keys().size()) * post_key_bytes);
}

// ---- deciding and carrying out ----------------------------------------------------------------

void channel_actor::serve(ticket open, const request_box& request) {
  switch (request->op_case()) {
  case wire::channel_request::kPost:
    return post(open, request);
  case wire::channel_request::kUpdate:
  case wire::channel_request::kDelete:
    return edit(open, request);
  case wire::channel_request::kTransient:
    return send_transient(open, request);
  case wire::channel_request::kDescribe:
    return describe(open, request);
  case wire::channel_request::kMark:
    return mark(open, request);
  case wire::channel_request::kHistory:
    return history(open, request);
  case wire::channel_request::kFind:
    return find(open, request);
  case wire::channel_request::kEvents:
    return read_events(open, request);
  default:
    return carry_out(open, request,
                     retries::forgive(state_, *request, decide_change(state_, *request, host().now())));
  }
}

void channel_actor::carry_out(ticket open, const request_box& request, channel_outcome outcome,
                              tick_time admitted) {
  if (!outcome) {
    log_refusal(*request, outcome.error());
    return refuse_leading(open, outcome.error());
  }
  auto command = outcome->command;
  if (!command && outcome->reply.already())
    return answer_seen(open, std::move(outcome->reply));
  if (!command)
    return answer_leading(open, std::move(outcome->reply));
  auto reply = std::make_shared<wire::channel_reply>(std::move(outcome->reply));
  propose(command, origin_of(request->by(), admitted), [this, open, command, reply](raft::log_index at) {
    on_commit_of(*command);
    if (!command->channel().catalog())
      return answer(open, std::move(*reply));
    // Who hears of the change may ask for it at once: others' tables come first.
    when_projected(at, [this, open, command, reply] {
      for (auto& notice : notices_of(command->channel()))
        notify_hubs(this, host(), std::move(notice));
      answer(open, std::move(*reply));
    });
  });
}

// Others did it a moment ago: their tables come first for this one, too.
void channel_actor::answer_seen(ticket open, wire::channel_reply reply) {
  when_settled([this, open, kept = std::make_shared<wire::channel_reply>(std::move(reply))] {
    when_projected(0, [this, open, kept] { answer_leading(open, std::move(*kept)); });
  });
}

// So that a request can be followed to the host where it was decided on.
void channel_actor::log_refusal(const wire::channel_request& request, const error& why) const {
  if (log_enabled(log_level::debug))
    log_of(log_level::debug, "channel", request_text(request.by()), "{} refuses {}: {}", id().text(),
           request.by().user_id(), why.describe());
}

void channel_actor::on_commit_of(const wire::slot_command& command) {
  state_.committed(command.channel());
  if (forgetting_ || !(posting::remembers_too_much(state_) || (books_ && books_->threads.is_overfull())))
    return;
  forgetting_ = true;
  when_readable([this, until = state_.committed_seq()] {
    forgetting_ = false;
    posting::forget_until(state_, until);
    if (books_)
      books_->threads.forget_until(until);
  });
}

// ---- messages ---------------------------------------------------------------------------------

channel_actor::side_books& channel_actor::books() {
  if (!books_)
    books_ = std::make_unique<side_books>();
  return *books_;
}

// An older host would not write down who takes part: it is refused by then.
bool channel_actor::tells_threads() const {
  return !host().ring || host().ring->now()->schema_minor() >= wire::inboxes;
}

// nullopt: the tables do not have the thread's first message (yet).
result<std::optional<thread_step>> channel_actor::thread_of(const wire::channel_request& reply) const {
  const timestamp ts = reply.post().thread_ts();
  const std::uint64_t author = user_number(reply.by().user_id()).value_or(0);
  if (const thread_users* known = books_ ? books_->threads.find(ts) : nullptr)
    return std::optional(joined_thread(*known, true, author));
  auto row = stored().thread(id(), ts);
  if (!row)
    return row.error();
  if (*row)
    return std::optional(joined_thread({(*row)->users().begin(), (*row)->users().end()}, true, author));
  auto first = stored().message_at(id(), ts);
  if (!first)
    return first.error();
  if (!*first)
    return std::optional<thread_step>();
  const auto beginner = user_number((*first)->user());
  return std::optional(joined_thread(beginner ? thread_users{*beginner} : thread_users(), false, author));
}

void channel_actor::remember_thread(timestamp ts, const wire::slot_command& command) {
  const wire::channel_change& change = command.channel();
  books().threads.remember(ts, {change.thread().users().begin(), change.thread().users().end()},
                           change.events(0).seq());
}

void channel_actor::post(ticket open, const request_box& request, bool tables_are_ready) {
  const tick_time now = steady_now();
  if (request.since() != tick_time{})
    host().metrics->of(post_stage::ask).record(now - request.since());
  if (is_traced(host(), request->by())) [[unlikely]]
    note_step(host(), request->by().trace(), trace_step::admitted, id().text());
  if (auto may = posting::check_may_post(state_, request->by()); !may)
    return refuse_leading(open, may.error());
  auto known = posting::find_first(state_, stored(), *request);
  if (!known)
    return refuse(open, known.error());
  // What was posted before is no new post, and what is refused below was none.
  tick_time full_at = posts_full_at_;
  const rate_rule allowed = channel_post_rule(host().config.limits);
  if (allowed.limits() && !*known && allowed.take(full_at, now).retry_after != 0)
    return refuse_leading(open, make_error(errc::ratelimited));
  std::optional<thread_step> thread;
  if (request->post().thread_ts() != 0 && !*known && tells_threads()) {
    auto found = thread_of(*request);
    if (!found)
      return refuse(open, found.error());
    if (!*found && !tables_are_ready)  // a moment ago, it may have been posted
      return when_readable([this, open, request] { post(open, request, true); });
    thread = std::move(*found);
  }
  auto outcome = posting::post(state_, request->by(), request->post(), *known, host().now(),
                               request->request_key(), thread);
  if (outcome && outcome->first_seq != 0)
    return answer_first_post(open, std::move(*outcome));
  if (outcome)
    posts_full_at_ = full_at;
  if (outcome && outcome->command && thread)
    remember_thread(request->post().thread_ts(), *outcome->command);
  carry_out(open, request, std::move(outcome), now);
}

void channel_actor::answer_first_post(ticket open, channel_decision decision) {
  auto kept = std::make_shared<channel_decision>(std::move(decision));
  when_settled([this, open, kept] {
    when_readable([this, open, kept] {
      auto reply = posting::reply_with_first(state_, stored(), std::move(*kept));
      if (!reply)
        return refuse(open, reply.error());
      answer(open, std::move(*reply));
    });
  });
}

void channel_actor::edit(ticket open, const request_box& request) {
  auto [place, is_free] = books().edits.try_emplace(edited_ts(*request));
  if (is_free)
    run_edit(open, request);
  else
    place->second.push_back({open, request});
}

void channel_actor::run_edit(ticket open, const request_box& request) {
  when_readable([this, open, request] {
    timestamp ts = edited_ts(*request);
    auto give_up = [&](const error& why) {
      refuse(open, why);
      end_edit(ts);
    };
    auto current = stored().message_at(id(), ts);
    if (!current)
      return give_up(current.error());
    auto outcome =
        request->has_update()
            ? posting::update(state_, request->by(), request->update(), *current, host().now())
            : posting::erase(state_, request->by(), *current, host().now());
    outcome = retries::forgive(state_, *request, std::move(outcome), *current);
    if (!outcome)
      return give_up(outcome.error());
    carry_out(open, request, std::move(outcome));
    when_settled([this, ts] { end_edit(ts); });
  });
}

void channel_actor::end_edit(timestamp ts) {
  auto place = books_->edits.find(ts);
  if (place->second.empty()) {
    books_->edits.erase(place);
    if (books_->edits.empty() && books_->threads.is_empty())
      books_ = nullptr;
    return;
  }
  waiting_edit next = std::move(place->second.front());
  place->second.erase(place->second.begin());
  run_edit(next.open, next.request);
}

void channel_actor::send_transient(ticket open, const request_box& request) {
  auto outcome = posting::transient(state_, request->by(), request->transient(), host().now());
  if (!outcome)
    return refuse(open, outcome.error());
  notify_hubs(this, host(), transient_notice(*request, outcome->reply, id()));
  answer(open, std::move(outcome->reply));
}

// ---- reading ----------------------------------------------------------------------------------

void channel_actor::describe(ticket open, const request_box& request) {
  auto outcome = reading::describe(state_, request->by());
  if (!outcome || !request->describe().count_unread())
    return carry_out(open, request, std::move(outcome));
  count_unread(open, request, std::move(outcome->reply), request->describe().last_read());
}

void channel_actor::mark(ticket open, const request_box& request) {
  auto outcome = reading::mark(state_, request->by(), request->mark());
  if (!outcome)
    return refuse(open, outcome.error());
  count_unread(open, request, std::move(outcome->reply), request->mark().ts());
}

// Answers with `known`, the newest message, and how many are unread after `last_read`.
void channel_actor::count_unread(ticket open, const request_box& request, wire::channel_reply known,
                                 timestamp last_read) {
  auto reply = std::make_shared<wire::channel_reply>(std::move(known));
  auto read = [id = id(), user = request->by().user_id(), last_read,
               most = host().config.limits.page_max](
                  const storage::message_store& stored) -> result<wire::channel_reply> {
    wire::channel_reply found;
    auto unread = stored.unread(id, last_read, user, most);
    if (!unread)
      return unread.error();
    auto latest = stored.latest(id);
    if (!latest)
      return latest.error();
    found.set_unread_count(unread->all);
    found.set_unread_count_display(unread->display);
    if (*latest)
      *found.mutable_latest() = std::move(**latest);
    return found;
  };
  when_all_is_readable([this, open, reply, read] {
    ask_reader(this, host(), id(), read, [this, open, reply](result<wire::channel_reply> found) {
      if (!found)
        return refuse(open, found.error());
      reply->MergeFrom(*found);
      answer(open, std::move(*reply));
    });
  });
}

void channel_actor::history(ticket open, const request_box& request) {
  if (auto may = reading::check_may_read(state_, request->by()); !may)
    return refuse(open, may.error());
  auto read = [id = id(), query = reading::bounded(request->history(), host().config)](
                  const storage::message_store& stored) { return stored.history(id, query); };
  when_settled([this, open, read] {
    // What is committed while we wait may or may not be in the page: last_seq promises less.
    when_readable([this, open, read, last = state_.committed_seq()] {
      ask_reader(this, host(), id(), read, [this, open, last](result<storage::history_page> page) {
        if (!page)
          return refuse(open, page.error());
        wire::channel_reply reply;
        for (auto& message : page->messages)
          *reply.add_messages() = std::move(message);
        reply.set_has_more(page->has_more);
        reply.set_last_seq(last);
        answer(open, std::move(reply));
      });
    });
  });
}

void channel_actor::find(ticket open, const request_box& request) {
  if (auto may = reading::check_may_read(state_, request->by()); !may)
    return refuse(open, may.error());
  when_all_is_readable([this, open, request] {
    auto message = stored().message_at(id(), request->find().ts());
    if (!message)
      return refuse(open, message.error());
    if (!*message || (*message)->deleted())
      return refuse(open, make_error(errc::message_not_found));
    wire::channel_reply reply;
    *reply.add_messages() = std::move(**message);
    answer(open, std::move(reply));
  });
}

void channel_actor::read_events(ticket open, const request_box& request) {
  auto wanted = reading::events_for(state_, request->by(), request->events());
  if (!wanted)
    return refuse(open, wanted.error());
  auto read = [id = id(), user = request->by().user_id(), query = std::move(*wanted)](
                  const storage::message_store& stored) {
    return reading::read_events_for(stored, id, user, query);
  };
  when_all_is_readable([this, open, read] {
    ask_reader(this, host(), id(), read, [this, open](result<storage::event_page> page) {
      if (!page)
        return refuse(open, page.error());
      wire::channel_reply reply;
      for (auto& event : page->events)
        *reply.add_events() = std::move(event);
      reply.set_has_more(page->has_more);
      reply.mutable_facts()->set_kind(state_.facts().kind());
      reply.mutable_facts()->set_name(state_.facts().name());
      answer(open, std::move(reply));
    });
  });
}

}  // namespace

caf::actor spawn_channel(caf::actor_system& system, const host_services& host, entity_id channel,
                         caf::actor slot) {
  return system.spawn<channel_actor>(std::cref(host), channel, std::move(slot));
}

}  // namespace carillon
