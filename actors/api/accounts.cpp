// carillon.signup, carillon.signin. (carillon.signout is auth.revoke under another name: auth.cpp.)
#include "actors/api/account_jobs.hpp"
#include "actors/api/conversation.hpp"
#include "actors/api/gateway_url.hpp"
#include "actors/api/handlers.hpp"
#include "actors/api/text_rules.hpp"

namespace carillon::api {
namespace {

constexpr std::size_t device_max_characters = 80;

struct welcome {
  admission who;
  issued_token token;
};

void answer_welcome(const call_ptr& c, const welcome& in) {
  c->ok({{"token", in.token.text},
         {"user_id", in.who.user.id.text()},
         {"team_id", in.who.team.id.text()},
         {"url", gateway_url(*c) + '/'},
         {"user", in.who.user.name},
         {"team", in.who.team.name},
         {"is_owner", in.who.user.owner}});
}

result<welcome> with_token(storage::directory& directory, result<admission> who,
                           const std::string& device, const settings& config, timestamp now) {
  if (!who)
    return who.error();
  auto token = issue_token(directory, who->user, device, "*", config.directory.token_days, now);
  if (!token)
    return token.error();
  return welcome{std::move(*who), std::move(*token)};
}

// At most so long; the rest of a browser's self-praise is cut.
std::string device_argument(const arguments& args) {
  const std::string& given = args.text("device");
  if (count_characters(given) <= device_max_characters)
    return given;
  std::size_t bytes = 0;
  for (std::size_t characters = 0; bytes < given.size(); ++bytes)
    if ((static_cast<unsigned char>(given[bytes]) & 0xC0) != 0x80 &&
        ++characters > device_max_characters)
      break;
  return given.substr(0, bytes);
}

}  // namespace

void carillon_signup(const call_ptr& c) {
  newcomer who;
  who.team = c->args.text("team");
  who.name = c->args.text("name");
  who.real_name = c->args.text("real_name");
  who.email = c->args.text("email");
  who.password = c->args.text("password");
  if (status good = check_newcomer(who, c->host.config, true); !good)
    return c->fail(good.error());
  auto hash = [password = who.password, &host = c->host] { return hash_of(password, host.config); };
  on_hasher(c, hash, [c, who](const std::string& password_hash) mutable {
    who.password_hash = password_hash;
    auto work = [who, device = device_argument(c->args), &host = c->host,
                 now = c->host.now()](storage::directory& directory) {
      return with_token(directory, admit(directory, who, now), device, host.config, now);
    };
    on_directory(c, work, [c](const welcome& in) {
      announce_user(*c, "team_join", in.who.user);
      join_general(c, in.who.team.general, in.who.user, [c, in] { answer_welcome(c, in); });
    });
  });
}

// By e-mail address or by handle. Joins general once more: whoever signed up while it could not be
// joined gets in now.
void carillon_signin(const call_ptr& c) {
  sign_in given{c->args.text("team"), c->args.text("email"), c->args.text("name")};
  if (given.email.empty() && given.name.empty())
    return c->fail(make_error(errc::invalid_arguments, "missing required field: email"));
  if (c->args.text("password").empty())
    return c->fail(make_error(errc::invalid_arguments, "missing required field: password"));
  auto find = [given](const storage::directory& directory) {
    return find_candidate(directory, given);
  };
  on_directory(c, find, [c](const candidate& found) {
    auto check = [found, password = c->args.text("password"), &host = c->host] {
      return check_password(found, password, host.config);
    };
    on_hasher(c, check, [c](const admission& who) {
      auto work = [who, device = device_argument(c->args), &host = c->host,
                   now = c->host.now()](storage::directory& directory) {
        return with_token(directory, who, device, host.config, now);
      };
      on_directory(c, work, [c](const welcome& in) {
        join_general(c, in.who.team.general, in.who.user, [c, in] { answer_welcome(c, in); });
      });
    });
  });
}

}  // namespace carillon::api
