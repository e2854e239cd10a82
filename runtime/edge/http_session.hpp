// A connection while it speaks HTTP/1.1: one request after the other, answered in the order they
// came. The next request of a pipeline is looked at when the one before is answered, so a client
// can have one request in work at a time and the rest waits in the kernel. An idle connection keeps
// no parser, and no more room than its last request took. Asked for a WebSocket, or answered with an event
// stream, it hands its socket to a session of that kind with the same id.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "runtime/edge/body_share.hpp"
#include "runtime/edge/http_text.hpp"
#include "runtime/edge/session.hpp"

namespace carillon::edge {

class http_session final : public session {
public:
  http_session(io_thread& loop, connection_id id, tcp_socket socket);
  ~http_session() override;

  void start();
  // The host has too many connections: a 503, then the end.
  void refuse();
  // The gateway's answer; null: it gave none. Ignored if request `serial` has been answered
  // already.
  void answer(std::uint32_t serial, std::unique_ptr<http_response> response);

  void stop() override;

private:
  enum class phase : std::uint8_t {
    idle,            // between requests
    head,            // some of a head has arrived
    body,            // the head is complete
    with_gateway,    // the request was handed over and is not answered yet
    before_upgrade,  // a proper upgrade waits until earlier answers are out
    before_stream,   // an event stream, until its head is out
    ending
  };
  struct parser_box;

  void on_deadline(tick_time now) override;
  void on_drained() override;
  void on_progress() override;
  void on_dropped() override;

  void read();
  void read_next_request();
  void read_rest();
  void on_readable();
  void watch_client();
  // Takes in what has arrived until more is needed or the gateway has a request.
  void advance();
  bool take_head();  // false: more is needed, or the request was refused
  bool take_body();
  // Memory for it, of what bodies may take together; false: refused.
  bool may_be_cut_last_chunk() const;
  bool has_room_for_body();
  bool put(std::size_t limit);
  void hand_over();
  void upgrade();
  void begin_stream(http_response& response);
  void open_stream();
  // Nobody waits for the answer at hand any more.
  void let_go();
  bool has_room_for(const http_response& response) const;
  void respond(const http_response& response);
  void refuse_request(const refusal& why);
  std::string remote_address() const;

  std::string remote_address_;  // asked for once
  std::string unread_;          // arrived, not parsed yet
  head_scan scan_;
  std::unique_ptr<parser_box> parser_;
  http_request request_;
  body_share body_share_;  // until the answer
  std::shared_ptr<std::atomic<bool>> is_over_;  // of a request that may wait, while it is with the gateway
  std::shared_ptr<void> stream_context_;        // before_stream
  event_marker stream_marks_;
  std::uint32_t serial_ = 0;
  phase phase_ = phase::idle;
  bool reading_ = false;
  bool stalled_ = false;  // the client does not take its answers; the next request waits
  bool keep_alive_ = true;
  bool head_only_ = false;
  bool chunks_ = false;  // the client knows them: it speaks HTTP/1.1
};

}  // namespace carillon::edge
