// chat.update, chat.delete, chat.getPermalink
#include <algorithm>

#include "actors/api/conversation.hpp"
#include "actors/api/handlers.hpp"
#include "actors/api/message_argument.hpp"

namespace json = boost::json;

namespace carillon::api {
namespace {

// The message's id, which these methods cannot do without.
result<timestamp> ts_argument(const arguments& args, std::string_view name) {
  if (!args.has(name))
    return make_error(errc::invalid_arguments, "missing required field: " + std::string(name));
  return args.ts(name, errc::message_not_found);
}

// Of the edit or deletion. An edit to what the message says already is no event and has none, nor
// has the second answer to a deletion whose first one was lost.
void add_seq(json::object& out, const wire::channel_reply& reply) {
  if (reply.event().seq() != 0)
    out["seq"] = reply.event().seq();
}

}  // namespace

void chat_update(const call_ptr& c) {
  result<entity_id> channel = channel_argument(c->args);
  if (!channel)
    return c->fail(channel.error());
  result<timestamp> ts = ts_argument(c->args, "ts");
  if (!ts)
    return c->fail(ts.error());
  const settings::limits_settings& limits = c->host.config.limits;
  wire::channel_request request;
  wire::update_message& update = *request.mutable_update();
  update.set_ts(*ts);
  if (const std::string* text = c->args.find("text")) {
    if (status fits = check_text(*text, limits); !fits)
      return c->fail(fits.error());
    update.set_text(*text);
  }
  result<std::string> blocks = json_list(c->args, "blocks", errc::invalid_blocks, limits);
  if (!blocks)
    return c->fail(blocks.error());
  if (c->args.has("blocks"))
    update.set_blocks(std::move(*blocks));
  result<std::string> attachments =
      json_list(c->args, "attachments", errc::invalid_attachments, limits);
  if (!attachments)
    return c->fail(attachments.error());
  if (c->args.has("attachments"))
    update.set_attachments(std::move(*attachments));
  if (!update.has_text() && !update.has_blocks() && !update.has_attachments())
    return c->fail(errc::no_text);
  auto answer = [c, channel = channel->text()](const wire::channel_reply& reply) {
    const wire::chat_message& message = reply.event().message();
    json::object out{{"channel", channel},
                     {"ts", format_ts(message.ts())},
                     {"text", message.text()},
                     {"message", slack::message_json(message, c->team().text())}};
    add_seq(out, reply);
    c->ok(std::move(out));
  };
  on_channel(c, *channel, std::move(request), answer);
}

void chat_delete(const call_ptr& c) {
  result<entity_id> channel = channel_argument(c->args);
  if (!channel)
    return c->fail(channel.error());
  result<timestamp> ts = ts_argument(c->args, "ts");
  if (!ts)
    return c->fail(ts.error());
  wire::channel_request request;
  request.mutable_delete_()->set_ts(*ts);
  auto answer = [c, channel = channel->text(), ts = *ts](const wire::channel_reply& reply) {
    json::object out{{"channel", channel}, {"ts", format_ts(ts)}};
    add_seq(out, reply);
    c->ok(std::move(out));
  };
  on_channel(c, *channel, std::move(request), answer);
}

void chat_get_permalink(const call_ptr& c) {
  result<entity_id> channel = channel_argument(c->args);
  if (!channel)
    return c->fail(channel.error());
  result<timestamp> ts = ts_argument(c->args, "message_ts");
  if (!ts)
    return c->fail(ts.error());
  wire::channel_request request;
  request.mutable_find()->set_ts(*ts);
  auto answer = [c, channel = channel->text(), ts = *ts](const wire::channel_reply&) {
    std::string digits = format_ts(ts);
    std::erase(digits, '.');
    c->ok({{"channel", channel},
           {"permalink", base_url(*c) + "/archives/" + channel + "/p" + digits}});
  };
  on_channel(c, *channel, std::move(request), answer);
}

}  // namespace carillon::api
