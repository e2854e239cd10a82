// One RTM connection that counts what it gets without parsing it, and opening many of them. One
// thread: the loop's.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "tools/bench/histogram.hpp"
#include "tools/client/rtm_client.hpp"
#include "tools/client/workforce.hpp"

namespace carillon::bench {

// Shared by all listeners of a run.
struct delivery_tally {
  bool measuring = false;
  std::uint64_t delivered = 0; // posts of bench::poster
  std::uint64_t gaps = 0;      // deliveries whose seq was not the one after the last
  histogram latency;           // from sending the post to reading the frame
};

class listener {
public:
  listener(client::event_loop& loop, delivery_tally& tally);
  void connect(std::string_view url) { rtm_.connect(url); }
  client::rtm_client::state current() const { return rtm_.current(); }
  const std::string& end_words() const { return rtm_.end_words(); }

private:
  void hear(std::string_view payload);

  client::event_loop& loop_;
  delivery_tally& tally_;
  std::uint64_t last_seq_ = 0; // 0: none yet. REQUIRES one channel with posts per run
  client::rtm_client rtm_;
};

// One connection for each of `users` (a user may stand in it more than once), each past its hello.
// Throws client_error when one is refused.
std::vector<std::unique_ptr<listener>> connect_all(client::event_loop& loop,
                                                   const client::endpoint& where,
                                                   const std::vector<client::worker>& users,
                                                   delivery_tally& tally);

} // namespace carillon::bench
