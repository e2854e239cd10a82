#include "runtime/edge/ws_session.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "runtime/edge/ws_layer.hpp"

namespace carillon::edge {

namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

namespace {

// So much of a message is asked for at once, once it is known to be more than a few bytes.
constexpr std::size_t read_step_max = 65'536;

// What a client has to answer the close of a host that stops, once our close frame is out; to one that
// is further away the socket is closed in order all the same. Well above a round trip to anywhere.
constexpr std::chrono::milliseconds goodbye_time{500};

// The close code that Beast sends for this failure.
std::uint16_t code_for(error_code failure) {
  if (failure == websocket::error::message_too_big)
    return close_code::too_big;
  if (failure == websocket::error::bad_frame_payload)
    return close_code::bad_payload;
  if (failure == websocket::condition::protocol_violation)
    return close_code::protocol_error;
  return no_close;
}

// The code in a server's close frame; 0: none.
std::uint16_t code_in(std::string_view close_frame) {
  if (close_frame.size() < 4)
    return 0;
  return static_cast<std::uint16_t>((static_cast<unsigned char>(close_frame[2]) << 8) |
                                    static_cast<unsigned char>(close_frame[3]));
}

}  // namespace

// permessage-deflate is not compiled in, so it is never negotiated: it costs 300 KB a connection.
struct ws_session::stream_box {
  explicit stream_box(ws_session& owner) : stream(owner) {}
  websocket::stream<ws_layer, false> stream;
};

ws_session::ws_session(io_thread& loop, connection_id id, tcp_socket socket, std::string early,
                       std::shared_ptr<void> context)
    : subscriber(loop, id, std::move(socket), framing::websocket, std::move(context)),
      stream_(std::make_unique<stream_box>(*this)), early_(std::move(early)) {}

ws_session::~ws_session() = default;

// -- handshake --

void ws_session::start(std::string_view key) {
  auto& stream = stream_->stream;
  stream.auto_fragment(false);
  stream.read_message_max(loop_.limits().message_in_max_bytes);
  stream.set_option(websocket::stream_base::decorator(
      [](websocket::response_type& response) { response.set(http::field::server, "carillon"); }));

  // Only what Beast needs for its answer: http_session has read and checked the whole head.
  http::request<http::empty_body> request(http::verb::get, "/", 11);
  request.set(http::field::host, "carillon");
  request.set(http::field::connection, "upgrade");
  request.set(http::field::upgrade, "websocket");
  request.set(http::field::sec_websocket_version, "13");
  request.set(http::field::sec_websocket_key, key);

  set_deadline(steady_now() + loop_.limits().ping_interval);
  stream.async_accept(request, [this, self = shared_from_this()](error_code failure) {
    if (dropped())
      return;
    if (failure)
      drop();
    else
      on_accepted();
  });
}

void ws_session::on_accepted() {
  auto& stream = stream_->stream;
  stream.set_option(websocket::stream_base::decorator([](websocket::response_type&) {}));
  stream.control_callback([this](websocket::frame_type, boost::beast::string_view) { heard(); });
  say_open();
  if (loop_.stopping())
    stop();
  read();
}

// -- reading --

void ws_session::read() {
  auto done = [this, self = shared_from_this()](error_code failure, std::size_t size) {
    if (dropped())
      return;
    failure_ = failure;
    on_read(bool(failure), size);
  };
  if (message_.empty()) {
    // Waiting for a message costs four bytes; the rest of it finds room when it is there.
    stream_->stream.async_read_some(boost::asio::buffer(idle_room_), std::move(done));
    return;
  }
  const std::size_t have = message_.size();
  const std::size_t step = std::min(stream_->stream.read_size_hint(1'024), read_step_max);
  message_.resize(have + step);
  stream_->stream.async_read_some(
      boost::asio::buffer(message_.data() + have, step),
      [this, have, done = std::move(done)](error_code failure, std::size_t size) {
        message_.resize(have + size);
        done(failure, 0);
      });
}

void ws_session::on_read(bool failed, std::size_t size) {
  if (failed) {
    on_stream_failed();
    return;
  }
  heard();
  message_.append(idle_room_.data(), size);
  if (stream_->stream.is_message_done())
    on_message_complete();
  if (!finishing())
    read();
}

void ws_session::heard() {
  last_heard_ = steady_now();
  if (std::exchange(pinged_, false) && stage_ == stage::open)
    wake_at(last_heard_ + loop_.limits().ping_interval);
}

void ws_session::on_message_complete() {
  loop_.counters().messages_in.add();
  std::string message = std::exchange(message_, {});
  if (stage_ != stage::open)
    return;
  const bool is_text = stream_->stream.got_text();
  // Beast does not look at the end of a text whose last fragment is empty.
  if (is_text && ends_inside_character(message)) {
    close(close_code::bad_payload, "text is not UTF-8");
    finish(ending::lingering);
    return;
  }
  loop_.knock().on_message(id(), std::move(message), is_text);
}

void ws_session::on_stream_failed() {
  const error_code failure = failure_;
  if (failure == websocket::error::closed) {
    // Both close frames are there, or ours is queued: RFC 6455 leaves closing TCP to the server.
    stage_ = stage::over;
    const auto& said = stream_->stream.reason();
    const std::string_view reason(said.reason.data(), said.reason.size());
    report_close(said.code == 0 ? no_status : said.code, ended_by::client, reason);
    finish(ending::at_once);
    return;
  }
  const std::uint16_t code = code_for(failure);
  if (code == no_close)
    return lose(failure);
  report_close(code, ended_by::host, failure.message());
  stage_ = stage::over;
  finish(ending::lingering);  // Beast has queued the close frame
}

// -- writing --

void ws_session::append_from_stream(std::string_view bytes) {
  if (stage_ == stage::close_sent || stage_ == stage::over)
    return;
  constexpr char close_byte = '\x88';
  if (stage_ == stage::open && !bytes.empty() && bytes.front() == close_byte) {
    stage_ = stage::close_sent;
    note_queue_at_close();
    // Beast echoes any code from 3000 up; RFC 6455 section 7.4.2 ends at 4999.
    if (code_in(bytes) > 4'999) {
      append(close_wire(close_code::protocol_error, "no such close code"));
      return;
    }
  }
  append(bytes);
  if (stage_ == stage::open && !given_up_ &&
      outbound_.size() > loop_.limits().outbound_max_bytes + own_reserve)
    give_up();
}

// -- ending --

void ws_session::close(std::uint16_t code, std::string_view reason) {
  if (stage_ != stage::open || finishing())
    return;
  say_goodbye(close_wire(code, reason), stage::close_sent, code, reason);
  set_deadline(steady_now() + loop_.limits().ping_timeout);
}

void ws_session::stop() {
  if (stage_ == stage::handshake)
    return;  // on_accepted() stops it
  close(close_code::going_away, "this host is stopping");
  if (stage_ == stage::close_sent && !finishing())
    set_deadline(steady_now() + goodbye_time);
}

void ws_session::on_deadline(tick_time now) {
  const auto& limits = loop_.limits();
  if (stage_ != stage::open) {
    if (loop_.stopping() && !outbound_.empty())
      return set_deadline(now + goodbye_time);  // io_thread has the last word on how long
    drop();  // the client did not answer our close, or not even the handshake
    return;
  }
  if (is_behind_too_long(now))
    return;
  if (last_heard_ + limits.ping_interval > now) {
    wake_at(last_heard_ + limits.ping_interval);
  } else if (!pinged_) {
    ping();
    wake_at(now + limits.ping_timeout);
  } else if (ping_is_late()) {
    wake_at(now + limits.ping_timeout);
  } else {
    close(close_code::ping_timeout, "no answer to a ping");
    finish(ending::at_once);
  }
}

tick_time ws_session::next_look() const {
  const auto& limits = loop_.limits();
  return pinged_ ? steady_now() + limits.ping_timeout : last_heard_ + limits.ping_interval;
}

void ws_session::ping() {
  pinged_ = true;
  ping_was_late_ = false;
  append(ping_wire());
  mark_progress();
}

// Nothing was heard since the ping. Who takes what waits for it, only slowly, is there: it may not have
// come to the ping yet, which stands in its kernel behind all that it has not read. When nothing waits any
// more, it has as long as anyone. Who takes nothing is gone.
bool ws_session::ping_is_late() {
  const progress seen = look_at_mark();
  if (seen.moved && seen.more)
    return ping_was_late_ = true;
  return seen.arrived && std::exchange(ping_was_late_, false);
}

}  // namespace carillon::edge
