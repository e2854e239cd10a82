// conversations.join, .leave, .invite, .kick
#include "actors/api/conversation.hpp"
#include "actors/api/handlers.hpp"

namespace json = boost::json;

namespace carillon::api {

void conversations_join(const call_ptr& c) {
  result<entity_id> channel = channel_argument(c->args);
  if (!channel)
    return c->fail(channel.error());
  wire::channel_request request;
  request.mutable_join();
  on_channel(c, *channel, std::move(request), [c](const wire::channel_reply& reply) {
    json::object out{{"channel", conversation_json(*c, reply)}};
    if (reply.already()) {
      out["warning"] = "already_in_channel";
      out["response_metadata"] = json::object{{"warnings", json::array{"already_in_channel"}}};
    }
    c->ok(std::move(out));
  });
}

// Leaving what one is not in is no failure to Slack: the wish is fulfilled.
void conversations_leave(const call_ptr& c) {
  result<entity_id> channel = channel_argument(c->args);
  if (!channel)
    return c->fail(channel.error());
  wire::channel_request request;
  request.mutable_leave();
  auto answer = [c](const wire::channel_reply& reply) {
    std::optional<error> why = reply_error(reply);
    if (why && why->code != errc::not_in_channel)
      return c->fail(*why);
    if (why || reply.already())
      return c->ok({{"not_in_channel", true}});
    c->ok();
  };
  ask_channel_as(c, c->caller(), *channel, std::move(request), answer);
}

void conversations_invite(const call_ptr& c) {
  result<entity_id> channel = channel_argument(c->args);
  if (!channel)
    return c->fail(channel.error());
  std::vector<std::string> names = c->args.list("users");
  if (names.empty())
    return c->fail(errc::no_user);
  if (names.size() > c->host.config.limits.page_max)
    return c->fail(errc::too_many_users);
  wire::channel_request request;
  std::vector<entity_id> users;
  for (const std::string& name : names) {
    std::optional<entity_id> user = entity_id::parse(name);
    if (!user || user->kind != id_kind::user)
      return c->fail(make_error(errc::user_not_found, "not a user: users"));
    users.push_back(*user);
    request.mutable_invite()->add_users(name);
  }
  with_users(c, users, [c, id = *channel, request] {
    on_channel(c, id, request,
               [c](const wire::channel_reply& reply) { answer_conversation(c, reply); });
  });
}

void conversations_kick(const call_ptr& c) {
  result<entity_id> channel = channel_argument(c->args);
  if (!channel)
    return c->fail(channel.error());
  if (!c->args.has("user"))
    return c->fail(errc::no_user);
  result<entity_id> user = user_argument(c->args);
  if (!user)
    return c->fail(user.error());
  wire::channel_request request;
  request.mutable_kick()->set_user(user->text());
  on_channel(c, *channel, std::move(request), [c](const wire::channel_reply&) {
    c->ok({{"errors", json::object()}});
  });
}

}  // namespace carillon::api
