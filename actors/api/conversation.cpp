#include "actors/api/conversation.hpp"

#include <algorithm>

#include "storage/directory.hpp"

namespace json = boost::json;

namespace carillon::api {
namespace {

constexpr std::string_view general_name = "general";

std::string peer_of(const call& c, const wire::channel_reply& reply) {
  std::string self = c.user().text();
  for (const std::string& member : reply.members())
    if (member != self)
      return member;
  return reply.members_size() > 0 ? self : std::string();
}

}  // namespace

result<entity_id> channel_argument(const arguments& args) {
  if (!args.has("channel"))
    return make_error(errc::invalid_arguments, "missing required field: channel");
  std::optional<entity_id> id = entity_id::parse(args.text("channel"));
  if (!id || !id->is_channel())
    return errc::channel_not_found;
  return *id;
}

result<entity_id> user_argument(const arguments& args, std::string_view name) {
  if (!args.has(name))
    return make_error(errc::invalid_arguments, "missing required field: " + std::string(name));
  std::optional<entity_id> id = entity_id::parse(args.text(name));
  if (!id || id->kind != id_kind::user)
    return errc::user_not_found;
  return *id;
}

json::object conversation_json(const call& c, const wire::channel_reply& reply,
                               slack::channel_view view) {
  view.is_member = reply.is_member();
  if (reply.facts().kind() == wire::CHANNEL_DIRECT)
    view.peer = peer_of(c, reply);
  json::object out = slack::channel_json(reply.facts(), view);
  if (reply.member_count() != 0 && out.contains("num_members"))
    out["num_members"] = reply.member_count();
  return out;
}

void answer_conversation(const call_ptr& c, const wire::channel_reply& reply) {
  c->ok({{"channel", conversation_json(*c, reply)}});
}

void with_users(const call_ptr& c, std::vector<entity_id> ids, std::function<void()> then) {
  auto work = [ids](const storage::directory& directory) { return directory.users_by_id(ids); };
  on_directory(c, work, [c, ids, then](const std::vector<storage::user_row>& users) {
    for (const entity_id& id : ids) {
      auto found = std::find_if(users.begin(), users.end(),
                                [&](const storage::user_row& user) { return user.id == id; });
      if (found == users.end() || found->team != c->team())
        return c->fail(make_error(errc::user_not_found, id.text()));
      if (found->disabled)
        return c->fail(make_error(errc::user_disabled, id.text()));
    }
    then();
  });
}

void open_direct_with(const call_ptr& c, std::vector<entity_id> others,
                      std::function<void(entity_id, const wire::channel_reply&)> then) {
  std::vector<entity_id> all = others;
  all.push_back(c->user());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  if (all.size() > c->host.config.limits.group_dm_max_users)
    return c->fail(errc::too_many_users);
  with_users(c, others, [c, all, then] {
    entity_id channel = direct_channel_id(c->team(), all);
    wire::channel_request request;
    for (const entity_id& user : all)
      request.mutable_open_direct()->add_users(user.text());
    // The peer's name stands in the answer, and a DM's members never change.
    on_channel(c, channel, std::move(request), [channel, all, then](wire::channel_reply reply) {
      if (reply.members_size() == 0)
        for (const entity_id& user : all)
          reply.add_members(user.text());
      then(channel, reply);
    });
  });
}

void join_general(const call_ptr& c, entity_id general, const storage::user_row& user,
                  std::function<void()> then) {
  wire::channel_request join;
  join.mutable_join();
  auto joined = [c, general, user, then](const wire::channel_reply& reply) {
    std::optional<error> why = reply_error(reply);
    if (!why)
      return then();
    if (why->code != errc::channel_not_found)
      return c->fail(*why);
    wire::channel_request create;
    create.mutable_create()->set_name(std::string(general_name));
    create.mutable_create()->set_general(true);
    auto created = [c, general, user, then](const wire::channel_reply& founded) {
      if (auto failed = reply_error(founded))
        return c->fail(*failed);
      if (founded.is_member())
        return then();
      join_general(c, general, user, then);  // somebody else was first: now there is one to join
    };
    ask_channel_as(c, caller_of(user), general, std::move(create), created);
  };
  ask_channel_as(c, caller_of(user), general, std::move(join), joined);
}

}  // namespace carillon::api
