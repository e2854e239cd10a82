#include "tools/sim/sync_call.hpp"

#include <algorithm>
#include <iterator>

#include "actors/retention.hpp"
#include "actors/sync_reading.hpp"
#include "tools/sim/host.hpp"

namespace carillon::sim {
namespace {

template <class Reply>
std::optional<errc> refusal_of(const Reply& reply) {
  return reply.errc() == 0 ? std::nullopt : std::optional(static_cast<errc>(reply.errc() - 1));
}

result<wire::sync_place> place_of(const host& at, const sync_question& what) {
  wire::sync_place place;
  place.set_user(what.user.text());
  place.set_device(what.device);
  if (what.cursor.empty())
    return place;
  return read_sync_cursor(what.cursor, what.user, what.device,
                          retained_since(at.wall_now(), at.config()));
}

wire::user_request ask_about(const sync_question& what) {
  wire::user_request request;
  request.set_user_id(what.user.text());
  request.mutable_by()->set_user_id(what.user.text());
  request.mutable_by()->set_team_id(what.team.text());
  return request;
}

class sync_job : public std::enable_shared_from_this<sync_job> {
public:
  sync_job(host& at, sync_question what, wire::sync_place place,
           std::function<void(result<sync_reply>)> then)
      : at_(at), what_(std::move(what)), then_(std::move(then)),
        reading_(sync_plan(std::move(place), what_.seen, at.wall_now()),
                 {.events = what_.limit, .max_bytes = what_.max_bytes},
                 retained_since(at.wall_now(), at.config())) {}

  void go() {
    wire::user_request asked = ask_about(what_);
    *asked.mutable_inbox() = reading_.inbox_question(what_.cursor.empty());
    at_.ask_user(std::move(asked), [me = shared_from_this()](const wire::user_reply& reply) {
      if (const auto why = refusal_of(reply))
        return me->fail(*why);
      me->go_on(me->reading_.take_page(reply.inbox()));
    });
  }

private:
  void go_on(const std::vector<sync_reading::question>& questions) {
    for (const auto& question : questions)
      ask(question);
    if (reading_.end_question())
      ask_end();
    else if (reading_.is_done())
      finish();
  }

  void ask_end() {
    wire::user_request asked = ask_about(what_);
    *asked.mutable_inbox() = *reading_.end_question();
    at_.ask_user(std::move(asked), [me = shared_from_this()](const wire::user_reply& reply) {
      if (const auto why = refusal_of(reply))
        return me->fail(*why);
      me->reading_.take_end(reply.inbox());
      me->finish();
    });
  }

  void ask(const sync_reading::question& question) {
    wire::channel_request request;
    request.set_channel_id(question.channel.text());
    request.mutable_by()->set_user_id(what_.user.text());
    request.mutable_by()->set_team_id(what_.team.text());
    *request.mutable_events() = question.events;
    at_.ask_channel(std::move(request),
                    [me = shared_from_this(), question](const wire::channel_reply& reply) {
                      const auto why = refusal_of(reply);
                      if (why && !sync_reading::is_out_of_reach(*why))
                        return me->fail(*why);
                      me->take(question, why ? wire::channel_reply() : reply);
                    });
  }

  void take(const sync_reading::question& asked, const wire::channel_reply& reply) {
    if (events_.size() <= asked.place)
      events_.resize(asked.place + 1);
    for (const auto& event : reply.events())
      events_[asked.place].emplace_back(asked.channel, event);
    go_on(reading_.take(asked, reply));
  }

  // Once, whatever else is under way.
  void fail(errc why) {
    if (auto then = std::exchange(then_, nullptr))
      then(make_error(why));
  }

  void finish() {
    sync_reply answer;
    for (std::size_t place = 0; place < events_.size(); ++place) {
      auto& events = events_[place];
      events.resize(reading_.told_of(place));
      std::move(events.begin(), events.end(), std::back_inserter(answer.messages));
    }
    answer.has_more = reading_.has_more();
    answer.cursor = reading_.cursor();
    if (auto then = std::exchange(then_, nullptr))
      then(std::move(answer));
  }

  host& at_;
  const sync_question what_;
  std::function<void(result<sync_reply>)> then_;
  sync_reading reading_;
  std::vector<std::vector<std::pair<entity_id, wire::channel_event>>> events_;  // by place
};

}  // namespace

void sync(host& at, sync_question what, std::function<void(result<sync_reply>)> then) {
  auto place = place_of(at, what);
  if (!place)
    return then(place.error());
  std::make_shared<sync_job>(at, std::move(what), std::move(*place), std::move(then))->go();
}

void resume(host& at, sync_question what,
            std::function<void(result<std::vector<subscription_table::opening>>)> then) {
  auto place = place_of(at, what);
  if (!place)
    return then(place.error());
  auto plan = std::make_shared<sync_plan>(std::move(*place), what.seen, at.wall_now());
  wire::user_request starts = ask_about(what);
  *starts.mutable_inbox() = plan->question(0, false);
  starts.mutable_inbox()->set_starts(true);
  at.ask_user(std::move(starts), [plan, then = std::move(then)](const wire::user_reply& reply) {
    if (const auto why = refusal_of(reply))
      return then(make_error(*why));
    std::vector<subscription_table::opening> channels;
    for (const auto& each : plan->live_after(reply.inbox()))
      channels.emplace_back(subscription_table::membership{each.channel, each.joined_seq}, each.after);
    then(std::move(channels));
  });
}

}  // namespace carillon::sim
