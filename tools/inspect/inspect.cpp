#include "tools/inspect/inspect.hpp"

#include <memory>
#include <ostream>

#include "runtime/base/logging.hpp"
#include "tools/cli/data_folders.hpp"
#include "tools/inspect/folder_text.hpp"
#include "tools/inspect/views.hpp"

namespace carillon::inspect {
namespace {

constexpr const char* examples = R"(what there is to look at:
  cluster                    hosts, and who leads which slot (the default)
  channel/C… user/U…         one entity: where it lives, since when, how it is
  channel/#planning user/@eva  the same by name, of the default team (channel/TEAM/#planning:
                             of another); `carillon user list` has people's names and ids
  slot/12 hub/HOST           a slot's replicas; a host's hub
  sessions/U… sessions/@eva  a user's connections
  session/HOST:CONNECTION    one of them
  top                        the hottest channels, longest queues, slowest actors
  trace --channel C…|'#planning' --text hello
                             posts a marked message and tells the time of every step
  keep-awake|let-rest|stop channel/C…

--data DIR asks the host that runs on that folder, or one of those that run on folders in it. When none
does, the folder itself is read: slots, logs, channels, and every checksum; exit code 3 says that
something in it is damaged.)";

int read_offline(cli::invocation& now, const inspect_options& options) {
  start_logging(log_level::off, false);  // what is wrong is said in the report, once
  auto report = read_folder(options.host.data, options.channels);
  if (!report) {
    now.err << "carillon: " << report.error().detail;
    if (report.error().code == errc::overloaded)
      now.err << "; stop it, or leave --offline out to ask it";
    now.err << '\n';
    return cli::exit_failed;
  }
  if (options.host.json)
    now.out << boost::json::serialize(folder_json(*report)) << '\n';
  else
    now.out << format_folder(*report);
  return report->damaged() == 0 ? cli::exit_done : exit_damaged;
}

// Empty: it can be asked.
std::string what_is_wrong(const inspect_options& options) {
  const bool operates =
      options.what == "keep-awake" || options.what == "let-rest" || options.what == "stop";
  if (operates && options.name.empty())
    return options.what + " needs a name: channel/C…, channel/#NAME, user/U… or user/@NAME";
  if (!operates && !options.name.empty())
    return "one thing at a time: " + options.what + " takes no name";
  if (options.what == "trace" && (options.channel.empty() || options.text.empty()))
    return "trace needs --channel and --text";
  if ((operates || options.what == "trace") && options.watch > 0)
    return options.what + " is done once, not watched";
  return {};
}

int run(cli::invocation& now, const inspect_options& options) {
  if (const std::string wrong = what_is_wrong(options); !wrong.empty()) {
    now.err << "carillon: " << wrong << '\n';
    return cli::exit_usage;
  }
  const bool folder_alone = options.data_given && options.host.url.empty() &&
                            !is_in_use(options.host.data) &&
                            cli::running_folders_in(options.host.data).empty();
  if (options.offline || (folder_alone && options.what == "cluster"))
    return read_offline(now, options);
  if (folder_alone) {
    now.err << "carillon: no host runs on " << options.host.data
            << ": only the folder as a whole can be read\n";
    return cli::exit_failed;
  }
  return look_live(now, options);
}

}  // namespace

void add_inspect_command(CLI::App& program, cli::invocation& now) {
  auto options = std::make_shared<inspect_options>();
  CLI::App* inspect = program.add_subcommand("inspect", "look inside a running cluster, or a folder");
  inspect->footer(examples);
  inspect->add_option("what", options->what, "see below")->capture_default_str();
  inspect->add_option("name", options->name, "of keep-awake, let-rest, stop: channel/C…, user/@eva");
  cli::add_host_options(*inspect, options->host);
  inspect->add_option("--watch", options->watch, "show it again every so many seconds")
      ->check(CLI::Range(0.1, 3'600.0));
  inspect->add_option("--limit", options->limit, "top: lines of each list")->capture_default_str();
  inspect->add_option("--tail", options->tail, "of a channel: so many of its newest messages")
      ->capture_default_str();
  inspect->add_flag("--show-text", options->show_text, "with their texts, which are private");
  inspect->add_option("--channel", options->channel, "trace: the channel's id, or '#planning'");
  inspect->add_option("--text", options->text, "trace: what is posted");
  inspect->add_option("--as-user", options->as_user, "trace: who posts (default: an admin of the team)");
  inspect->add_option("--seconds", options->seconds, "keep-awake: for how long")
      ->capture_default_str()
      ->check(CLI::Range(1u, 86'400u));
  inspect->add_flag("--offline", options->offline, "read the folder; refuse when a host runs on it");
  inspect->add_option("--channels", options->channels, "of a folder: so many are listed")
      ->capture_default_str();
  inspect->callback([options, inspect, &now] {
    options->data_given = inspect->count("--data") > 0;
    now.run = [options, &now] { return run(now, *options); };
  });
}

}  // namespace carillon::inspect
