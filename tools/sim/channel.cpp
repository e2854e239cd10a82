#include "tools/sim/channel.hpp"

#include "actors/channel/deciding.hpp"
#include "actors/channel/posting.hpp"
#include "actors/channel/reading.hpp"
#include "actors/channel/reading_stay.hpp"
#include "actors/channel/retries.hpp"

namespace carillon::sim {
namespace {

timestamp edited_ts(const wire::channel_request& request) {
  return request.has_update() ? request.update().ts() : request.delete_().ts();
}

status load(channel_state& state, const storage::message_store& tables) {
  auto facts = tables.facts(state.id());
  if (!facts)
    return facts.error();
  if (!*facts)
    return ok;
  auto members = tables.members(state.id());
  if (!members)
    return members.error();
  auto tail = tables.tail(state.id());
  if (!tail)
    return tail.error();
  state.load(std::move(**facts), *members, *tail);
  return ok;
}

}  // namespace

channel::channel(entity_id id, entity_house& house)
    : id_(id), house_(house), state_(id, house.config()) {
  if (auto loaded = load(state_, house.tables()); !loaded)
    load_failure_ = loaded.error();
}

void channel::end(const error& why) {
  *alive_ = false;
  in_flight_.clear();
  edits_.clear();
  for (auto& [open, answer] : std::exchange(open_, {})) {
    wire::channel_reply reply;
    reply.set_errc(static_cast<std::uint32_t>(why.code) + 1);
    reply.set_detail(why.detail);
    answer(std::move(reply));
  }
}

void channel::request(const channel_request& request, channel_answer answer) {
  const ticket open = ++last_;
  open_.emplace(open, std::move(answer));
  if (load_failure_) {
    refuse(open, *load_failure_);
    return house_.drop(id_);
  }
  serve(open, request);
}

void channel::serve(ticket open, const channel_request& request) {
  switch (request->op_case()) {
    case wire::channel_request::kPost:
      return post(open, request);
    case wire::channel_request::kUpdate:
    case wire::channel_request::kDelete: {
      auto [waiting, is_free] = edits_.try_emplace(edited_ts(*request));
      if (is_free)
        return edit(open, request);
      waiting->second.emplace_back(open, request);
      return;
    }
    case wire::channel_request::kHistory:
      return history(open, request);
    case wire::channel_request::kEvents:
      return read_events(open, request);
    default:
      return carry_out(open, retries::forgive(state_, *request,
                                              decide_change(state_, *request, house_.wall_now())));
  }
}

// ---- waiting ------------------------------------------------------------------------------------

void channel::committed(std::uint64_t cookie) {
  auto found = in_flight_.find(cookie);
  if (found == in_flight_.end())
    return;
  auto waiting = std::move(found->second);
  in_flight_.erase(found);
  for (auto& then : waiting)
    then();
}

void channel::when_settled(std::function<void()> then) {
  if (in_flight_.empty())
    then();
  else
    in_flight_.rbegin()->second.push_back(std::move(then));
}

void channel::when_readable(std::function<void()> work) {
  house_.when_readable([this, alive = alive_, work = std::move(work)](bool leads) {
    if (!*alive)
      return;
    if (leads)
      work();
    else
      house_.drop(id_);
  });
}

void channel::answer(ticket open, wire::channel_reply reply) {
  auto found = open_.find(open);
  if (found == open_.end())
    return;
  auto answer = std::move(found->second);
  open_.erase(found);
  answer(std::move(reply));
}

void channel::refuse(ticket open, const error& why) {
  if (why.code == errc::corrupt_record)
    house_.found_damage(why);
  wire::channel_reply reply;
  reply.set_errc(static_cast<std::uint32_t>(why.code) + 1);
  reply.set_detail(why.detail);
  answer(open, std::move(reply));
}

// What memory says is told when it is sure that we led when it was said.
void channel::refuse_leading(ticket open, const error& why) {
  when_readable([this, open, why] { refuse(open, why); });
}

void channel::carry_out(ticket open, channel_outcome outcome) {
  if (!outcome)
    return refuse_leading(open, outcome.error());
  auto reply = std::make_shared<wire::channel_reply>(std::move(outcome->reply));
  auto command = outcome->command;
  if (!command)
    return when_settled([this, open, reply] {
      when_readable([this, open, reply] { answer(open, std::move(*reply)); });
    });
  if (house_.answers_before_commit())
    answer(open, *reply);
  const std::uint64_t cookie = ++last_;
  in_flight_[cookie].push_back([this, open, reply, command] {
    state_.committed(command->channel());
    forget_old();
    answer(open, std::move(*reply));
  });
  house_.propose(id_, command, cookie);
}

void channel::forget_old() {
  if (forgetting_ || !posting::remembers_too_much(state_))
    return;
  forgetting_ = true;
  when_readable([this, until = state_.committed_seq()] {
    forgetting_ = false;
    posting::forget_until(state_, until);
  });
}

// ---- messages -----------------------------------------------------------------------------------

void channel::post(ticket open, const channel_request& request) {
  if (auto may = posting::check_may_post(state_, request->by()); !may)
    return refuse_leading(open, may.error());
  auto known = posting::find_first(state_, house_.tables(), *request);
  if (!known)
    return refuse(open, known.error());
  auto outcome = posting::post(state_, request->by(), request->post(), *known, house_.wall_now(),
                               request->request_key());
  if (outcome && outcome->first_seq != 0) {
    house_.note_duplicate();
    return answer_first_post(open, std::move(*outcome));
  }
  carry_out(open, std::move(outcome));
}

void channel::answer_first_post(ticket open, channel_decision decision) {
  auto kept = std::make_shared<channel_decision>(std::move(decision));
  when_settled([this, open, kept] {
    when_readable([this, open, kept] {
      auto reply = posting::reply_with_first(state_, house_.tables(), std::move(*kept));
      if (!reply)
        return refuse(open, reply.error());
      answer(open, std::move(*reply));
    });
  });
}

void channel::edit(ticket open, const channel_request& request) {
  when_readable([this, open, request] {
    const timestamp ts = edited_ts(*request);
    auto end_edit = [this, ts] {
      auto place = edits_.find(ts);
      if (place->second.empty()) {
        edits_.erase(place);
        return;
      }
      auto [next, next_request] = std::move(place->second.front());
      place->second.erase(place->second.begin());
      edit(next, next_request);
    };
    auto give_up = [&](const error& why) {
      refuse(open, why);
      end_edit();
    };
    auto current = house_.tables().message_at(id_, ts);
    if (!current)
      return give_up(current.error());
    auto outcome =
        request->has_update()
            ? posting::update(state_, request->by(), request->update(), *current, house_.wall_now())
            : posting::erase(state_, request->by(), *current, house_.wall_now());
    outcome = retries::forgive(state_, *request, std::move(outcome), *current);
    if (!outcome)
      return give_up(outcome.error());
    carry_out(open, std::move(outcome));
    when_settled(end_edit);
  });
}

void channel::history(ticket open, const channel_request& request) {
  if (auto may = reading::check_may_read(state_, request->by()); !may)
    return refuse(open, may.error());
  when_settled([this, open, request] {
    // What is committed later may or may not be in the page.
    when_readable([this, open, request, last = state_.committed_seq()] {
      auto page =
          house_.tables().history(id_, reading::bounded(request->history(), house_.config()));
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
}

// Only a leader that is sure of it looks at what was asked (slot_actor::route).
void channel::read_events(ticket open, const channel_request& request) {
  when_readable([this, open, request] {
    auto wanted = reading::events_for(state_, request->by(), request->events());
    if (!wanted)
      return refuse(open, wanted.error());
    when_settled([this, open, request, wanted = *wanted] {
      when_readable([this, open, request, wanted] {
        answer_events(open, request->by().user_id(), wanted);
      });
    });
  });
}

void channel::answer_events(ticket open, const std::string& user, const wire::read_events& wanted) {
  auto page = reading::read_events_for(house_.tables(), id_, user, wanted);
  if (!page)
    return refuse(open, page.error());
  wire::channel_reply reply;
  for (auto& event : page->events)
    *reply.add_events() = std::move(event);
  reply.set_has_more(page->has_more);
  reply.mutable_facts()->set_kind(state_.facts().kind());
  answer(open, std::move(reply));
}

}  // namespace carillon::sim
