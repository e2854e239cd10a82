// One client of a storm: connected over RTM, member of one channel, with the place up to which it has
// that channel's messages. After a break it comes back as an application does: asks for an address,
// connects, waits for the hello, then reads from history what it missed; live messages that come
// meanwhile wait. Who carries its calls out is storm_worker. A value with a socket; one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tools/bench/storm/catch_up.hpp"
#include "tools/client/rtm_client.hpp"

namespace carillon::bench {

class storm_client {
public:
  // `from`: its own address, as endpoint::from.
  storm_client(std::string token, std::string channel, std::string from)
      : token_(std::move(token)), channel_(std::move(channel)), from_(std::move(from)) {}

  const std::string& token() const { return token_; }
  const std::string& channel() const { return channel_; }
  // The arguments of the call that asks for what is missing.
  std::string history_arguments() const;

  void connect(client::event_loop& loop, std::string_view url);
  void drop() { socket_.reset(); }
  client::rtm_client::state state() const {
    return socket_ ? socket_->current() : client::rtm_client::state::closed;
  }

  // The answer to history_arguments(): how many messages were missed. Throws client_error when there
  // is more than one page, or it is no such answer.
  std::size_t read_history(std::string_view body);

  const catch_up& messages() const { return messages_; }

private:
  void hear(std::string_view payload);

  std::string token_;
  std::string channel_;
  std::string from_;
  std::unique_ptr<client::rtm_client> socket_;
  catch_up messages_;
};

} // namespace carillon::bench
