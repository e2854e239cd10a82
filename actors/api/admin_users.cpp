// carillon.admin.users.*: accounts made and closed by an admin.
#include "actors/api/account_jobs.hpp"
#include "actors/api/admin_scope.hpp"
#include "actors/api/conversation.hpp"
#include "actors/api/handlers.hpp"
#include "actors/api/user_pages.hpp"

namespace json = boost::json;

namespace carillon::api {
namespace {

result<newcomer> newcomer_argument(const arguments& args) {
  newcomer who;
  who.team = args.text("team");
  who.name = args.text("name");
  who.real_name = args.text("real_name");
  who.email = args.text("email");
  who.password = args.text("password");
  who.name_is_handle = true;
  result<bool> bot = args.flag("bot", false);
  if (!bot)
    return bot.error();
  who.bot = *bot;
  result<bool> admin = args.flag("admin", false);
  if (!admin)
    return admin.error();
  who.admin = *admin;
  return who;
}

// A team's admin adds to their own team; the host's token may also found one.
result<admission> add_user(storage::directory& directory, const admin_scope& scope, newcomer who,
                           timestamp now) {
  if (!scope.any_team) {
    result<storage::team_row> own = scope.find_team(directory);
    if (!own)
      return own.code() == errc::team_not_found ? error{errc::not_allowed, {}} : own.error();
    who.team = own->name;
  }
  return admit(directory, who, now);
}

void set_disabled(const call_ptr& c, bool disabled) {
  if (!c->args.has("user"))
    return c->fail(make_error(errc::invalid_arguments, "missing required field: user"));
  auto work = [scope = admin_scope::of(*c), name = c->args.text("user"), disabled,
               now = c->host.now() /
                     1'000'000](storage::directory& directory) -> result<storage::user_row> {
    result<storage::user_row> user = scope.find_user(directory, name);
    if (!user)
      return user;
    if (status done = directory.set_disabled(user->id, disabled, now); !done)
      return done.error();
    user->disabled = disabled;
    user->updated = now;
    return user;
  };
  on_directory(c, work, [c](const storage::user_row& user) {
    c->shared.tokens.forget_user(user.id);
    if (user.disabled && c->host.end_sessions_of_user)
      c->host.end_sessions_of_user(user.id);
    announce_user(*c, "user_change", user);
    c->ok({{"user_id", user.id.text()}});
  });
}

void welcome_added(const call_ptr& c, const admission& in) {
  announce_user(*c, "team_join", in.user);
  join_general(c, in.team.general, in.user, [c, in] {
    json::object out{{"user", slack::user_json(in.user)},
                     {"user_id", in.user.id.text()},
                     {"team_id", in.team.id.text()}};
    if (in.user.bot)
      out["bot_id"] = in.user.bot_id.text();
    c->ok(std::move(out));
  });
}

}  // namespace

void admin_users_add(const call_ptr& c) {
  result<newcomer> who = newcomer_argument(c->args);
  if (!who)
    return c->fail(who.error());
  if (status good = check_newcomer(*who, c->host.config, false); !good)
    return c->fail(good.error());
  auto hash = [password = who->password, &host = c->host] {
    return hash_of(password, host.config);
  };
  on_hasher(c, hash, [c, who = std::move(*who)](const std::string& password_hash) mutable {
    who.password_hash = password_hash;
    auto work = [scope = admin_scope::of(*c), who,
                 now = c->host.now()](storage::directory& directory) {
      return add_user(directory, scope, who, now);
    };
    on_directory(c, work, [c](const admission& in) { welcome_added(c, in); });
  });
}

void admin_users_list(const call_ptr& c) {
  auto work = [scope = admin_scope::of(*c)](const storage::directory& directory) {
    return scope.find_team(directory);
  };
  on_directory(c, work, [c](const storage::team_row& team) { list_team(c, team.id); });
}

void admin_users_disable(const call_ptr& c) {
  set_disabled(c, true);
}

void admin_users_enable(const call_ptr& c) {
  set_disabled(c, false);
}

}  // namespace carillon::api
