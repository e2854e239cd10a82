// A live reader of some channels as a good client is one: RTM for what is new, history for what it
// missed while it was not connected. Its merged view, in the order it came together, must equal
// history in the end (history_check.hpp). One thread: the loop's; not from inside its handlers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/support/history_check.hpp"
#include "tools/client/api_client.hpp"
#include "tools/client/rtm_client.hpp"
#include "tools/client/workforce.hpp"

namespace carillon::testing {

// Everything in the channel, oldest first, page by page backwards from the newest.
std::vector<seen_message> read_history(client::api_client& reader, const std::string& channel);
// What is newer than `after_ts`, oldest first, page by page forwards.
std::vector<seen_message> read_history_after(client::api_client& reader, const std::string& channel,
                                             const std::string& after_ts);

class channel_follower {
public:
  channel_follower(client::event_loop& loop, client::worker who,
                   const std::vector<std::string>& channels);

  // Connects, waits for the hello, then reads up on every channel. Throws client_error.
  void connect(const client::endpoint& where);
  void disconnect();
  bool is_connected() const;
  std::uint16_t close_code() const { return rtm_ ? rtm_->close_code() : std::uint16_t{0}; }

  const std::vector<seen_message>& view(const std::string& channel) const;
  // Of edits and deletions it saw live.
  const std::vector<std::uint64_t>& other_seqs(const std::string& channel) const;
  std::uint64_t last_seq(const std::string& channel) const;

private:
  struct channel_view {
    std::vector<seen_message> messages;
    std::vector<seen_message> while_reading; // live, while history is read
    std::uint64_t read_up_to = 0;            // seq; a live event up to here came by history first
    std::vector<std::uint64_t> others;
  };
  void hear(std::string_view payload);
  void read_up(client::api_client& reader, const std::string& channel);
  static void take_live(channel_view& view, const seen_message& message);

  client::event_loop& loop_;
  client::worker who_;
  std::map<std::string, channel_view> views_;
  std::unique_ptr<client::rtm_client> rtm_;
  bool reading_ = false;
};

} // namespace carillon::testing
