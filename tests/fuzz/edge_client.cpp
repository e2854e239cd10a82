#include "tests/fuzz/edge_client.hpp"

#include <chrono>
#include <cerrno>
#include <mutex>
#include <thread>

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/base/ensure.hpp"
#include "runtime/base/logging.hpp"
#include "runtime/edge/io_thread.hpp"
#include "tools/client/wire_scan.hpp"

namespace carillon::fuzz {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 10s;

// Answers at once, lets every WebSocket in, writes down what it hears.
class noting_gateway final : public edge::gateway {
public:
  void on_request(edge::http_request request, edge::responder answer) override {
    note("request", request);
    edge::http_response response;
    response.body = request.method + " " + request.path;
    response.headers.emplace_back("X-Trace", request.traceparent);
    answer(std::move(response));
  }
  bool on_upgrade(const edge::http_request& request, std::shared_ptr<void>&,
                  edge::http_response& refusal) override {
    note("upgrade", request);
    refusal = error_response(403, "no");
    return request.path != "/no";
  }
  void on_open(edge::connection_id, std::shared_ptr<void>) override { note("open"); }
  void on_message(edge::connection_id, std::string payload, bool is_text) override {
    note((is_text ? "text " : "binary ") + payload);
  }
  void on_close(edge::connection_id, std::uint16_t code) override {
    note("close " + std::to_string(code));
  }
  edge::http_response error_response(int status, std::string_view reason) override {
    return {status, "text/plain", std::string(reason), {}};
  }

  std::vector<std::string> take() {
    std::lock_guard lock(mutex_);
    return std::exchange(events_, {});
  }

private:
  void note(std::string words) {
    std::lock_guard lock(mutex_);
    events_.push_back(std::move(words));
  }
  void note(const char* what, const edge::http_request& request) {
    ENSURE(!request.method.empty() && !request.path.empty(), "a request has a method and a path");
    std::string words = what;
    for (const std::string* part :
         {&request.method, &request.path, &request.query, &request.authorization,
          &request.content_type, &request.host, &request.accept_language, &request.traceparent})
      words.append("|").append(*part);
    for (char c : words)
      ENSURE(c != '\r' && c != '\n' && c != '\0', "a head has no line break inside a value");
    note(words + "|" + request.body);
  }

  std::mutex mutex_;
  std::vector<std::string> events_;
};

settings::edge_settings narrow() {
  settings::edge_settings out;
  out.header_max_bytes = 4'096;  // above every input: a head that is too long is too long in pieces too
  out.body_max_bytes = 256;
  out.frame_in_max_bytes = 256;
  out.header_timeout_ms = out.body_timeout_ms = out.keep_alive_timeout_ms = 60'000;
  out.ping_interval_ms = out.ping_timeout_ms = out.request_deadline_ms = 60'000;
  return out;
}

struct running_edge {
  noting_gateway knock;
  edge::edge_limits limits{narrow()};
  edge::outbound_budget budget{limits.outbound_total_max_bytes};
  edge::io_thread loop{1, limits, knock, budget};

  running_edge() {
    start_logging(log_level::off, false);
    loop.start();
  }
};

running_edge& the_edge() {
  static auto* instance = new running_edge;  // its thread outlives main()
  return *instance;
}

// Our end of the pair.
class near_end {
public:
  explicit near_end(int socket) : socket_(socket) {}
  ~near_end() { ::close(socket_); }
  near_end(const near_end&) = delete;
  near_end& operator=(const near_end&) = delete;

  // All of it is read by the other side, or nobody reads any more.
  void send(std::string_view bytes) {
    while (!bytes.empty() && !gone_) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent > 0)
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      else if (errno != EAGAIN)
        gone_ = true;
      receive(0);
    }
    int unread = 1;
    for (auto since = std::chrono::steady_clock::now(); unread > 0 && !gone_; receive(0)) {
      ENSURE(::ioctl(socket_, TIOCOUTQ, &unread) == 0, "a socket tells what is not read yet");
      ENSURE(std::chrono::steady_clock::now() - since < patience, "the edge reads what it is sent");
      std::this_thread::yield();
    }
  }
  std::string finish() {
    ::shutdown(socket_, SHUT_WR);
    for (auto since = std::chrono::steady_clock::now(); !gone_; receive(100))
      ENSURE(std::chrono::steady_clock::now() - since < patience, "the edge ends what the client ended");
    return std::move(received_);
  }

private:
  void receive(int wait_ms) {
    pollfd ready{socket_, POLLIN, 0};
    while (!gone_ && ::poll(&ready, 1, wait_ms) > 0) {
      char room[4'096];
      const ssize_t size = ::recv(socket_, room, sizeof room, MSG_DONTWAIT);
      if (size > 0)
        received_.append(room, static_cast<std::size_t>(size));
      else if (size == 0 || errno != EAGAIN)
        gone_ = true;
      wait_ms = 0;
    }
  }

  int socket_;
  bool gone_ = false;
  std::string received_;
};

}  // namespace

edge_trip talk_to_edge(const std::vector<std::string_view>& pieces) {
  running_edge& edge = the_edge();
  const std::uint64_t ended_before = edge.loop.counters().ended.read();
  int ends[2];
  ENSURE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "sockets are there");
  edge.loop.commands()->push(edge::adopt_command{ends[1], false});
  edge_trip out;
  {
    near_end client(ends[0]);
    for (std::string_view piece : pieces)
      client.send(piece);
    out.answer = client.finish();
  }
  for (auto since = std::chrono::steady_clock::now(); edge.loop.counters().ended.read() == ended_before;) {
    ENSURE(std::chrono::steady_clock::now() - since < patience, "a connection that is over is let go");
    std::this_thread::yield();
  }
  out.events = edge.knock.take();
  return out;
}

void check_answer(std::string_view answer, bool head_only) {
  if (head_only)
    return;
  bool upgraded = false, closed = false;
  while (!answer.empty()) {
    if (answer.starts_with("HTTP/1.1 100 Continue\r\n\r\n")) {
      answer.remove_prefix(25);
      continue;
    }
    if (upgraded) {
      const auto frame = client::scan_ws_frame(answer);
      ENSURE(frame && !closed, "frames are whole, and nothing follows a close frame");
      closed = frame->opcode == client::ws_opcode::close;
      answer.remove_prefix(frame->size);
      continue;
    }
    const auto response = client::scan_http_response(answer);
    ENSURE(response, "responses are whole");
    upgraded = response->status == 101;
    answer.remove_prefix(response->size);
  }
}

}  // namespace carillon::fuzz
