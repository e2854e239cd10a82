// carillon token issue | revoke | list
#include <memory>
#include <ostream>

#include "tools/cli/host.hpp"
#include "tools/cli/program.hpp"
#include "tools/cli/tables.hpp"

namespace carillon::cli {
namespace {

namespace json = boost::json;

struct token_options {
  host_options host;
  std::string team, user, device, scopes, token;
  int days = -1;  // -1: the host's directory.token_days
};

int issue_token(invocation& now, const token_options& options) {
  return talk_to_host(
      now, options.host,
      [&](const host_access& host) {
        return ask_host(
            host, "carillon.admin.tokens.issue",
            with_given({{"user", options.user}},
                       {{"team", options.team},
                        {"device", options.device},
                        {"scopes", options.scopes},
                        {"days", options.days < 0 ? "" : std::to_string(options.days)}}));
      },
      [&](const json::object& answer) {
        // Alone on its line, so that a script can take it: TOKEN=$(carillon token issue U...).
        const json::value* token = answer.if_contains("token");
        if (token != nullptr && token->is_string())
          now.out << std::string_view(token->get_string()) << '\n';
      });
}

std::string nothing_to_revoke(const token_options& options) {
  if (!options.user.empty())
    return "nothing was revoked: " + options.user + " has no tokens";
  return "nothing was revoked: there is no such token, and none whose ID that is "
         "(`carillon token list USER` prints the IDs)";
}

int revoke_token(invocation& now, const token_options& options) {
  if (options.token.empty() == options.user.empty()) {
    now.err << "carillon: say either a TOKEN or its ID, or --user, whose tokens all end\n";
    return exit_usage;
  }
  return talk_to_host(
      now, options.host,
      [&](const host_access& host) -> result<json::object> {
        auto answer = ask_host(
            host, "carillon.admin.tokens.revoke",
            with_given({},
                       {{"token", options.token}, {"user", options.user}, {"team", options.team}}));
        if (const json::value* count = answer ? answer->if_contains("revoked") : nullptr;
            count != nullptr && *count == 0)
          return make_error(errc::not_found, nothing_to_revoke(options));
        return answer;
      },
      [&](const json::object& answer) {
        const json::value* count = answer.if_contains("revoked");
        now.out << "revoked: " << (count != nullptr ? json::serialize(*count) : "1") << '\n';
      });
}

int list_tokens(invocation& now, const token_options& options) {
  return talk_to_host(
      now, options.host,
      [&](const host_access& host) {
        return ask_host(host, "carillon.admin.tokens.list",
                        with_given({{"user", options.user}}, {{"team", options.team}}));
      },
      [&](const json::object& answer) { now.out << format_tokens(answer); });
}

}  // namespace

void add_token_command(CLI::App& program, invocation& now) {
  auto options = std::make_shared<token_options>();
  CLI::App* tokens = program.add_subcommand("token", "tokens of people and bots");
  tokens->require_subcommand(1);

  CLI::App* issue = tokens->add_subcommand("issue", "make a token and print it, this once");
  issue->add_option("user", options->user, user_words)->required();
  issue->add_option("--device", options->device, "what it is for, shown by `token list`");
  issue->add_option("--days", options->days, "its life; 0: no end (default: the host's setting)")
      ->check(CLI::Range(0, 36'500));
  issue->add_option("--scopes", options->scopes, "comma-separated (default: all of the role)");
  add_team_option(*issue, options->team);
  add_host_options(*issue, options->host);
  issue->callback(
      [options, &now] { now.run = [options, &now] { return issue_token(now, *options); }; });

  CLI::App* revoke = tokens->add_subcommand("revoke", "end a token, or all of a user");
  revoke->add_option("which", options->token, "the token's text, or its ID as `token list` prints it");
  revoke->add_option("--user", options->user, "end all tokens of this user");
  add_team_option(*revoke, options->team);
  add_host_options(*revoke, options->host);
  revoke->callback(
      [options, &now] { now.run = [options, &now] { return revoke_token(now, *options); }; });

  CLI::App* list = tokens->add_subcommand("list", "a user's tokens, never their texts");
  list->add_option("user", options->user, user_words)->required();
  add_team_option(*list, options->team);
  add_host_options(*list, options->host);
  list->callback(
      [options, &now] { now.run = [options, &now] { return list_tokens(now, *options); }; });
}

}  // namespace carillon::cli
