// chat.postMessage, chat.meMessage, chat.postEphemeral
#include "actors/activity_gate.hpp"
#include "actors/api/conversation.hpp"
#include "actors/api/handlers.hpp"
#include "actors/api/message_argument.hpp"
#include "actors/slack_text.hpp"

namespace carillon::api {
namespace {

// The hot path: the answer is written as text, with no tree in between.
void answer_posted(const call_ptr& c, const std::string& channel,
                   const wire::channel_reply& reply) {
  const wire::chat_message& message = reply.event().message();
  std::string body;
  body.reserve(384 + message.text().size() + message.blocks().size());
  slack::object_text out(body);
  out.boolean("ok", true);
  out.string("channel", channel);
  out.ts("ts", message.ts());
  out.number("seq", message.seq());
  if (reply.duplicate())
    out.boolean("duplicate", true);
  out.name("message");
  slack::append_message(body, message, c->who->user().team.text());
  out.close();
  c->ok_text(std::move(body));
}

// Who posts is there, on whichever device. Nobody waits for the word.
void note_activity(const call& c) {
  if (!c.host.activity || c.who->is_bot() || !c.host.activity->due(c.user(), steady_now()))
    return;
  wire::user_request request;
  request.set_user_id(c.user().text());
  request.mutable_device_activity();
  ask_user(c.self, c.host, c.user(), std::move(request), [](const wire::user_reply&) {});
}

// By reference: a move of Protobuf's is a swap with an object that is made and unmade for it.
void post_to(const call_ptr& c, const entity_id& channel, wire::post_message&& post) {
  wire::channel_request request;
  *request.mutable_post() = std::move(post);
  note_activity(*c);
  on_channel(c, channel, std::move(request),
             [c, text = channel.text()](const wire::channel_reply& reply) {
               const tick_time now = steady_now();
               if (reply.errc() == 0)
                 c->pass.posted(now);  // before the answer, which ends it
               answer_posted(c, text, reply);
               if (c->request.received != tick_time{})
                 c->host.metrics->of(post_stage::whole).record(steady_now() - c->request.received);
             });
}

// "#name" or "name" of a public channel.
void post_by_name(const call_ptr& c, std::string_view name, wire::post_message&& post) {
  if (name.starts_with('#'))
    name.remove_prefix(1);
  auto work = [team = c->team(), name = std::string(name)](const storage::directory& directory) {
    return directory.channel_by_name(team, name);
  };
  on_directory(c, work,
               [c, post = std::move(post)](const std::optional<storage::channel_row>& found) {
                 if (!found || found->is_private || found->reserved)
                   return c->fail(errc::channel_not_found);
                 post_to(c, found->id, wire::post_message(post));
               });
}

// A channel's id, a user's id (their DM), or a channel's name.
void post_anywhere(const call_ptr& c, wire::post_message&& post) {
  const std::string& where = c->args.text("channel");
  if (where.empty())
    return c->fail(make_error(errc::invalid_arguments, "missing required field: channel"));
  std::optional<entity_id> id = entity_id::parse(where);
  if (!id)
    return post_by_name(c, where, std::move(post));
  if (id->is_channel())
    return post_to(c, *id, std::move(post));
  if (id->kind != id_kind::user)
    return c->fail(errc::channel_not_found);
  open_direct_with(c, {*id}, [c, post = std::move(post)](entity_id channel, const wire::channel_reply&) {
    post_to(c, channel, wire::post_message(post));
  });
}

}  // namespace

void chat_post_message(const call_ptr& c) {
  result<wire::post_message> post = message_argument(c->args, c->host.config.limits);
  if (!post)
    return c->fail(post.error());
  if (c->who->is_bot() && !post->username().empty())
    post->set_subtype("bot_message");
  post_anywhere(c, std::move(*post));
}

void chat_me_message(const call_ptr& c) {
  result<wire::post_message> post = message_argument(c->args, c->host.config.limits);
  if (!post)
    return c->fail(post.error());
  post->set_subtype("me_message");
  post_anywhere(c, std::move(*post));
}

void chat_post_ephemeral(const call_ptr& c) {
  result<entity_id> channel = channel_argument(c->args);
  if (!channel)
    return c->fail(channel.error());
  result<entity_id> reader = user_argument(c->args);
  if (!reader)
    return c->fail(reader.error());
  result<wire::post_message> post = message_argument(c->args, c->host.config.limits);
  if (!post)
    return c->fail(post.error());
  wire::channel_request request;
  wire::send_transient& transient = *request.mutable_transient();
  transient.set_kind("ephemeral");
  transient.set_to_user(reader->text());
  *transient.mutable_message() = std::move(*post);
  on_channel(c, *channel, std::move(request), [c](const wire::channel_reply& reply) {
    c->ok({{"message_ts", format_ts(reply.transient_ts())}});
  });
}

}  // namespace carillon::api
