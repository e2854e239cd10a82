#include "actors/api/operator_posts.hpp"

#include <algorithm>

#include "actors/api/asks.hpp"
#include "actors/api/method_table.hpp"
#include "runtime/base/logging.hpp"

namespace carillon::api {
namespace {

constexpr std::uint32_t admins_looked_through = 1'000;  // of a team's users
constexpr std::size_t candidates_max = 10;

using candidates = std::vector<storage::user_row>;

// The one who was named, or those who may well be in the channel, likeliest first.
result<candidates> find_candidates(const storage::directory& directory, const entity_id& channel,
                                   const std::optional<entity_id>& named) {
  if (named) {
    auto user = directory.user_by_id(*named);
    if (!user)
      return user.error();
    if (!*user)
      return errc::user_not_found;
    return candidates{std::move(**user)};
  }
  auto row = directory.channel_by_id(channel);
  if (!row)
    return row.error();
  if (!*row)
    return make_error(errc::channel_not_found, "not in the catalogue: name a member with as_user");
  candidates out;
  if (auto creator = directory.user_by_id((*row)->creator); creator && *creator)
    out.push_back(std::move(**creator));
  auto users = directory.list_users((*row)->team, "", admins_looked_through);
  if (!users)
    return users.error();
  for (auto& user : users->rows)
    if ((user.admin || user.owner) && out.size() < candidates_max &&
        (out.empty() || out.front().id != user.id))
      out.push_back(std::move(user));
  std::erase_if(out, [](const storage::user_row& user) { return user.disabled; });
  return out;
}

access_ptr access_of(storage::user_row user) {
  storage::principal who;
  who.token.scopes = "*";
  who.user = std::move(user);
  return std::make_shared<const access>(std::move(who));
}

void post_as(const call_ptr& c, storage::user_row user) {
  if (user.disabled)
    return c->fail(errc::account_inactive);
  c->who = access_of(std::move(user));
  c->request.received = steady_now();
  c->mark();
  c->what->run(c);
}

// The first of them who is a member.
void post_as_member(const call_ptr& c, const entity_id& channel, candidates left) {
  if (left.empty())
    return c->fail(make_error(errc::not_in_channel, "nobody who could post it: name a member with as_user"));
  storage::user_row next = std::move(left.front());
  left.erase(left.begin());
  wire::channel_request request;
  request.mutable_describe();
  ask_channel_as(c, caller_of(next), channel, std::move(request),
                 [c, channel, next, left](const wire::channel_reply& reply) {
                   if (reply.errc() == 0 && reply.is_member())
                     post_as(c, next);
                   else
                     post_as_member(c, channel, left);
                 });
}

}  // namespace

void post_as_operator(const call_ptr& c, const operator_post& asked) {
  c->what = find_method("chat.postMessage");
  if (!asked.trace.empty())
    c->trace.trace = asked.trace;
  auto channel = entity_id::parse(asked.channel);
  if (!channel || !channel->is_channel())
    return c->fail(errc::channel_not_found);
  std::optional<entity_id> named;
  if (!asked.as_user.empty()) {
    named = entity_id::parse(asked.as_user);
    if (!named || named->kind != id_kind::user)
      return c->fail(errc::user_not_found);
  }
  result<arguments> args = arguments::read(c->request);
  if (!args)
    return c->fail(args.error());
  c->args = std::move(*args);
  on_directory(
      c,
      [channel = *channel, named](const storage::directory& directory) {
        return find_candidates(directory, channel, named);
      },
      [c, channel = *channel, named](candidates found) {
        if (named)
          post_as(c, std::move(found.front()));
        else
          post_as_member(c, channel, std::move(found));
      });
}

edge::http_request request_of(const operator_post& asked) {
  edge::http_request out;
  out.method = "POST";
  out.path = "/api/chat.postMessage";
  out.content_type = "application/json; charset=utf-8";
  out.body = boost::json::serialize(
      boost::json::object{{"channel", asked.channel}, {"text", asked.text}});
  return out;
}

edge::responder with_trace(edge::responder answer) {
  return [answer = std::move(answer)](edge::http_response out) {
    for (const auto& [name, value] : out.headers)
      if (name == "traceparent" && out.body.starts_with('{'))
        out.body.insert(1, fmt::format(R"("trace":"{}",)", value.substr(3, 32)));
    answer(std::move(out));
  };
}

}  // namespace carillon::api
