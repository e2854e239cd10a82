// conversations.info, .members, .history, .mark
#include "actors/api/conversation.hpp"
#include "actors/cursor.hpp"
#include "actors/api/handlers.hpp"
#include "actors/api/history_page.hpp"
#include "actors/slack_text.hpp"

namespace json = boost::json;

namespace carillon::api {
namespace {

constexpr std::string_view member_cursor = "user";
constexpr std::uint32_t members_default = 100;  // as Slack

void answer_info(const call_ptr& c, const wire::channel_reply& reply, slack::channel_view view) {
  view.unread_count = reply.unread_count();
  view.unread_count_display = reply.unread_count_display();
  json::object out = conversation_json(*c, reply, view);
  if (reply.has_latest())
    out["latest"] = slack::message_json(reply.latest(), c->team().text());
  c->ok({{"channel", std::move(out)}});
}

}  // namespace

// How far the caller has read stands in the caller's slot, and so do the mentions; how much came since,
// in the channel's.
void conversations_info(const call_ptr& c) {
  result<entity_id> channel = channel_argument(c->args);
  if (!channel)
    return c->fail(channel.error());
  wire::user_request own_row;
  own_row.mutable_get_channel()->set_channel_id(channel->text());
  on_user(c, c->user(), std::move(own_row), [c, id = *channel](const wire::user_reply& found) {
    slack::channel_view view;
    bool member = found.channels_size() > 0 && found.channels(0).member();
    if (member) {
      view.with_read_state = true;
      view.last_read = found.channels(0).last_read();
      view.is_open = found.channels(0).open();
    }
    wire::channel_request request;
    request.mutable_describe()->set_last_read(view.last_read);
    request.mutable_describe()->set_count_unread(member);
    on_channel(c, id, std::move(request), [c, id, view](const wire::channel_reply& reply) {
      if (!view.with_read_state)
        return answer_info(c, reply, view);
      wire::user_request mentions;
      mentions.mutable_mentions()->set_channel_id(id.text());
      mentions.mutable_mentions()->set_after(view.last_read);
      on_user(c, c->user(), std::move(mentions), [c, reply, view](const wire::user_reply& own) mutable {
        view.mention_count = own.mention_count();
        answer_info(c, reply, view);
      });
    });
  });
}

void conversations_members(const call_ptr& c) {
  result<entity_id> channel = channel_argument(c->args);
  if (!channel)
    return c->fail(channel.error());
  result<std::uint32_t> limit = c->args.limit(members_default, c->host.config.limits.page_max);
  if (!limit)
    return c->fail(limit.error());
  wire::channel_request request;
  request.mutable_list_members()->set_limit(*limit);
  if (c->args.has("cursor")) {
    std::optional<std::string> after = read_cursor(member_cursor, c->args.text("cursor"));
    if (!after || !entity_id::parse(*after))
      return c->fail(errc::invalid_cursor);
    request.mutable_list_members()->set_after_user(*after);
  }
  on_channel(c, *channel, std::move(request), [c](const wire::channel_reply& reply) {
    json::array members;
    for (const std::string& member : reply.members())
      members.emplace_back(member);
    std::string next =
        reply.next_member().empty() ? "" : make_cursor(member_cursor, reply.next_member());
    c->ok({{"members", std::move(members)},
           {"response_metadata", json::object{{"next_cursor", next}}}});
  });
}

void conversations_history(const call_ptr& c) {
  result<entity_id> channel = channel_argument(c->args);
  if (!channel)
    return c->fail(channel.error());
  result<wire::read_history> query = history_query(c->args, c->host.config.limits.page_max);
  if (!query)
    return c->fail(query.error());
  bool from_oldest = query->from_oldest();
  wire::channel_request request;
  *request.mutable_history() = std::move(*query);
  on_channel(c, *channel, std::move(request), [c, from_oldest](const wire::channel_reply& reply) {
    std::string body = "{\"ok\":true,\"messages\":[";
    std::string team = c->team().text();
    for (const wire::chat_message& message : reply.messages()) {
      if (body.back() == '}')
        body += ',';
      slack::append_message(body, message, team);
    }
    body += "],\"has_more\":";
    body += reply.has_more() ? "true" : "false";
    body += ",\"pin_count\":0,\"response_metadata\":{\"next_cursor\":";
    slack::append_string(body, history_cursor(reply, from_oldest));
    body += "}}";
    c->ok_text(std::move(body));
  });
}

// The channel decides whether the caller may read up to there; the caller's slot keeps it.
void conversations_mark(const call_ptr& c) {
  result<entity_id> channel = channel_argument(c->args);
  if (!channel)
    return c->fail(channel.error());
  result<timestamp> ts = c->args.ts("ts", errc::invalid_timestamp);
  if (!ts || !c->args.has("ts"))
    return c->fail(errc::invalid_timestamp);
  wire::channel_request check;
  check.mutable_mark()->set_ts(*ts);
  on_channel(c, *channel, std::move(check),
             [c, id = *channel, ts = *ts](const wire::channel_reply& rest) {
               wire::user_request keep;
               keep.mutable_mark()->set_channel_id(id.text());
               keep.mutable_mark()->set_ts(ts);
               keep.mutable_mark()->set_unread_count(rest.unread_count());
               keep.mutable_mark()->set_unread_count_display(rest.unread_count_display());
               on_user(c, c->user(), std::move(keep), [c](const wire::user_reply&) { c->ok(); });
             });
}

}  // namespace carillon::api
