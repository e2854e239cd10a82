// A server in this process with a gateway that tests can look into. Time limits are generous unless
// a test sets its own, so that nothing but what a case is about can fire.
#pragma once

#include <atomic>
#include <condition_variable>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/edge/server.hpp"
#include "tests/support/raw_client.hpp"

namespace carillon::testing {

// Answers requests with their own text, lets WebSockets in except at "/no", notes what happens.
// A request to "/hold" is kept until the test answers it, with as many milliseconds of patience as its
// query says; one to "/lose" is let go of unanswered. At "/stream..." there is an event stream.
// Waiting is for a condition, with a deadline that no passing test meets.
class noting_gateway final : public edge::gateway {
public:
  struct message {
    edge::connection_id from;
    std::string payload;
    bool is_text;
  };

  void on_request(edge::http_request request, edge::responder answer) override {
    if (request.path == "/lose")
      return;
    if (request.path == "/hold") {
      note([&] {
        held_.push_back(std::move(answer));
        held_is_over_ = request.is_over;
      });
      return;
    }
    edge::http_response response;
    response.content_type = "text/plain";
    if (request.path.starts_with("/stream")) {
      response.event_stream = true;
      response.context = std::make_shared<std::string>(request.path);
      response.headers.emplace_back("X-Kind", "stream");
      if (request.path == "/stream/marked")
        response.marks = [](std::string_view log, std::uint64_t seq) {
          return seq == 0 ? std::string() : std::string(log) + "-" + std::to_string(seq);
        };
      return answer(std::move(response));
    }
    if (request.path == "/large")
      response.body.assign(std::stoul(request.query), 'L');
    else
      response.body = request.method + " " + request.path + "?" + request.query + " " +
                      request.authorization + "|" + request.body;
    if (request.path == "/trace")
      response.body = request.last_event_id + request.traceparent + (request.received == tick_time{} ? "" : " received");
    if (request.path == "/evil")
      response.headers.emplace_back("X-Evil", "a\r\nX-Injected: b");
    answer(std::move(response));
    answer({});  // the second answer does not count
  }

  std::chrono::milliseconds patience(const edge::http_request& request) override {
    return std::chrono::milliseconds(
        request.path == "/hold" && !request.query.empty() ? std::stol(request.query) : 0);
  }

  bool on_upgrade(const edge::http_request& request, std::shared_ptr<void>& context,
                  edge::http_response& refusal) override {
    if (request.path == "/no") {
      refusal = error_response(403, "no");
      return false;
    }
    context = std::make_shared<std::string>(request.path);
    return true;
  }
  void on_open(edge::connection_id who, std::shared_ptr<void> context) override {
    note([&] { open_[*std::static_pointer_cast<std::string>(context)] = who; });
  }
  void on_message(edge::connection_id from, std::string payload, bool is_text) override {
    note([&] { messages_.push_back({from, std::move(payload), is_text}); });
  }
  void on_close(edge::connection_id who, std::uint16_t code) override {
    note([&] { closed_[who].push_back(code); });
  }
  void on_silent(edge::connection_id who, std::uint16_t code, tick_time last_heard) override {
    note([&] { last_heard_[who] = last_heard, closed_[who].push_back(code); });
  }
  edge::http_response error_response(int status, std::string_view reason) override {
    return {status, "text/plain", std::string(reason), {}};
  }

  // As server::tell_of_ends has it.
  void on_ended(const edge::ended_connection& how) {
    note([&] { ended_[how.connection] = how; });
  }
  edge::ended_connection ended(edge::connection_id who) {
    const auto hold = wait([&] { return ended_.count(who) > 0; });
    return ended_[who];
  }

  // The connection that was opened at this path.
  edge::connection_id connection(const std::string& path) {
    const auto hold = wait([&] { return open_.count(path) > 0; });
    return open_[path];
  }
  // The code that on_close brought; there must be one only.
  std::uint16_t close_code(edge::connection_id who) {
    const auto hold = wait([&] { return closed_.count(who) > 0; });
    CHECK(closed_[who].size() == 1);
    return closed_[who].front();
  }
  // As on_silent brought it; nullopt: on_close came.
  std::optional<tick_time> last_heard(edge::connection_id who) {
    std::lock_guard hold(mutex_);
    const auto found = last_heard_.find(who);
    return found == last_heard_.end() ? std::nullopt : std::optional(found->second);
  }
  bool was_closed(edge::connection_id who) {
    std::lock_guard hold(mutex_);
    return closed_.count(who) > 0;
  }
  message next_message() {
    const auto hold = wait([&] { return !messages_.empty(); });
    message first = std::move(messages_.front());
    messages_.erase(messages_.begin());
    return first;
  }
  // Of the request that came to "/hold" last; null: it has no patience.
  std::shared_ptr<const std::atomic<bool>> held_is_over() {
    std::lock_guard hold(mutex_);
    return held_is_over_;
  }
  edge::responder held() {
    const auto hold = wait([&] { return !held_.empty(); });
    edge::responder first = std::move(held_.front());
    held_.erase(held_.begin());
    return first;
  }

private:
  void note(const std::function<void()>& what) {
    std::lock_guard hold(mutex_);
    what();
    changed_.notify_all();
  }
  // Nobody notes anything while the caller holds what this gives.
  [[nodiscard]] std::unique_lock<std::mutex> wait(const std::function<bool()>& condition) {
    std::unique_lock hold(mutex_);
    REQUIRE(changed_.wait_for(hold, std::chrono::seconds(20), condition));
    return hold;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, edge::connection_id> open_;
  std::map<edge::connection_id, std::vector<std::uint16_t>> closed_;
  std::map<edge::connection_id, tick_time> last_heard_;
  std::map<edge::connection_id, edge::ended_connection> ended_;
  std::vector<message> messages_;
  std::vector<edge::responder> held_;
  std::shared_ptr<const std::atomic<bool>> held_is_over_;
};

inline settings::edge_settings patient_limits() {
  settings::edge_settings limits;
  limits.header_timeout_ms = limits.body_timeout_ms = limits.keep_alive_timeout_ms = 60'000;
  limits.request_deadline_ms = limits.ping_interval_ms = limits.ping_timeout_ms = 60'000;
  return limits;
}

class edge_fixture {
public:
  explicit edge_fixture(settings::edge_settings limits = patient_limits(),
                        std::uint32_t io_threads = 2)
      : server({"127.0.0.1:0", io_threads, limits}, gateway) {
    server.tell_of_ends([this](const edge::ended_connection& how) { gateway.on_ended(how); });
    auto bound = server.start();
    REQUIRE(bound);
    port = *bound;
  }

  raw_client connect() { return raw_client(port); }
  raw_client websocket(std::string_view path = "/") { return open_websocket(port, path); }
  // Its head has been read.
  raw_client event_stream(const std::string& path, const std::string& version = "1.1") {
    return open_event_stream(port, path, version);
  }

  noting_gateway gateway;
  edge::server server;
  std::uint16_t port = 0;
};

// Waits until `condition` holds, looking again and again; for what has no notification.
template <class Condition>
bool eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end)
      return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace carillon::testing
