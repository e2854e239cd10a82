// carillon user add | list | disable | enable
#include <istream>
#include <memory>
#include <ostream>

#include "tools/cli/host.hpp"
#include "tools/cli/program.hpp"
#include "tools/cli/tables.hpp"

namespace carillon::cli {
namespace {

namespace json = boost::json;

struct user_options {
  host_options host;
  std::string team, name, email, password, real_name;
  bool password_stdin = false;
  bool bot = false;
  bool admin = false;
  std::string user;
};

std::string text_of(const json::object& answer, const char* key) {
  const json::value* found = answer.if_contains(key);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

arguments arguments_of_add(const user_options& options) {
  return with_given({{"name", options.name}}, {{"team", options.team},
                                               {"email", options.email},
                                               {"password", options.password},
                                               {"real_name", options.real_name},
                                               {"bot", options.bot ? "true" : ""},
                                               {"admin", options.admin ? "true" : ""}});
}

int add_user(invocation& now, user_options options) {
  if (!options.bot && options.email.empty()) {
    now.err << "carillon: a person needs --email (a bot is added with --bot)\n";
    return exit_usage;
  }
  if (options.password_stdin)
    std::getline(now.in, options.password);
  return talk_to_host(
      now, options.host,
      [&](const host_access& host) {
        return ask_host(host, "carillon.admin.users.add", arguments_of_add(options));
      },
      [&](const json::object& answer) { now.out << text_of(answer, "user_id") << '\n'; });
}

int list_users(invocation& now, const user_options& options) {
  return talk_to_host(
      now, options.host,
      [&](const host_access& host) {
        return ask_host_for_all(host, "carillon.admin.users.list",
                                with_given({{"limit", "200"}}, {{"team", options.team}}),
                                "members");
      },
      [&](const json::object& answer) { now.out << format_users(answer); });
}

int change_user(invocation& now, const user_options& options, const std::string& verb) {
  return talk_to_host(
      now, options.host,
      [&](const host_access& host) {
        return ask_host(host, "carillon.admin.users." + verb,
                        with_given({{"user", options.user}}, {{"team", options.team}}));
      },
      [&](const json::object&) { now.out << options.user << " is " << verb << "d\n"; });
}

}  // namespace

void add_user_command(CLI::App& program, invocation& now) {
  auto options = std::make_shared<user_options>();
  CLI::App* users = program.add_subcommand("user", "people and bots of a running host");
  users->require_subcommand(1);

  CLI::App* add = users->add_subcommand("add", "add a person or a bot; prints the new user's id");
  add->add_option("name", options->name, "handle: lower case, unique in the team")->required();
  add->add_option("--email", options->email, "unique in the team; bots need none");
  auto* password = add->add_option("--password", options->password,
                                   "others on this machine can read it from the list of processes");
  add->add_flag("--password-stdin", options->password_stdin, "read the password's line from stdin")
      ->excludes(password);
  add->add_option("--real-name", options->real_name, "name as people write it");
  add_team_option(*add, options->team);
  add->add_flag("--bot", options->bot, "a program, not a person");
  add->add_flag("--admin", options->admin, "may change what belongs to others");
  add_host_options(*add, options->host);
  add->callback([options, &now] { now.run = [options, &now] { return add_user(now, *options); }; });

  CLI::App* list = users->add_subcommand("list", "all users, disabled ones too");
  add_team_option(*list, options->team);
  add_host_options(*list, options->host);
  list->callback(
      [options, &now] { now.run = [options, &now] { return list_users(now, *options); }; });

  for (const char* verb : {"disable", "enable"}) {
    bool disables = verb[0] == 'd';
    CLI::App* change = users->add_subcommand(
        verb, disables ? "end a user's sessions and refuse the user's tokens" : "undo disable");
    change->add_option("user", options->user, user_words)->required();
    add_team_option(*change, options->team);
    add_host_options(*change, options->host);
    change->callback([options, &now, verb] {
      now.run = [options, &now, verb] { return change_user(now, *options, verb); };
    });
  }
}

}  // namespace carillon::cli
