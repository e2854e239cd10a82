// An answer that does not end: Server-Sent Events, for clients that cannot hold a WebSocket. Its head is
// out when it begins. What the client sends is thrown away; its end of the connection is noticed, and one
// that is silently gone by what its kernel does not acknowledge: nobody answers a ping here.
#pragma once

#include <memory>
#include <string_view>

#include "runtime/edge/subscriber.hpp"

namespace carillon::edge {

class event_stream final : public subscriber {
public:
  // `chunked`: the client speaks HTTP/1.1.
  event_stream(io_thread& loop, connection_id id, tcp_socket socket, bool chunked,
               std::shared_ptr<void> context, event_marker marks);

  counter& counted(thread_counters& all) const override { return all.event_streams; }

  void start();
  // Sends an event `close` and ends the body.
  void close(std::uint16_t code, std::string_view reason) override;
  void stop() override;
  void end_lost() override;

private:
  void on_deadline(tick_time now) override;
  void on_drained() override;
  void on_progress() override;
  void on_input_ended(boost::system::error_code how) override;
  void on_input_excess() override;
  void before_event(const frame& what) override;
  tick_time next_look() const override;
  tick_time heard_until() const override { return arrived_until_; }

  bool is_chunked() const { return form_ == framing::chunked_events; }
  bool is_gone(tick_time now);

  const event_marker marks_;
  tick_time last_sent_{};    // the kernel took something
  tick_time marked_since_{};  // it has not arrived, as far as we saw; {}: nothing is marked
  tick_time marked_at_{};     // what was sent later is not of the mark
  tick_time arrived_until_{};
};

}  // namespace carillon::edge
