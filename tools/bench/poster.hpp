// One closed loop of chat.postMessage: posts, waits for the acknowledgement, posts again. One
// thread: the loop's.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "tools/bench/histogram.hpp"
#include "tools/client/http_client.hpp"
#include "tools/client/workforce.hpp"

namespace carillon::bench {

// Shared by all posters of a run.
struct post_tally {
  bool stop = false;      // no new posts; those on the way are awaited
  bool measuring = false; // latencies are recorded
  std::uint64_t acknowledged = 0;
  std::uint64_t refused = 0; // answered, but not ok
  std::uint64_t lost = 0;    // no answer: the connection ended
  std::string first_refusal; // the first such answer, for people
  std::size_t waiting = 0;   // posts on the way
  histogram latency;
};

// Every text begins with the time of sending, so that whoever gets the message can tell how long
// it took: "@t=NANOSECONDS;" of this process' steady clock.
inline constexpr std::string_view time_mark = "@t=";

class poster {
public:
  poster(client::event_loop& loop, const client::endpoint& where, const client::worker& who,
         const std::string& channel, std::size_t text_bytes, post_tally& tally);
  void start() { post(); }

private:
  void post();
  void hear(const client::http_response_view* response);

  client::event_loop& loop_;
  client::endpoint where_;
  client::http_client http_;
  std::string token_;
  std::string body_start_; // up to the client_msg_id's number
  std::size_t text_bytes_;
  post_tally& tally_;
  std::uint64_t number_ = 0;
  tick_time sent_at_;
};

// Stops all posters and waits until nothing is on the way. Throws client_error after 30 s.
void stop_posting(client::event_loop& loop, post_tally& tally);

} // namespace carillon::bench
