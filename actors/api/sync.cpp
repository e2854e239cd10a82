// carillon.sync. The user's slot says what came into the inbox, the channels' slots what that is.
#include "actors/api/sync.hpp"

#include <algorithm>
#include <memory>

#include "actors/api/asks.hpp"
#include "actors/api/device_name.hpp"
#include "actors/api/handlers.hpp"
#include "actors/retention.hpp"
#include "actors/slack_json.hpp"
#include "actors/slack_text.hpp"

namespace carillon::api {
namespace {

constexpr std::uint32_t page_default = 100;
constexpr std::size_t readings_at_once = 16;

// A channel that is gone, or that the user is in no more, has nothing for them.
bool is_out_of_reach(errc why) {
  return why == errc::channel_not_found || why == errc::not_in_channel;
}

class sync_job : public std::enable_shared_from_this<sync_job> {
public:
  sync_job(call_ptr c, sync_request request, std::function<void(sync_answer)> then)
      : c_(std::move(c)), request_(std::move(request)), then_(std::move(then)),
        since_(retained_since(c_->host.now(), c_->host.config)),
        plan_(request_.place, request_.seen, c_->host.now()) {}

  void go() {
    wire::user_request asked;
    *asked.mutable_inbox() = plan_.question(request_.limit, request_.begins);
    on_user(c_, c_->user(), std::move(asked), [me = shared_from_this()](const wire::user_reply& reply) {
      me->readings_ = me->plan_.take_page(reply.inbox());
      me->texts_.resize(me->readings_.size());
      me->read_on();
    });
  }

private:
  // Some at a time, told in their order.
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
        return me->read(number);  // long messages come in shorter pages
      me->read_on();
    });
  }

  void read_beyond() {
    if (answer_.messages.size() >= request_.limit) {
      answer_.has_more = true;  // or nearly: the next sync knows
      return finish();
    }
    const auto next = plan_.next_beyond();
    if (!next)
      return finish();
    const auto room = static_cast<std::uint32_t>(request_.limit - answer_.messages.size());
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
    auto& events = *request.mutable_events();
    events.set_after(wanted.after);
    events.set_last(wanted.last);
    events.set_limit(limit);
    events.set_granted(wanted.granted);
    if (!wanted.granted)
      events.set_since(since_);
    ask_channel_as(c_, c_->caller(), wanted.channel, std::move(request),
                   [c = c_, then = std::move(then)](const wire::channel_reply& reply) {
                     const auto why = reply_error(reply);
                     if (why && !is_out_of_reach(why->code))
                       return c->fail(*why);
                     then(why ? wire::channel_reply() : reply);
                   });
  }

  void take(const entity_id& channel, const wire::channel_reply& reply,
            std::vector<std::string>& into) const {
    const std::string id = channel.text();
    const std::string team = c_->team().text();
    for (const auto& event : reply.events())
      into.push_back(slack::event_frame(event, id, reply.facts().kind(), team));
  }

  void finish() {
    answer_.has_more = answer_.has_more || plan_.inbox_has_more();
    answer_.cursor = sync_cursor_text(plan_.finish());
    then_(std::move(answer_));
  }

  const call_ptr c_;
  const sync_request request_;
  const std::function<void(sync_answer)> then_;
  const timestamp since_;
  sync_plan plan_;
  std::vector<sync_plan::reading> readings_;
  std::vector<std::vector<std::string>> texts_;  // of each reading
  std::size_t next_ = 0;
  std::size_t under_way_ = 0;
  sync_answer answer_;
};

}  // namespace

result<sync_request> read_sync_request(const call& c) {
  sync_request out;
  out.device = c.args.text("device");
  if (!is_device_name(out.device))
    return make_error(errc::invalid_arguments, std::string(device_name_rule));
  auto limit = c.args.limit(page_default, c.host.config.limits.page_max);
  if (!limit)
    return limit.error();
  out.limit = *limit;
  auto seen = read_seen(c.args.text("seen"));
  if (!seen)
    return seen.error();
  out.seen = std::move(*seen);
  out.begins = !c.args.has("cursor");
  if (out.begins) {
    out.place.set_user(c.user().text());
    out.place.set_device(out.device);
    return out;
  }
  auto place = read_sync_cursor(c.args.text("cursor"), c.user(), out.device,
                                retained_since(c.host.now(), c.host.config));
  if (!place)
    return place.error();
  out.place = std::move(*place);
  return out;
}

std::string sync_text(const sync_answer& answer) {
  std::string body = "{\"ok\":true,\"messages\":[";
  for (const std::string& message : answer.messages) {
    if (body.back() == '}')
      body += ',';
    body += message;
  }
  body += "],\"cursor\":";
  slack::append_string(body, answer.cursor);
  body += ",\"has_more\":";
  body += answer.has_more ? "true" : "false";
  body += '}';
  return body;
}

void sync(const call_ptr& c, sync_request request, std::function<void(sync_answer)> then) {
  std::make_shared<sync_job>(c, std::move(request), std::move(then))->go();
}

void refuse_sync(const call_ptr& c, const error& why) {
  if (why.code != errc::cursor_expired)
    return c->fail(why);
  wire::sync_place place;
  place.set_user(c->user().text());
  place.set_device(c->args.text("device"));
  place.set_at(c->host.now());
  std::string body = "{\"ok\":false,\"error\":\"cursor_expired\",\"cursor\":";
  slack::append_string(body, sync_cursor_text(place));
  body += ",\"oldest\":";
  slack::append_string(body, format_ts(retained_since(c->host.now(), c->host.config)));
  body += '}';
  c->ok_text(std::move(body));
}

void carillon_sync(const call_ptr& c) {
  auto request = read_sync_request(*c);
  if (!request)
    return refuse_sync(c, request.error());
  sync(c, std::move(*request), [c](const sync_answer& answer) { c->ok_text(sync_text(answer)); });
}

}  // namespace carillon::api
