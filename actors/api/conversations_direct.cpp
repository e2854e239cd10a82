// conversations.open, .close: DMs and group DMs shown in the caller's list, or hidden from it.
#include "actors/api/conversation.hpp"
#include "actors/api/handlers.hpp"

namespace json = boost::json;

namespace carillon::api {
namespace {

void show(const call_ptr& c, const entity_id& channel, const wire::channel_reply& reply,
          bool whole) {
  wire::user_request request;
  request.mutable_open_channel()->set_channel_id(channel.text());
  request.mutable_open_channel()->set_open(true);
  on_user(c, c->user(), std::move(request),
          [c, channel, reply, whole](const wire::user_reply& shown) {
            slack::channel_view view;
            view.is_open = true;
            json::object out;
            if (reply.already() && shown.already())
              out = {{"no_op", true}, {"already_open", true}};
            out["channel"] =
                whole ? conversation_json(*c, reply, view) : json::object{{"id", channel.text()}};
            c->ok(std::move(out));
          });
}

void open_known(const call_ptr& c, const entity_id& channel, bool whole) {
  if (channel.kind == id_kind::channel)
    return c->fail(errc::method_not_supported_for_channel_type);
  wire::channel_request describe;
  describe.mutable_describe();
  on_channel(c, channel, std::move(describe), [c, channel, whole](wire::channel_reply reply) {
    reply.set_already(true);
    show(c, channel, reply, whole);
  });
}

}  // namespace

void conversations_open(const call_ptr& c) {
  result<bool> whole = c->args.flag("return_im", false);
  if (!whole)
    return c->fail(whole.error());
  if (c->args.has("channel")) {
    result<entity_id> channel = channel_argument(c->args);
    if (!channel)
      return c->fail(channel.error());
    return open_known(c, *channel, *whole);
  }
  std::vector<entity_id> others;
  for (const std::string& name : c->args.list("users")) {
    std::optional<entity_id> user = entity_id::parse(name);
    if (!user || user->kind != id_kind::user)
      return c->fail(make_error(errc::user_not_found, "not a user: users"));
    others.push_back(*user);
  }
  if (others.empty())
    return c->fail(errc::users_list_not_supplied);
  if (others.size() > c->host.config.limits.group_dm_max_users)
    return c->fail(errc::too_many_users);
  open_direct_with(c, others,
                   [c, whole = *whole](entity_id channel, const wire::channel_reply& reply) {
                     show(c, channel, reply, whole);
                   });
}

void conversations_close(const call_ptr& c) {
  result<entity_id> channel = channel_argument(c->args);
  if (!channel)
    return c->fail(channel.error());
  if (channel->kind == id_kind::channel)
    return c->fail(errc::method_not_supported_for_channel_type);
  wire::user_request own_row;
  own_row.mutable_get_channel()->set_channel_id(channel->text());
  on_user(c, c->user(), std::move(own_row), [c, id = *channel](const wire::user_reply& found) {
    if (found.channels_size() == 0 || !found.channels(0).member())
      return c->fail(errc::channel_not_found);
    wire::user_request request;
    request.mutable_open_channel()->set_channel_id(id.text());
    request.mutable_open_channel()->set_open(false);
    on_user(c, c->user(), std::move(request), [c](const wire::user_reply& reply) {
      if (reply.already())
        return c->ok({{"no_op", true}, {"already_closed", true}});
      c->ok();
    });
  });
}

}  // namespace carillon::api
