// users.profile.get, users.profile.set
#include "actors/api/conversation.hpp"
#include "actors/api/handlers.hpp"
#include "actors/api/profile_change.hpp"
#include "actors/api/user_pages.hpp"

namespace carillon::api {

void users_profile_get(const call_ptr& c) {
  entity_id of = c->user();
  if (c->args.has("user")) {
    result<entity_id> asked = user_argument(c->args);
    if (!asked)
      return c->fail(asked.error());
    of = *asked;
  }
  with_team_mate(c, of, [c](const storage::user_row& user) {
    c->ok({{"profile", slack::profile_json(user)}});
  });
}

// Read, changed and written in one job: two calls at once do not lose each other's fields.
void users_profile_set(const call_ptr& c) {
  result<boost::json::object> changes = profile_argument(c->args);
  if (!changes)
    return c->fail(changes.error());
  entity_id of = c->user();
  if (c->args.has("user")) {
    result<entity_id> asked = user_argument(c->args);
    if (!asked)
      return c->fail(asked.error());
    if (*asked != of && !c->who->is_admin())
      return c->fail(errc::not_allowed);
    of = *asked;
  }
  auto work = [of, team = c->team(), changes = *changes, now = c->host.now() / 1'000'000](
                  storage::directory& directory) -> result<storage::user_row> {
    auto found = directory.user_by_id(of);
    if (!found)
      return found.error();
    if (!*found || (*found)->team != team)
      return errc::user_not_found;
    result<storage::user_row> changed = with_profile(std::move(**found), changes);
    if (!changed)
      return changed;
    changed->updated = now;
    status kept =
        directory.set_profile(of, changed->real_name, changed->profile, changed->email, now);
    if (!kept)
      return kept.error();
    return changed;
  };
  on_directory(c, work, [c](const storage::user_row& user) {
    c->shared.tokens.forget_user(user.id);
    announce_user(*c, "user_change", user);
    c->ok({{"profile", slack::profile_json(user)}});
  });
}

}  // namespace carillon::api
