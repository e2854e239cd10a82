// The door between the edge (sockets) and whoever decides what to say on them. The edge calls
// `gateway`; the gateway answers through `responder` and `outbox`. Neither side waits for the
// other. The edge knows nothing of Slack: connections are numbers, topics are numbers, frames are
// bytes.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/clock.hpp"

namespace carillon::edge {

// One accepted WebSocket or event stream. Unique for the life of the process, never 0; names its I/O thread in the
// upper 16 bits so that the outbox finds it without a table.
using connection_id = std::uint64_t;

// A set of connections that all get what is published under it; chosen by the gateway.
using topic_id = std::uint64_t;

struct http_request {
  std::string method;         // "GET", "POST", ... as sent
  std::string path;           // percent-decoded is the gateway's job; without the query
  std::string query;          // raw, without '?'
  std::string authorization;  // header values, empty when absent
  std::string content_type;
  std::string host;
  std::string accept_language;
  std::string traceparent;
  std::string last_event_id;  // of an event stream that is taken up again
  std::string body;
  std::string remote_address;  // of the client; of a proxy that is not trusted, its own
  tick_time received{};  // when all of it was here
  // Of a request that may wait (gateway::patience): true once nobody waits for its answer any more,
  // because the client is gone or has one. Null: not watched.
  std::shared_ptr<const std::atomic<bool>> is_over{};
};

using event_marker = std::function<std::string(std::string_view log, std::uint64_t seq)>;

struct http_response {
  int status = 200;
  std::string content_type = "application/json; charset=utf-8";
  std::string body;
  // Further headers, as name and value; Content-Length, Date and Connection are the edge's.
  std::vector<std::pair<std::string, std::string>> headers;
  // Whoever answers has more answers at hand, and wakes the I/O threads once for all of them:
  // this one goes out with the next command, or by outbox::nudge(), which is owed.
  bool may_wait = false;
  // With status 200: what follows is an event stream (WHATWG HTML, section 9.2) and no body. When its
  // head is out the connection is open: gateway::on_open comes with this context, frames go out as
  // events, what the client sends is thrown away, and close() ends it with an event `close`.
  bool event_stream = false;
  std::shared_ptr<void> context{};
  // Of the stream: what a client that comes back says it was told, as the `id` of each event that is of a
  // log (catch_up.hpp). Asked for on an I/O thread, once for each, as it is queued; empty: it has none.
  event_marker marks{};
};

// Answers one request. May be called once, from any thread, at any time; the first call counts.
// If it is destroyed unanswered or the edge's deadline passes first, the client gets the
// gateway's error_response(504).
using responder = std::function<void(http_response)>;

struct asked_request {
  http_request request;
  responder answer;
};

// One message to clients, encoded once (WebSocket header and all) and shared by everyone who gets
// it. Callers give the payload only; to an event stream it goes as text, line by line.
class frame;
using frame_ptr = std::shared_ptr<const frame>;
frame_ptr make_text_frame(std::string payload);
// One whose way somebody follows: `written` is called once, on an I/O thread, when all of it is with
// the kernel for the connection that it was queued to first; never if that one ends before.
frame_ptr make_text_frame(std::string payload, std::function<void(connection_id)> written);
frame_ptr make_binary_frame(std::string payload);
// What a client will see; for logs and tests. Lives as long as the frame.
std::string_view payload_of(const frame& what);

// What may be lost when a client is slow. Durable frames never are: past the queue's limit those of
// a log are left to it and read back later (catch_up.hpp). A client that is still behind when its time
// is over, or has too many others waiting, is closed with close_code::slow_consumer.
enum class send_class : std::uint8_t { durable, transient };

namespace close_code {
inline constexpr std::uint16_t normal = 1000;
inline constexpr std::uint16_t going_away = 1001;
inline constexpr std::uint16_t protocol_error = 1002;
inline constexpr std::uint16_t unsupported_data = 1003;  // binary where text is expected
inline constexpr std::uint16_t bad_payload = 1007;       // text that is not UTF-8
inline constexpr std::uint16_t policy_violation = 1008;
inline constexpr std::uint16_t too_big = 1009;
inline constexpr std::uint16_t internal_error = 1011;
inline constexpr std::uint16_t slow_consumer = 4008;  // ours: reads too slowly, for too long
inline constexpr std::uint16_t ping_timeout = 4009;   // ours: no sign of life after our ping
inline constexpr std::uint16_t signed_out = 4010;     // ours: the token was revoked
}  // namespace close_code

// Called on an I/O thread; must return quickly and never block.
class gateway {
public:
  virtual ~gateway() = default;

  virtual void on_request(http_request request, responder answer) = 0;
  // All that arrived in one turn of an I/O thread's loop, so that it can be handed on together.
  virtual void on_requests(std::vector<asked_request> all) {
    for (asked_request& each : all)
      on_request(std::move(each.request), std::move(each.answer));
  }

  // How much longer than edge.request_deadline_ms the answer to this request may take, because the client
  // asks to wait for it (long polling). No more than edge.poll_max_ms is granted.
  virtual std::chrono::milliseconds patience(const http_request&) {
    return std::chrono::milliseconds(0);
  }

  // A WebSocket upgrade. true: accept; then on_open comes, with the same context. false: `refusal`
  // goes out as the HTTP answer.
  virtual bool on_upgrade(const http_request& request, std::shared_ptr<void>& context,
                          http_response& refusal) = 0;
  virtual void on_open(connection_id connection, std::shared_ptr<void> context) = 0;
  // `text`: a whole text message (fragments joined, UTF-8 checked). Binary messages come with
  // is_text == false.
  virtual void on_message(connection_id connection, std::string payload, bool is_text) = 0;
  // Once for each on_open, whatever ended it, and the last word about this connection. `code`: the
  // close code seen or sent; 1005: the client's close named none, and an event stream's never does;
  // 1006: no close at all.
  virtual void on_close(connection_id connection, std::uint16_t code) = 0;
  // Instead of it, of a client that is given up because it does not take what it is sent, or answers no
  // ping: what was sent after `last_heard` may not have arrived.
  virtual void on_silent(connection_id connection, std::uint16_t code, tick_time) { on_close(connection, code); }

  // For requests that got no answer in time, and for errors the edge itself finds (413, 400, 431,
  // 408...), so that the whole port speaks one language.
  virtual http_response error_response(int status, std::string_view reason) = 0;
};

// What the gateway may do to connections; any thread. Commands of one caller to one I/O thread are
// carried out in the order given, so "send, then subscribe" has no hole between. Unknown (closed)
// connections are ignored: on_close tells.
class outbox {
public:
  virtual ~outbox() = default;
  virtual void send(connection_id to, frame_ptr what, send_class how = send_class::durable) = 0;
  virtual void subscribe(connection_id who, topic_id topic) = 0;
  virtual void unsubscribe(connection_id who, topic_id topic) = 0;
  // To every subscriber of the topic except `except` (0: nobody is excepted).
  virtual void publish(topic_id topic, frame_ptr what, send_class how = send_class::durable,
                       connection_id except = 0) = 0;
  virtual void close(connection_id who, std::uint16_t code, std::string_view reason) = 0;
  // The answers that may wait (http_response::may_wait) go out now.
  virtual void nudge() {}
};

}  // namespace carillon::edge
