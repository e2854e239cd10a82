// carillon.friends.add, .remove, .list: ours. Friends see each other's presence from sign-in on, without
// presence_sub. It is mutual: who is added sees the other one too, and either of the two ends it for both.
#include "actors/api/asks.hpp"
#include "actors/api/conversation.hpp"
#include "actors/api/handlers.hpp"
#include "actors/api/user_pages.hpp"

namespace json = boost::json;

namespace carillon::api {
namespace {

void change_friend(const call_ptr& c, const entity_id& other, bool is_friend) {
  wire::user_request request;
  request.mutable_change_friend()->set_user_id(other.text());
  request.mutable_change_friend()->set_friend_(is_friend);
  on_user(c, c->user(), std::move(request), [c](const wire::user_reply& reply) {
    json::object out;
    if (reply.already())
      out["already"] = true;
    c->ok(std::move(out));
  });
}

// `then` with the user who is named: a person of the team, and another one.
void with_other(const call_ptr& c, std::function<void(const storage::user_row&)> then) {
  result<entity_id> id = user_argument(c->args);
  if (!id)
    return c->fail(id.error());
  if (*id == c->user())
    return c->fail(make_error(errc::invalid_arguments, "user is the caller"));
  with_team_mate(c, *id, std::move(then));
}

}  // namespace

// Both have a bound, and the other's slot is asked first: once the word is committed here it is carried
// there whatever happens. Two who add the same person at the same moment may pass it by one.
void friends_add(const call_ptr& c) {
  with_other(c, [c](const storage::user_row& other) {
    if (other.bot)
      return c->fail(make_error(errc::invalid_arguments, "user is a bot, which has no presence"));
    if (other.disabled)
      return c->fail(errc::user_disabled);
    wire::user_request look;
    look.mutable_list_friends();
    on_user(c, other.id, std::move(look), [c, id = other.id](const wire::user_reply& reply) {
      const std::string me = c->user().text();
      const bool known = std::find(reply.friends().begin(), reply.friends().end(), me) != reply.friends().end();
      if (!known && static_cast<std::uint32_t>(reply.friends_size()) >= c->host.config.presence.friends_max)
        return c->fail(make_error(errc::too_many_users, "the other one has as many friends as one may have"));
      change_friend(c, id, true);
    });
  });
}

// Also of one who is disabled meanwhile.
void friends_remove(const call_ptr& c) {
  with_other(c, [c](const storage::user_row& other) { change_friend(c, other.id, false); });
}

void friends_list(const call_ptr& c) {
  wire::user_request request;
  request.mutable_list_friends();
  on_user(c, c->user(), std::move(request), [c](const wire::user_reply& reply) {
    json::array friends;
    for (const std::string& id : reply.friends())
      friends.emplace_back(id);
    c->ok({{"friends", std::move(friends)}});
  });
}

}  // namespace carillon::api
