#include "runtime/edge/http_session.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <optional>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include "runtime/edge/event_stream.hpp"
#include "runtime/edge/io_thread.hpp"
#include "runtime/edge/ws_session.hpp"

namespace carillon::edge {

namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

// Answers that a client has not taken yet; above it, its next pipelined request waits.
constexpr std::size_t unsent_answers_max = 65'536;

// Bytes of a request that are read without being waited for first: at most so many, and only where a
// request before has left room.
constexpr std::size_t next_request_max = 2'048;
constexpr std::size_t next_request_min = 64;

// The promise that every request is answered once: by the gateway, or, when the gateway lets go of
// it, by the 504 that the session makes of an empty answer.
class answer_ticket {
public:
  answer_ticket(std::shared_ptr<command_queue> to, connection_id who, std::uint32_t serial)
      : to_(std::move(to)), who_(who), serial_(serial) {}
  ~answer_ticket() { give(nullptr); }
  answer_ticket(const answer_ticket&) = delete;
  answer_ticket& operator=(const answer_ticket&) = delete;

  void give(std::unique_ptr<http_response> response) {
    if (given_.exchange(true))
      return;
    const bool may_wait = response != nullptr && response->may_wait;
    to_->push(answer_command{who_, serial_, std::move(response)}, may_wait);
  }

private:
  std::shared_ptr<command_queue> to_;
  connection_id who_;
  std::uint32_t serial_;
  std::atomic<bool> given_{false};
};

refusal refusal_for(error_code failure) {
  if (failure == http::error::body_limit)
    return {413, "the request body is over the limit"};
  if (failure == http::error::header_limit)
    return {431, "the request head is over the limit"};
  return {400, "the request is not well-formed HTTP/1.1"};
}

}  // namespace

struct http_session::parser_box {
  http::request_parser<http::string_body> parser;
};

http_session::http_session(io_thread& loop, connection_id id, tcp_socket socket)
    : session(loop, id, std::move(socket)) {}

http_session::~http_session() = default;

void http_session::start() {
  set_deadline(steady_now() + loop_.limits().keep_alive_timeout);
  read();
}

void http_session::refuse() {
  loop_.counters().refused.add();
  refuse_request({503, "this host has as many connections as it may"});
}

void http_session::stop() {
  keep_alive_ = false;
  if (phase_ == phase::idle)
    finish(ending::at_once);
  else if (phase_ == phase::head || phase_ == phase::body)
    refuse_request({503, "this host is stopping"});
  else if (phase_ == phase::with_gateway && is_over_)  // it may ask another host, and has time
    answer(serial_, std::make_unique<http_response>(
                        loop_.knock().error_response(503, "this host is stopping")));
}

void http_session::on_deadline(tick_time) {
  switch (phase_) {
  case phase::head:
    refuse_request({408, "the request head took too long"});
    break;
  case phase::body:
    refuse_request({408, "the request body took too long"});
    break;
  case phase::with_gateway:
    answer(serial_, nullptr);
    break;
  default:
    drop();
  }
}

// -- reading --

void http_session::read() {
  if (reading_ || finishing())
    return;
  reading_ = true;
  if (phase_ == phase::idle && unread_.empty() && unread_.capacity() > next_request_min) {
    read_next_request();
    return;
  }
  socket_.async_wait(tcp_socket::wait_read, [this, self = shared_from_this()](error_code failure) {
    reading_ = false;
    if (finishing())
      return;
    if (failure)
      drop();
    else
      on_readable();
  });
}

// Into the room that the request before has left: Asio tries to read, which is less work for the
// kernel than asking it to say again when there is something, and reads as soon as there is. Only
// between requests, where the connection can end but not linger.
void http_session::read_next_request() {
  unread_.resize(std::min(unread_.capacity(), next_request_max));
  socket_.async_read_some(
      boost::asio::buffer(unread_.data(), unread_.size()),
      [this, self = shared_from_this()](error_code failure, std::size_t size) {
        reading_ = false;
        const bool filled = size == unread_.size();
        unread_.resize(size);
        if (finishing())
          return;
        if (failure == boost::asio::error::eof)
          return finish(ending::at_once);
        if (failure)
          return drop();
        if (filled)
          read_rest();
        advance();
      });
}

// What came with a request that is larger than the one before. How reading fails is heard of next time.
void http_session::read_rest() {
  const auto room = loop_.scratch();
  error_code failure;
  const std::size_t size = socket_.read_some(room, failure);
  if (!failure)
    unread_.append(static_cast<const char*>(room.data()), size);
}

void http_session::on_readable() {
  // A wait that is left from watch_client(), whose request has its answer: who wants to read waits anew.
  if (phase_ > phase::body && !is_over_)
    return;
  const auto room = loop_.scratch();
  error_code failure;
  const std::size_t size = socket_.read_some(room, failure);
  if (failure == boost::asio::error::would_block) {
    read();
  } else if (failure == boost::asio::error::eof && is_over_) {
    drop();  // who waits for news keeps its end open
  } else if (failure == boost::asio::error::eof) {
    finish(ending::at_once);  // it may still read the answers it has coming
  } else if (failure) {
    drop();
  } else {
    unread_.append(static_cast<const char*>(room.data()), size);
    if (is_over_)
      watch_client();
    else
      advance();
  }
}

// While it waits for news: what it sends meanwhile is kept, so that its end is seen behind that. One that
// sends more than a head is watched no further, and waits until its time is over.
void http_session::watch_client() {
  if (is_over_ && unread_.size() < loop_.limits().header_max_bytes)
    read();
}

void http_session::advance() {
  while (!finishing()) {
    if (outbound_.size() > unsent_answers_max) {
      stalled_ = true;
      return;
    }
    if ((phase_ == phase::idle || phase_ == phase::head) && !take_head())
      break;
    if (phase_ == phase::body && !take_body())
      break;
    hand_over();
    if (phase_ != phase::idle)
      return;
  }
  read();
}

bool http_session::take_head() {
  if (phase_ == phase::idle) {
    // Empty lines before a request are forgiven: one at least (RFC 9112 section 2.2), and since they may
    // come one by one, all. Nothing is waited longer for.
    std::size_t empty = 0;
    while (std::string_view(unread_).substr(empty).starts_with("\r\n"))
      empty += 2;
    unread_.erase(0, empty);
    if (unread_.empty() || unread_ == "\r")
      return false;
    phase_ = phase::head;
    scan_ = {};
    set_deadline(steady_now() + loop_.limits().header_timeout);
  }
  const std::size_t max = loop_.limits().header_max_bytes;
  const auto verdict = scan_.look(unread_);
  if (verdict == head_scan::verdict::malformed) {
    refuse_request({400, "the request is not well-formed HTTP/1.1"});
    return false;
  }
  if (scan_.size > max || (verdict == head_scan::verdict::incomplete && unread_.size() >= max)) {
    refuse_request({431, "the request head is over the limit"});
    return false;
  }
  if (verdict == head_scan::verdict::incomplete)
    return false;

  parser_ = std::make_unique<parser_box>();
  parser_->parser.eager(true);
  parser_->parser.header_limit(std::numeric_limits<std::uint32_t>::max());  // checked above
  parser_->parser.body_limit(loop_.limits().body_max_bytes);
  if (!put(scan_.size))
    return false;
  const auto& head = parser_->parser.get();
  if (auto why = check_head(head)) {
    refuse_request(*why);
    return false;
  }
  if (!has_room_for_body())
    return false;
  if (remote_address_.empty())
    remote_address_ = remote_address();
  request_ = to_gateway_request(
      head, client_address(head, remote_address_, loop_.limits().trusted_proxies));
  keep_alive_ = head.keep_alive() && !loop_.stopping();
  chunks_ = head.version() >= 11;
  head_only_ = head.method() == http::verb::head;
  phase_ = phase::body;
  set_deadline(steady_now() + loop_.limits().body_timeout);
  if (!parser_->parser.is_done() && unread_.empty() && head.version() >= 11 &&
      head.count(http::field::expect) > 0)
    append("HTTP/1.1 100 Continue\r\n\r\n");
  return true;
}

bool http_session::take_body() {
  if (!parser_->parser.is_done() && !unread_.empty() && !may_be_cut_last_chunk() &&
      !put(unread_.size()))
    return false;
  if (!has_room_for_body())
    return false;
  if (parser_->parser.is_done())
    return true;
  // What the parser leaves of a body is the head of a chunk, or trailers: bounded like a head.
  if (unread_.size() > loop_.limits().header_max_bytes)
    refuse_request({400, "a chunk's header is over the limit"});
  return false;
}

// Beast asserts that whoever showed it the line of a last chunk comes again with five bytes at least,
// which is what the shortest one has with its end: "0\r\n\r\n". Fewer end no body, so they wait.
bool http_session::may_be_cut_last_chunk() const {
  return parser_->parser.chunked() && unread_.size() < 5 && unread_.front() == '0';
}

// A body of declared length counts whole from its head on, since all of its memory is taken with its
// first byte; one in chunks as it grows.
bool http_session::has_room_for_body() {
  const auto declared = parser_->parser.content_length().value_or(0);
  if (body_share_.grow_to(std::max<std::size_t>(declared, parser_->parser.get().body().capacity())))
    return true;
  refuse_request({429, "too many large requests are being read"});
  return false;
}

// Gives the parser the first `limit` unread bytes and drops what it took.
bool http_session::put(std::size_t limit) {
  error_code failure;
  std::size_t taken = 0;
  while (taken < limit && !parser_->parser.is_done()) {
    const std::size_t step =
        parser_->parser.put(boost::asio::buffer(unread_.data() + taken, limit - taken), failure);
    taken += step;
    if (failure || step == 0)
      break;
  }
  unread_.erase(0, taken);
  if (failure && failure != http::error::need_more) {
    refuse_request(refusal_for(failure));
    return false;
  }
  return true;
}

// -- a whole request --

void http_session::hand_over() {
  ++serial_;
  loop_.counters().requests.add();
  request_.body = std::move(parser_->parser.get().body());
  request_.received = steady_now();
  if (asks_for_websocket(parser_->parser.get())) {
    if (auto why = check_upgrade(parser_->parser.get())) {
      refuse_request(*why);
      return;
    }
    phase_ = phase::before_upgrade;
    if (outbound_.empty())
      upgrade();
    else
      flush();  // on_drained() goes on, now or later
    return;
  }
  parser_.reset();
  phase_ = phase::with_gateway;
  const auto patience = std::min(loop_.knock().patience(request_), loop_.limits().poll_max);
  if (patience > patience.zero())
    request_.is_over = is_over_ = std::make_shared<std::atomic<bool>>(false);
  set_deadline(steady_now() + loop_.limits().request_deadline + std::max(patience, patience.zero()));
  auto ticket = std::make_shared<answer_ticket>(loop_.commands(), id(), serial_);
  loop_.ask_later(std::move(request_), [ticket = std::move(ticket)](http_response response) {
    ticket->give(std::make_unique<http_response>(std::move(response)));
  });
  watch_client();
}

void http_session::answer(std::uint32_t serial, std::unique_ptr<http_response> response) {
  if (serial != serial_ || phase_ != phase::with_gateway || finishing())
    return;
  if (response != nullptr && response->event_stream && response->status == 200)
    return begin_stream(*response);
  const bool is_good = response != nullptr && response->status >= 200 && response->status <= 599;
  if (is_good && has_room_for(*response))
    respond(*response);
  else if (is_good)
    respond(loop_.knock().error_response(503, "clients that read too slowly keep the room for long answers"));
  else
    respond(loop_.knock().error_response(504, "no answer in time"));
  advance();
}

// Long answers that nobody reads may take what all queues may hold together, and no more.
bool http_session::has_room_for(const http_response& response) const {
  return response.body.size() <= outbound_budget::small_queue || loop_.outbound_limit() > 0;
}

void http_session::respond(const http_response& response) {
  let_go();
  body_share_.release();
  append(response_text(response, {keep_alive_, head_only_, loop_.http_date()}));
  phase_ = phase::idle;
  set_deadline(steady_now() + loop_.limits().keep_alive_timeout);
  if (!keep_alive_) {
    phase_ = phase::ending;
    finish(ending::lingering);
  }
}

void http_session::refuse_request(const refusal& why) {
  auto response = loop_.knock().error_response(why.status, why.reason);
  response.status = why.status;
  if (why.status == 426)
    response.headers.emplace_back("Sec-WebSocket-Version", "13");
  keep_alive_ = false;
  respond(response);
}

void http_session::let_go() {
  if (auto waited = std::exchange(is_over_, nullptr))
    waited->store(true);
}

void http_session::on_dropped() {
  let_go();
}

void http_session::on_drained() {
  if (phase_ == phase::before_stream) {
    open_stream();
  } else if (phase_ == phase::before_upgrade) {
    upgrade();
    if (phase_ == phase::idle)  // refused, and the connection lives on
      advance();
  } else if (std::exchange(stalled_, false)) {
    advance();
  }
}

void http_session::on_progress() {
  if (phase_ == phase::idle)
    set_deadline(steady_now() + loop_.limits().keep_alive_timeout);
}

void http_session::upgrade() {
  std::shared_ptr<void> context;
  http_response refused;
  const std::string key(parser_->parser.get()[http::field::sec_websocket_key]);
  if (!loop_.knock().on_upgrade(request_, context, refused)) {
    parser_.reset();
    if (refused.status < 200 || refused.status > 599)
      refused = loop_.knock().error_response(500, "the upgrade was refused without an answer");
    respond(refused);
    return;
  }
  auto successor = std::make_shared<ws_session>(loop_, id(), release_socket(), std::move(unread_),
                                                std::move(context));
  loop_.replace(*this, successor);
  successor->start(key);
}

// Its bytes do not end before the connection does, and nothing is read of it any more.
void http_session::begin_stream(http_response& response) {
  let_go();
  body_share_.release();
  append(stream_head_text(response, chunks_, loop_.http_date()));
  if (head_only_) {
    phase_ = phase::ending;
    finish(ending::lingering);
    return;
  }
  stream_context_ = std::move(response.context);
  stream_marks_ = std::move(response.marks);
  phase_ = phase::before_stream;
  set_deadline(steady_now() + loop_.limits().ping_timeout);
}

void http_session::open_stream() {
  auto successor = std::make_shared<event_stream>(loop_, id(), release_socket(), chunks_,
                                                  std::move(stream_context_), std::move(stream_marks_));
  loop_.replace(*this, successor);
  successor->start();
}

std::string http_session::remote_address() const {
  error_code failure;
  const auto peer = socket_.remote_endpoint(failure);
  return failure ? std::string() : peer.address().to_string();
}

}  // namespace carillon::edge
