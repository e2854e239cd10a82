// users.list, .info, .lookupByEmail, .getPresence, .setPresence, .setActive
#include "actors/api/conversation.hpp"
#include "actors/cursor.hpp"
#include "actors/api/handlers.hpp"
#include "actors/api/text_rules.hpp"
#include "actors/api/user_pages.hpp"

namespace json = boost::json;

namespace carillon::api {
namespace {

constexpr std::string_view user_cursor = "user";

}  // namespace

void list_team(const call_ptr& c, const entity_id& team) {
  std::uint32_t page_max = c->host.config.limits.page_max;
  result<std::uint32_t> limit = c->args.limit(page_max, page_max);
  if (!limit)
    return c->fail(limit.error());
  std::string after;
  if (c->args.has("cursor")) {
    std::optional<std::string> position = read_cursor(user_cursor, c->args.text("cursor"));
    if (!position || !entity_id::parse(*position))
      return c->fail(errc::invalid_cursor);
    after = *position;
  }
  auto work = [team, after, limit = *limit](const storage::directory& directory) {
    return directory.list_users(team, after, limit);
  };
  on_directory(c, work, [c](const storage::page_of<storage::user_row>& page) {
    json::array members;
    for (const storage::user_row& user : page.rows)
      members.push_back(slack::user_json(user));
    std::string next =
        page.next.empty() ? "" : make_cursor(user_cursor, page.rows.back().id.text());
    c->ok({{"members", std::move(members)},
           {"cache_ts", c->host.now() / 1'000'000},
           {"response_metadata", json::object{{"next_cursor", next}}}});
  });
}

void users_list(const call_ptr& c) {
  list_team(c, c->team());
}

void with_team_mate(const call_ptr& c, const entity_id& id,
                    std::function<void(const storage::user_row&)> then) {
  auto work = [id](const storage::directory& directory) { return directory.user_by_id(id); };
  on_directory(c, work, [c, then](const std::optional<storage::user_row>& found) {
    if (!found || found->team != c->team())
      return c->fail(errc::user_not_found);
    then(*found);
  });
}

void users_info(const call_ptr& c) {
  result<entity_id> id = user_argument(c->args);
  if (!id)
    return c->fail(id.error());
  with_team_mate(c, *id, [c](const storage::user_row& user) {
    c->ok({{"user", slack::user_json(user)}});
  });
}

void users_lookup_by_email(const call_ptr& c) {
  if (!c->args.has("email"))
    return c->fail(make_error(errc::invalid_arguments, "missing required field: email"));
  auto work = [team = c->team(),
               email = ascii_lower(c->args.text("email"))](const storage::directory& directory) {
    return directory.user_by_email(team, email);
  };
  on_directory(c, work, [c](const std::optional<storage::user_row>& found) {
    if (!found || found->disabled)
      return c->fail(errc::users_not_found);
    c->ok({{"user", slack::user_json(*found)}});
  });
}

void users_get_presence(const call_ptr& c) {
  entity_id of = c->user();
  if (c->args.has("user")) {
    result<entity_id> asked = user_argument(c->args);
    if (!asked)
      return c->fail(asked.error());
    of = *asked;
  }
  auto ask = [c, of] {
    wire::user_request request;
    request.mutable_get_presence();
    on_user(c, of, std::move(request), [c, of](const wire::user_reply& reply) {
      json::object out{{"presence", reply.active() ? "active" : "away"}};
      if (of == c->user()) {  // the rest is nobody else's business
        out["online"] = reply.online();
        out["auto_away"] = reply.auto_away();
        out["manual_away"] = reply.manual_away();
        out["connection_count"] = reply.connection_count();
        if (reply.connection_count() > 0)  // absent without clients, as Slack has it
          out["last_activity"] = reply.last_activity();
        if (reply.last_activity() != 0)  // ours: whether or not one is connected now
          out["last_active"] = reply.last_activity();
      }
      c->ok(std::move(out));
    });
  };
  if (of == c->user())
    return ask();
  with_team_mate(c, of, [ask](const storage::user_row&) { ask(); });
}

void users_set_presence(const call_ptr& c) {
  const std::string& wish = c->args.text("presence");
  if (wish != "auto" && wish != "away")
    return c->fail(errc::invalid_presence);
  wire::user_request request;
  request.mutable_choose_away()->set_away(wish == "away");
  on_user(c, c->user(), std::move(request), [c](const wire::user_reply&) { c->ok(); });
}

// Slack has it no more for others; ours says that somebody is at one of the caller's devices.
void users_set_active(const call_ptr& c) {
  wire::user_request request;
  request.mutable_device_activity();
  on_user(c, c->user(), std::move(request), [c](const wire::user_reply&) { c->ok(); });
}

}  // namespace carillon::api
