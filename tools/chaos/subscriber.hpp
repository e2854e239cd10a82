// A subscriber of a chaos run: stays connected over RTM, to another host when its own is gone, and
// checks live that every channel's seq rises by one. As the SDKs do, it comes back at longer and longer
// intervals while nobody takes it, and not before they said (Retry-After). One thread: the loop's.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "tools/chaos/record.hpp"
#include "tools/client/http_client.hpp"
#include "tools/client/rtm_client.hpp"
#include "tools/client/workforce.hpp"

namespace carillon::chaos {

class subscriber {
public:
  // `lost`: the connection to this host ended; `wrong`: an event that should not have come.
  struct listener {
    std::function<void(std::size_t host, const std::string& words)> lost;
    std::function<void(const std::string& channel_id, const std::string& words)> wrong;
  };

  subscriber(client::event_loop& loop, client::worker who, std::size_t host,
             const std::vector<client::endpoint>& hosts, const listener& told);

  // Connects where need be; called every few milliseconds.
  void tick(tick_time now);
  // Ends its connection without a word and comes back at once. Not from inside a handler of the loop.
  void drop();
  bool is_connected() const {
    return rtm_ && rtm_->current() == client::rtm_client::state::ready;
  }
  std::size_t host() const { return host_; }
  // By channel id, finished ones and the running one.
  const std::map<std::string, std::vector<stretch>, std::less<>>& seen() const { return seen_; }
  // The last seq of the running connection; 0: nothing yet.
  std::uint64_t last_seq(const std::string& channel_id) const;
  std::uint64_t events() const { return events_; }
  std::uint64_t connections() const { return connections_; }

private:
  void ask_for_url(tick_time now);
  void hear_url(const client::http_response_view* response);
  void hear(std::string_view payload);
  void elsewhere(tick_time again_at);
  void not_taken(tick_time now, int retry_after);

  client::event_loop& loop_;
  const client::worker who_;
  const std::vector<client::endpoint>& hosts_;
  const listener& told_;
  std::size_t host_;
  std::unique_ptr<client::http_client> http_;
  std::unique_ptr<client::rtm_client> rtm_;
  std::string url_;
  tick_time asked_at_, next_at_;
  bool asking_ = false;
  bool was_ready_ = false;
  std::uint32_t refusals_ = 0; // since it was connected
  std::map<std::string, std::vector<stretch>, std::less<>> seen_;
  std::uint64_t events_ = 0;
  std::uint64_t connections_ = 0;
};

} // namespace carillon::chaos
