#include "tools/sim/sync_call.hpp"

#include <iterator>

#include "actors/retention.hpp"
#include "tools/sim/host.hpp"

namespace carillon::sim {
namespace {

constexpr std::size_t readings_at_once = 16;

template <class Reply>
std::optional<errc> refusal_of(const Reply& reply) {
  return reply.errc() == 0 ? std::nullopt : std::optional(static_cast<errc>(reply.errc() - 1));
}

bool is_out_of_reach(errc why) {
  return why == errc::channel_not_found || why == errc::not_in_channel;
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
        since_(retained_since(at.wall_now(), at.config())),
        plan_(std::move(place), what_.seen, at.wall_now()) {}

  void go() {
    wire::user_request asked = ask_about(what_);
    *asked.mutable_inbox() = plan_.question(what_.limit, what_.cursor.empty());
    at_.ask_user(std::move(asked), [me = shared_from_this()](const wire::user_reply& reply) {
      if (const auto why = refusal_of(reply))
        return me->fail(*why);
      me->readings_ = me->plan_.take_page(reply.inbox());
      me->texts_.resize(me->readings_.size());
      me->read_on();
    });
  }

private:
  void read_on() {
    while (next_ < readings_.size() && under_way_ < readings_at_once)
      read(next_++);
    if (under_way_ > 0)
      return;
    for (auto& texts : texts_)
      std::move(texts.begin(), texts.end(), std::back_inserter(answer_.messages));
    texts_.clear();
    read_beyond();
  }

  void read(std::size_t number) {
    ++under_way_;
    const sync_plan::reading& wanted = readings_[number];
    const auto left = static_cast<std::uint32_t>(wanted.last - wanted.after);
    ask(wanted, left, [me = shared_from_this(), number](const wire::channel_reply& reply) {
      --me->under_way_;
      sync_plan::reading& asked = me->readings_[number];
      me->take(asked.channel, reply, me->texts_[number]);
      if (reply.events_size() > 0)
        asked.after = reply.events(reply.events_size() - 1).seq();
      if (reply.has_more() && reply.events_size() > 0 && asked.after < asked.last)
        return me->read(number);
      me->read_on();
    });
  }

  void read_beyond() {
    if (answer_.messages.size() >= what_.limit) {
      answer_.has_more = true;
      return finish();
    }
    const auto next = plan_.next_beyond();
    if (!next)
      return finish();
    const auto room = static_cast<std::uint32_t>(what_.limit - answer_.messages.size());
    ask(*next, room, [me = shared_from_this(), channel = next->channel](const wire::channel_reply& reply) {
      me->take(channel, reply, me->answer_.messages);
      if (reply.events_size() > 0)
        me->plan_.read_beyond(channel, reply.events(reply.events_size() - 1).seq());
      me->answer_.has_more = me->answer_.has_more || reply.has_more();
      me->read_beyond();
    });
  }

  template <class Then>
  void ask(const sync_plan::reading& wanted, std::uint32_t limit, Then then) {
    wire::channel_request request;
    request.set_channel_id(wanted.channel.text());
    request.mutable_by()->set_user_id(what_.user.text());
    request.mutable_by()->set_team_id(what_.team.text());
    auto& events = *request.mutable_events();
    events.set_after(wanted.after);
    events.set_last(wanted.last);
    events.set_limit(limit);
    events.set_granted(wanted.granted);
    if (!wanted.granted)
      events.set_since(since_);
    at_.ask_channel(std::move(request),
                    [me = shared_from_this(), then = std::move(then)](const wire::channel_reply& reply) {
                      const auto why = refusal_of(reply);
                      if (why && !is_out_of_reach(*why))
                        return me->fail(*why);
                      then(why ? wire::channel_reply() : reply);
                    });
  }

  static void take(const entity_id& channel, const wire::channel_reply& reply,
                   std::vector<std::pair<entity_id, wire::channel_event>>& into) {
    for (const auto& event : reply.events())
      into.emplace_back(channel, event);
  }

  // Once, whatever else is under way.
  void fail(errc why) {
    if (auto then = std::exchange(then_, nullptr))
      then(make_error(why));
  }

  void finish() {
    answer_.has_more = answer_.has_more || plan_.inbox_has_more();
    answer_.cursor = sync_cursor_text(plan_.finish());
    if (auto then = std::exchange(then_, nullptr))
      then(std::move(answer_));
  }

  host& at_;
  const sync_question what_;
  std::function<void(result<sync_reply>)> then_;
  const timestamp since_;
  sync_plan plan_;
  std::vector<sync_plan::reading> readings_;
  std::vector<std::vector<std::pair<entity_id, wire::channel_event>>> texts_;  // of each reading
  std::size_t next_ = 0;
  std::size_t under_way_ = 0;
  sync_reply answer_;
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
