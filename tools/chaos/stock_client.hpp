// Slack's own @slack/rtm-api in a node process of its own (tests/chaos/stock_client.mjs), to see that
// a client nobody tuned for us misses nothing either. The process writes one line per message event:
// CHANNEL SEQ TS CLIENT_MSG_ID; a line "# ..." says what else happened to it. One thread: the loop's.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

#include "tools/chaos/subscriber.hpp"

namespace carillon::chaos {

class stock_client final : client::event_source {
public:
  // Why it cannot be used here; empty: it can.
  static std::string obstacle(const std::string& script);

  stock_client(client::event_loop& loop, const std::string& script, const client::worker& who,
               std::size_t host, const client::endpoint& where, const subscriber::listener& told);
  ~stock_client() override;

  bool is_connected() const { return connected_; }
  std::size_t host() const { return host_; }
  std::uint64_t events() const { return events_; }
  std::uint64_t last_seq(const std::string& channel_id) const;
  const std::map<std::string, std::vector<stretch>, std::less<>>& seen() const { return seen_; }

private:
  void on_ready(std::uint32_t events) override;
  void hear(std::string_view line);

  client::event_loop& loop_;
  const std::size_t host_;
  const subscriber::listener& told_;
  pid_t pid_ = -1;
  int output_ = -1;
  std::string partial_;
  bool connected_ = false;
  std::uint64_t events_ = 0;
  std::map<std::string, std::vector<stretch>, std::less<>> seen_;
};

} // namespace carillon::chaos
