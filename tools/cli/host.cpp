#include "tools/cli/host.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <ostream>

#include "tools/cli/data_folders.hpp"
#include "tools/client/api_client.hpp"

namespace carillon::cli {
namespace {

namespace json = boost::json;

// The first line of a small file.
result<std::string> read_line(const std::string& path) {
  errno = 0;
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line) || line.empty())
    return make_error(errc::io_error, path + ": " + (errno != 0 ? std::strerror(errno) : "empty"));
  return line;
}

std::string text_of(const json::object& object, const char* key) {
  const json::value* found = object.if_contains(key);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

std::string next_cursor(const json::object& answer) {
  const json::value* about = answer.if_contains("response_metadata");
  return about != nullptr && about->is_object() ? text_of(about->get_object(), "next_cursor") : "";
}

error refusal(const std::string& method, const client::api_reply& reply) {
  std::string words = reply.error();
  if (words.empty())
    words = "HTTP " + std::to_string(reply.status) + ", which is no answer of a Carillon host";
  if (std::string detail = text_of(reply.json, "detail"); !detail.empty())
    words += " (" + detail + ")";
  return make_error(errc::invalid_arguments, method + ": " + words);
}

}  // namespace

void add_host_options(CLI::App& command, host_options& options) {
  command.add_option("--data", options.data,
                     "data folder of a running host, for its address and token, or the folder of such")
      ->capture_default_str();
  command.add_option("--url", options.url, "address of the host, as http://127.0.0.1:8080");
  command.add_option("--token", options.token, "a token that may do this");
  command.add_flag("--json", options.json, "print the host's answer as it is");
}

void add_team_option(CLI::App& command, std::string& team) {
  command.add_option("--team", team, "name of the team (default: the host's first)");
}

arguments with_given(arguments what, const arguments& more) {
  for (const auto& argument : more)
    if (!argument.second.empty())
      what.push_back(argument);
  return what;
}

result<host_access> find_host(const host_options& options) {
  host_access host{options.url, options.token};
  const std::string data = host.url.empty() ? running_folder(options.data) : options.data;
  if (host.url.empty()) {
    auto url = read_line(data + "/address");
    if (!url)
      return make_error(errc::io_error, url.error().detail + ": no host runs on " + data +
                                            " or on a folder in it: say --data FOLDER of one that "
                                            "runs here, or --url and --token");
    host.url = *url;
  }
  if (host.token.empty()) {
    auto token = read_line(data + "/admin.token");
    if (!token)
      return make_error(errc::io_error, token.error().detail + ": say --data or --token");
    host.token = *token;
  }
  return host;
}

result<json::object> ask_host(const host_access& host, const std::string& method,
                              const arguments& what) {
  try {
    client::event_loop loop;
    client::api_client api(loop, client::endpoint::parse(host.url), host.token);
    client::api_reply reply = api.try_call(method, what);
    if (reply.status == 0)
      return make_error(errc::io_error, host.url + " does not answer: is the host running?");
    if (!reply.is_ok())
      return refusal(method, reply);
    return std::move(reply.json);
  } catch (const client::client_error& failure) {
    return make_error(errc::io_error, host.url + ": " + failure.what());
  }
}

result<json::object> ask_host_for_all(const host_access& host, const std::string& method,
                                      arguments what, const std::string& list) {
  auto all = ask_host(host, method, what);
  if (!all)
    return all;
  what.emplace_back("cursor", "");
  for (std::string cursor = next_cursor(*all); !cursor.empty();) {
    what.back().second = cursor;
    auto page = ask_host(host, method, what);
    if (!page)
      return page;
    json::value* joined = all->if_contains(list);
    json::value* more = page->if_contains(list);
    if (joined == nullptr || !joined->is_array() || more == nullptr || !more->is_array())
      return make_error(errc::invalid_json, method + ": an answer without " + list);
    for (json::value& item : more->get_array())
      joined->get_array().push_back(std::move(item));
    cursor = next_cursor(*page);
  }
  all->erase("response_metadata");
  return all;
}

int talk_to_host(invocation& now, const host_options& options, const asking& ask,
                 const printing& print) {
  auto host = find_host(options);
  auto answer = host ? ask(*host) : result<json::object>(host.error());
  if (!answer) {
    now.err << "carillon: " << answer.error().detail << '\n';
    return exit_failed;
  }
  if (options.json)
    now.out << json::serialize(*answer) << '\n';
  else
    print(*answer);
  return exit_done;
}

}  // namespace carillon::cli
