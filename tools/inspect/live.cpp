#include "tools/inspect/live.hpp"

#include <chrono>

#include <boost/json.hpp>

#include "runtime/base/logging.hpp"
#include "runtime/wire/json.hpp"
#include "tools/client/wire_scan.hpp"

namespace carillon::inspect {
namespace {

constexpr std::chrono::seconds patience{10};  // a dead host costs the asked one half a second

std::string text_of(const boost::json::object& object, const char* key) {
  const auto* found = object.if_contains(key);
  return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

// What the host said instead of a picture: {"ok":false,"error":…,"detail":…}.
error refusal(int status, const std::string& body) {
  boost::system::error_code failed;
  const auto said = boost::json::parse(body, failed);
  std::string words = !failed && said.is_object() ? text_of(said.get_object(), "error") : "";
  if (words.empty())
    return make_error(errc::io_error,
                      fmt::format("HTTP {}, which is no answer of a host that can be inspected",
                                  status));
  if (status == 401 || status == 403)
    return make_error(errc::not_allowed,
                      words + ": the host-wide admin token is needed, that of DATA/admin.token");
  if (const std::string detail = text_of(said.get_object(), "detail"); !detail.empty())
    words += ": " + detail;
  return make_error(errc::invalid_arguments, words);
}

}  // namespace

std::string query_text(const client::form& arguments) {
  std::string out;
  for (const auto& [name, value] : arguments) {
    if (value.empty())
      continue;
    out += out.empty() ? "?" : "&";
    out += name;
    out += '=';
    client::append_form_value(out, value);
  }
  return out;
}

live_host::live_host(cli::host_access where)
    : access_(std::move(where)), where_(client::endpoint::parse(access_.url)), http_(loop_, where_) {}

int live_host::exchange(const std::string& request, std::string& body) {
  int status = -1;
  http_.send(request, [&](const client::http_response_view* response) {
    status = response ? response->status : 0;
    body = response ? std::string(response->body) : std::string();
  });
  if (!loop_.run_until([&] { return status >= 0; }, patience))
    http_.close();
  return status;
}

result<live_host::answer> live_host::ask(const std::string& method, const std::string& path,
                                         const std::string& content) {
  const std::string request =
      fmt::format("{} /inspect/{} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n"
                  "Content-Length: {}\r\n\r\n{}",
                  method, path, where_.authority(), access_.token, content.size(), content);
  // A connection that was idle may be gone: what only looks is asked once more.
  int status = 0;
  std::string body;
  try {
    status = exchange(request, body);
    if (status == 0 && method == "GET")
      status = exchange(request, body);
  } catch (const std::exception& failure) {
    http_.close();
    return make_error(errc::io_error, fmt::format("{}: {}", access_.url, failure.what()));
  }
  if (status < 0)
    return make_error(errc::timed_out, access_.url + " did not answer in time");
  if (status == 0)
    return make_error(errc::io_error, access_.url + " does not answer: is the host running?");
  answer out{std::move(body), {}};
  if (status != 200)
    return refusal(status, out.json);
  if (!wire::from_json(out.json, out.reply))
    return make_error(errc::invalid_json, access_.url + " gave an answer that is no picture");
  return out;
}

}  // namespace carillon::inspect
