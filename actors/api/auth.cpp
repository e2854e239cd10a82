// api.test, auth.*
#include "actors/api/asks.hpp"
#include "actors/api/handlers.hpp"
#include "actors/slack_text.hpp"

namespace json = boost::json;

namespace carillon::api {

void api_test(const call_ptr& c) {
  json::object echo;
  for (const auto& [name, value] : c->args.all())
    if (name != "token")  // a secret has no business in an answer
      echo[name] = value;
  bool refused = c->args.has("error");
  json::object out{{"ok", !refused}};
  if (refused)
    out["error"] = c->args.text("error");
  if (!echo.empty())
    out["args"] = std::move(echo);
  c->ok_text(json::serialize(out));
}

void auth_test(const call_ptr& c) {
  const storage::principal& who = c->who->who();
  json::object out{{"url", base_url(*c) + '/'},     {"team", who.team_name},
                   {"user", who.user.name},         {"team_id", who.user.team.text()},
                   {"user_id", who.user.id.text()}, {"is_enterprise_install", false}};
  if (who.user.bot)
    out["bot_id"] = who.user.bot_id.text();
  c->ok(std::move(out));
}

// Ends the token and every session that was opened with it. Token revoked twice at once: the
// second finds nothing left to do.
void auth_revoke(const call_ptr& c) {
  result<bool> test = c->args.flag("test", false);
  if (!test)
    return c->fail(test.error());
  if (*test)
    return c->ok({{"revoked", false}});
  std::string hash = c->who->token_hash();
  auto work = [hash](storage::directory& directory) -> status {
    status done = directory.revoke_token(hash);
    return !done && done.code() == errc::not_found ? status(ok) : done;
  };
  on_directory(c, work, [c, hash](ok_t) {
    c->shared.tokens.forget_token(hash);
    if (c->host.end_sessions_of_token)
      c->host.end_sessions_of_token(hash);
    c->ok({{"revoked", true}});
  });
}

void carillon_signout(const call_ptr& c) {
  auth_revoke(c);
}

}  // namespace carillon::api
