// carillon.admin.tokens.*: tokens for people and bots, made and ended by an admin.
#include <charconv>

#include "actors/api/account_jobs.hpp"
#include "actors/api/admin_scope.hpp"
#include "actors/api/asks.hpp"
#include "actors/api/handlers.hpp"
#include "actors/api/text_rules.hpp"
#include "storage/credentials.hpp"

namespace json = boost::json;

namespace carillon::api {
namespace {

constexpr std::uint32_t days_max = 36'500;
constexpr std::size_t scopes_max_bytes = 4'096;

std::string_view name_of(storage::token_kind kind) {
  switch (kind) {
  case storage::token_kind::bot:
    return "bot";
  case storage::token_kind::app:
    return "app";
  case storage::token_kind::person:
    break;
  }
  return "person";
}

// Enough of the hash to tell tokens apart, too little to be of use.
constexpr std::size_t id_bytes = 6;
constexpr std::string_view hex = "0123456789abcdef";

std::string short_id(const std::string& hash) {
  std::string out;
  for (char c : hash.substr(0, id_bytes)) {
    out += hex[static_cast<unsigned char>(c) >> 4];
    out += hex[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

// Of a token's text, or how it begins when `text` is what short_id() made: no token looks like that.
std::string hash_of(const std::string& text) {
  if (text.size() != 2 * id_bytes || text.find_first_not_of(hex) != std::string::npos)
    return storage::token_hash(text);
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += 2)
    out += static_cast<char>(hex.find(text[at]) << 4 | hex.find(text[at + 1]));
  return out;
}

// nullopt: not given.
result<std::optional<std::uint32_t>> days_argument(const arguments& args) {
  if (!args.has("days"))
    return std::optional<std::uint32_t>();
  const std::string& text = args.text("days");
  std::uint32_t days = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), days);
  if (failure != std::errc{} || end != text.data() + text.size() || days > days_max)
    return make_error(errc::invalid_arguments, "must be a number of days up to 36500: days");
  return std::optional(days);
}

struct revoked {
  std::optional<entity_id> user;  // all of theirs; none: the one token
  std::uint64_t count = 0;
  std::string hash = {};          // of the one
};

result<revoked> revoke_one(storage::directory& directory, const admin_scope& scope,
                           const std::string& hash) {
  auto found = directory.find_token(hash);
  if (!found)
    return found.error();
  if (!*found || (!scope.any_team && (*found)->user.team != scope.own))
    return revoked{};
  const std::string& whole = (*found)->token.hash;
  status done = directory.revoke_token(whole);
  if (!done && done.code() != errc::not_found)
    return done.error();
  return revoked{std::nullopt, done ? 1u : 0u, whole};
}

result<revoked> revoke_all(storage::directory& directory, const admin_scope& scope,
                           const std::string& who) {
  result<storage::user_row> user = scope.find_user(directory, who);
  if (!user)
    return user.error();
  result<std::uint64_t> count = directory.revoke_tokens_of(user->id);
  if (!count)
    return count.error();
  return revoked{user->id, *count};
}

}  // namespace

void admin_tokens_issue(const call_ptr& c) {
  if (!c->args.has("user"))
    return c->fail(make_error(errc::invalid_arguments, "missing required field: user"));
  auto days = days_argument(c->args);
  if (!days)
    return c->fail(days.error());
  std::string scopes = c->args.has("scopes") ? c->args.text("scopes") : "*";
  if (scopes.size() > scopes_max_bytes)
    return c->fail(make_error(errc::invalid_arguments, "scopes is too long"));
  auto work = [scope = admin_scope::of(*c), who = c->args.text("user"),
               device = c->args.text("device"), scopes, days = *days, &host = c->host,
               now = c->host.now()](storage::directory& directory) -> result<issued_token> {
    result<storage::user_row> user = scope.find_user(directory, who);
    if (!user)
      return user.error();
    if (user->disabled)
      return errc::account_inactive;
    std::uint32_t life = days ? *days : user->bot ? 0 : host.config.directory.token_days;
    return issue_token(directory, *user, device, scopes, life, now);
  };
  on_directory(c, work, [c](const issued_token& made) {
    c->ok({{"token", made.text},
           {"kind", name_of(made.row.kind)},
           {"user_id", made.row.user.text()},
           {"expires", made.row.expires}});
  });
}

void admin_tokens_revoke(const call_ptr& c) {
  // The caller's own token may itself be the argument `token` of a form: then it came in the
  // header too, or there would be nobody to revoke anything.
  std::string text = bearer_token(c->request.authorization).empty() ? "" : c->args.text("token");
  std::string hash = text.empty() ? "" : hash_of(text);
  if (hash.empty() && !c->args.has("user"))
    return c->fail(make_error(errc::invalid_arguments, "missing required field: token or user"));
  auto work = [scope = admin_scope::of(*c), who = c->args.text("user"),
               hash](storage::directory& directory) {
    return hash.empty() ? revoke_all(directory, scope, who) : revoke_one(directory, scope, hash);
  };
  on_directory(c, work, [c](const revoked& done) {
    if (done.user) {
      c->shared.tokens.forget_user(*done.user);
      if (c->host.end_sessions_of_user)
        c->host.end_sessions_of_user(*done.user);
    } else if (done.count > 0) {
      c->shared.tokens.forget_token(done.hash);
      if (c->host.end_sessions_of_token)
        c->host.end_sessions_of_token(done.hash);
    }
    c->ok({{"revoked", done.count}});
  });
}

void admin_tokens_list(const call_ptr& c) {
  if (!c->args.has("user"))
    return c->fail(make_error(errc::invalid_arguments, "missing required field: user"));
  using token_list = std::vector<storage::token_row>;
  auto work = [scope = admin_scope::of(*c), who = c->args.text("user")](
                  const storage::directory& directory) -> result<token_list> {
    result<storage::user_row> user = scope.find_user(directory, who);
    if (!user)
      return user.error();
    return directory.tokens_of(user->id);
  };
  on_directory(c, work, [c](const token_list& found) {
    json::array tokens;
    for (const storage::token_row& token : found)
      tokens.push_back(json::object{{"id", short_id(token.hash)},
                                    {"device", token.device},
                                    {"created", token.created},
                                    {"expires", token.expires},
                                    {"kind", name_of(token.kind)}});
    c->ok({{"tokens", std::move(tokens)}});
  });
}

}  // namespace carillon::api
