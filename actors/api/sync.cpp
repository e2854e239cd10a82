// carillon.sync. The user's slot says what came into the inbox, the channels' slots what that is.
#include "actors/api/sync.hpp"

#include <algorithm>
#include <iterator>
#include <memory>

#include "actors/api/asks.hpp"
#include "actors/api/device_name.hpp"
#include "actors/api/handlers.hpp"
#include "actors/retention.hpp"
#include "actors/slack_json.hpp"
#include "actors/slack_text.hpp"
#include "actors/sync_reading.hpp"
#include "storage/message_store.hpp"

namespace carillon::api {
namespace {

constexpr std::uint32_t page_default = 100;

class sync_job : public std::enable_shared_from_this<sync_job> {
public:
  sync_job(call_ptr c, const sync_request& request, std::function<void(sync_answer)> then)
      : c_(std::move(c)), then_(std::move(then)),
        reading_(sync_plan(request.place, request.seen, c_->host.now()),
                 {.events = request.limit, .max_bytes = storage::message_store::page_max_bytes},
                 retained_since(c_->host.now(), c_->host.config)) {}

  void go(bool begins) {
    wire::user_request asked;
    *asked.mutable_inbox() = reading_.inbox_question(begins);
    asked.set_user_id(c_->user().text());
    *asked.mutable_by() = c_->caller();
    ask_user(c_->self, c_->host, c_->user(), std::move(asked),
             [me = shared_from_this()](const wire::user_reply& reply) {
               guarded(me->c_, [&] {
                 if (const auto why = reply_error(reply))
                   return refuse_sync(me->c_, *why);
                 me->go_on(me->reading_.take_page(reply.inbox()));
               });
             });
  }

private:
  void go_on(std::vector<sync_reading::question> questions) {
    for (auto& question : questions)
      ask(std::move(question));
    if (reading_.end_question())
      ask_end();
    else if (reading_.is_done())
      finish();
  }

  void ask_end() {
    wire::user_request asked;
    *asked.mutable_inbox() = *reading_.end_question();
    on_user(c_, c_->user(), std::move(asked), [me = shared_from_this()](const wire::user_reply& reply) {
      me->reading_.take_end(reply.inbox());
      me->finish();
    });
  }

  void ask(sync_reading::question question) {
    wire::channel_request request;
    *request.mutable_events() = question.events;
    ask_channel_as(c_, c_->caller(), question.channel, std::move(request),
                   [me = shared_from_this(), question](const wire::channel_reply& reply) {
                     const auto why = reply_error(reply);
                     if (why && !sync_reading::is_out_of_reach(why->code))
                       return me->c_->fail(*why);
                     me->take(question, why ? wire::channel_reply() : reply);
                   });
  }

  void take(const sync_reading::question& asked, const wire::channel_reply& reply) {
    if (texts_.size() <= asked.place)
      texts_.resize(asked.place + 1);
    const std::string id = asked.channel.text();
    const std::string team = c_->team().text();
    for (const auto& event : reply.events())
      texts_[asked.place].push_back(slack::event_frame(event, id, reply.facts().kind(), team));
    go_on(reading_.take(asked, reply));
  }

  void finish() {
    sync_answer answer;
    for (std::size_t place = 0; place < texts_.size(); ++place) {
      auto& texts = texts_[place];
      texts.resize(reading_.told_of(place));
      std::move(texts.begin(), texts.end(), std::back_inserter(answer.messages));
    }
    answer.has_more = reading_.has_more();
    answer.cursor = reading_.cursor();
    then_(std::move(answer));
  }

  const call_ptr c_;
  const std::function<void(sync_answer)> then_;
  sync_reading reading_;
  std::vector<std::vector<std::string>> texts_;  // by place
};

}  // namespace

result<sync_request> read_sync_request(const call& c) {
  return read_sync_request(c, c.args.text("cursor"), c.args.text("seen"));
}

result<sync_request> read_sync_request(const call& c, const std::string& cursor, const std::string& said) {
  sync_request out;
  out.device = c.args.text("device");
  if (!is_device_name(out.device))
    return make_error(errc::invalid_arguments, std::string(device_name_rule));
  auto limit = c.args.limit(page_default, c.host.config.limits.page_max);
  if (!limit)
    return limit.error();
  out.limit = *limit;
  auto seen = read_seen(said);
  if (!seen)
    return seen.error();
  out.seen = std::move(*seen);
  out.begins = cursor.empty();
  if (out.begins) {
    out.place.set_user(c.user().text());
    out.place.set_device(out.device);
    return out;
  }
  auto place = read_sync_cursor(cursor, c.user(), out.device, retained_since(c.host.now(), c.host.config));
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

void sync(const call_ptr& c, const sync_request& request, std::function<void(sync_answer)> then) {
  std::make_shared<sync_job>(c, request, std::move(then))->go(request.begins);
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
  sync(c, *request, [c](const sync_answer& answer) { c->ok_text(sync_text(answer)); });
}

}  // namespace carillon::api
