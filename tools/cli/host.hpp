// The running host that a subcommand talks to: found by its data folder or named on the command
// line, asked by its Web API like any client. Nothing here touches the host's files beyond reading
// two of them, so that the host stays the only writer of its data.
#pragma once

#include <functional>
#include <string>

#include <boost/json.hpp>

#include "runtime/base/result.hpp"
#include "tools/cli/program.hpp"
#include "tools/client/http_client.hpp"

namespace carillon::cli {

struct host_options {
  std::string data = "./data";
  std::string url;    // empty: from DATA/address
  std::string token;  // empty: from DATA/admin.token
  bool json = false;  // the answer as the host gave it
};

void add_host_options(CLI::App& command, host_options& options);

// --team: where a user's handle or e-mail address is looked up. An id needs no team.
void add_team_option(CLI::App& command, std::string& team);
inline constexpr const char* user_words = "id, handle or e-mail address";

// What goes wrong before or on the way has a sentence that says what to do.
struct host_access {
  std::string url;
  std::string token;
};
// The host of `data`, or one of those that run on folders in it (data_folders.hpp).
result<host_access> find_host(const host_options& options);

// Asks the host. A refusal (ok: false) comes back as invalid_arguments with Slack's error string
// and the host's explanation; no host, as io_error.
using arguments = client::form;
// `what` and those of `more` that have a value.
arguments with_given(arguments what, const arguments& more);
result<boost::json::object> ask_host(const host_access& host, const std::string& method,
                                     const arguments& what);
// The same for a method that pages: all pages' `list` joined into the first answer.
result<boost::json::object> ask_host_for_all(const host_access& host, const std::string& method,
                                             arguments what, const std::string& list);

// Finds the host, asks it, and prints the answer: as JSON with --json, by `print` without. Failures
// go to `err` after "carillon: ". Gives the exit code.
using asking = std::function<result<boost::json::object>(const host_access& host)>;
using printing = std::function<void(const boost::json::object& answer)>;
int talk_to_host(invocation& now, const host_options& options, const asking& ask,
                 const printing& print);

}  // namespace carillon::cli
