#include "tools/client/api_client.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>

namespace carillon::client {
namespace {

constexpr std::size_t rounds_max = 60;  // of calls that were turned away

api_reply read_reply(const http_response_view* response) {
  api_reply reply;
  if (!response)
    return reply;
  reply.status = response->status;
  reply.retry_after = response->retry_after;
  boost::system::error_code failure;
  auto value = boost::json::parse(
      boost::json::string_view(response->body.data(), response->body.size()), failure);
  if (!failure && value.is_object())
    reply.json = std::move(value.get_object());
  return reply;
}

[[noreturn]] void refuse(std::string_view method, const api_reply& reply) {
  throw client_error(std::string(method) + ": HTTP " + std::to_string(reply.status) + " " +
                     boost::json::serialize(reply.json));
}

} // namespace

bool api_reply::is_ok() const {
  auto* good = json.if_contains("ok");
  return status == 200 && good && good->is_bool() && good->get_bool();
}

std::string api_reply::error() const {
  auto* words = json.if_contains("error");
  return words && words->is_string() ? std::string(words->get_string()) : std::string();
}

api_reply api_client::exchange(std::string_view request, std::string_view what) {
  std::optional<api_reply> reply;
  http_.send(request, [&](const http_response_view* response) { reply = read_reply(response); });
  if (!loop_.run_until([&] { return reply.has_value(); }, patience)) {
    http_.close();
    throw client_error(std::string(what) + ": no answer in time");
  }
  return std::move(*reply);
}

api_reply api_client::try_call(std::string_view method, const form& arguments) {
  return exchange(api_request(where_, method, token_, arguments), method);
}

api_reply api_client::try_get(std::string_view path) {
  return exchange(get_request(where_, path), path);
}

boost::json::object api_client::call(std::string_view method, const form& arguments) {
  api_reply reply = try_call(method, arguments);
  if (!reply.is_ok())
    refuse(method, reply);
  return std::move(reply.json);
}

std::vector<boost::json::object> call_all(event_loop& loop, const endpoint& where,
                                          const std::vector<api_call>& calls,
                                          std::size_t in_flight) {
  std::vector<boost::json::object> answers(calls.size());
  std::vector<std::size_t> open(calls.size());
  std::iota(open.begin(), open.end(), std::size_t{0});
  for (std::size_t rounds = 0; !open.empty(); ++rounds) {
    std::vector<std::unique_ptr<http_client>> lines;
    std::vector<std::size_t> turned_away;
    int wait_seconds = 0;
    std::size_t next = 0;
    std::size_t done = 0;
    std::function<void(http_client&)> send_next = [&](http_client& line) {
      if (next == open.size())
        return;
      std::size_t mine = open[next++];
      const api_call& call = calls[mine];
      line.send(api_request(where, call.method, call.token, call.arguments),
                [&, mine](const http_response_view* response) {
                  api_reply reply = read_reply(response);
                  if (reply.status == 429 && rounds < rounds_max) {
                    turned_away.push_back(mine);
                    wait_seconds = std::max(wait_seconds, reply.retry_after);
                  } else if (!reply.is_ok()) {
                    refuse(calls[mine].method, reply);
                  } else {
                    answers[mine] = std::move(reply.json);
                  }
                  ++done;
                  send_next(line);
                });
    };
    for (std::size_t i = 0; i < std::min(in_flight, open.size()); ++i) {
      lines.push_back(std::make_unique<http_client>(loop, where));
      send_next(*lines.back());
    }
    // Progress is what is waited for, not a total time: ten thousand calls may take their minute.
    while (done < open.size()) {
      std::size_t before = done;
      loop.run_until([&] { return done == open.size() || done >= before + 1'000; },
                     api_client::patience);
      if (done == before)
        throw client_error(calls[open[done]].method + ": no answer in time");
    }
    open = std::move(turned_away);
    if (!open.empty())
      loop.run_until([] { return false; }, std::chrono::seconds(wait_seconds));
  }
  return answers;
}

} // namespace carillon::client
