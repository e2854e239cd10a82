// The AsyncStream between Beast's websocket::stream and a session's socket. Reads go to the socket
// (after what had arrived with the handshake); writes are taken whole into the session's queue and
// reported as done with the next turn: a completion called inline would let a flood of pings nest
// one stack frame per pong.
#pragma once

#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/role.hpp>

#include "runtime/edge/ws_session.hpp"

namespace carillon::edge {

class ws_layer {
public:
  using executor_type = boost::asio::io_context::executor_type;

  explicit ws_layer(ws_session& owner) : owner_(owner) {}

  executor_type get_executor() noexcept { return owner_.socket_.get_executor(); }

  template <class MutableBuffers, class Handler>
  void async_read_some(const MutableBuffers& room, Handler&& handler) {
    if (owner_.early_.empty()) {
      owner_.socket_.async_read_some(room, std::forward<Handler>(handler));
      return;
    }
    const std::size_t size = boost::asio::buffer_copy(room, boost::asio::buffer(owner_.early_));
    owner_.early_.erase(0, size);
    if (owner_.early_.empty())
      owner_.early_.shrink_to_fit();
    complete(std::forward<Handler>(handler), size);
  }

  template <class ConstBuffers, class Handler>
  void async_write_some(const ConstBuffers& bytes, Handler&& handler) {
    for (boost::asio::const_buffer part : boost::beast::buffers_range_ref(bytes))
      owner_.append_from_stream({static_cast<const char*>(part.data()), part.size()});
    complete(std::forward<Handler>(handler), boost::asio::buffer_size(bytes));
  }

  // Beast ends a connection through these; closing the socket is the session's business.
  template <class Handler>
  friend void async_teardown(boost::beast::role_type, ws_layer& layer, Handler&& handler) {
    boost::asio::post(layer.get_executor(),
                      boost::beast::bind_front_handler(std::forward<Handler>(handler),
                                                       boost::beast::error_code()));
  }
  friend void teardown(boost::beast::role_type, ws_layer&, boost::beast::error_code& failure) {
    failure = {};
  }
  friend void beast_close_socket(ws_layer&) {}

private:
  template <class Handler>
  void complete(Handler&& handler, std::size_t size) {
    boost::asio::post(get_executor(),
                      boost::beast::bind_front_handler(std::forward<Handler>(handler),
                                                       boost::beast::error_code(), size));
  }

  ws_session& owner_;
};

}  // namespace carillon::edge
