// The listening socket. One thread accepts and hands the sockets round to all I/O threads, itself
// among them. (SO_REUSEPORT would spare the hand-over, but it also lets a second host start on a
// port that is taken, and the two would share its clients without a word.)
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "runtime/base/result.hpp"
#include "runtime/edge/io_thread.hpp"

namespace carillon::edge {

class listener {
public:
  // The acceptor runs on the first of `threads`.
  listener(std::vector<io_thread*> threads, const edge_limits& limits);

  // "HOST:PORT", "[V6]:PORT". Returns the port. Called before the threads start.
  result<std::uint16_t> open(const std::string& address);

  // Any thread, once: no more connections.
  void close();

private:
  using executor = boost::asio::io_context::executor_type;

  void wait();
  void accept_some();
  void pause();
  std::uint64_t connections() const;

  std::vector<io_thread*> threads_;
  const edge_limits& limits_;
  boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, executor> acceptor_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>, executor>
      pause_;
  std::uint64_t handed_over_ = 0;
  bool complained_ = false;  // about descriptors, since the last accept that worked
};

}  // namespace carillon::edge
