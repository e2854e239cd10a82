// One closed loop of chat.postMessage: posts, waits for the acknowledgement, posts again. One
// thread: the loop's.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tools/bench/figures/histogram.hpp"
#include "tools/client/http_client.hpp"
#include "tools/client/workforce.hpp"

namespace carillon::bench {

// Who posts where.
struct post_place {
  std::string token;
  std::string channel;
};

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
  std::size_t request_bytes = 0; // of the last post, and of the last answer
  std::size_t answer_bytes = 0;
};

// Every text begins with the time of sending, so that whoever gets the message can tell how long
// it took: "@t=NANOSECONDS;" of this process' steady clock.
inline constexpr std::string_view time_mark = "@t=";

// Writes requests for posts; each with a client_msg_id of its own and the time in its text.
class post_writer {
public:
  post_writer(const client::endpoint& where, std::size_t text_bytes);
  // Valid until the next call.
  std::string_view write(const post_place& place, tick_time sent_at);
  // Its client_msg_ids are "bWRITER-POST", both counted from 1.
  std::uint32_t number() const { return number_; }

private:
  std::uint32_t number_;
  std::string head_;   // up to the token
  std::string id_;     // of its client_msg_ids, up to their number
  std::string filler_; // what the text is filled up with
  std::size_t text_bytes_;
  std::uint64_t count_ = 0;
  std::string request_;
};

class poster {
public:
  // Posts to places[number], places[number + step], ... in turn, round and round. `places` outlives
  // it. `number` is unique among the posters of a run.
  poster(client::event_loop& loop, const client::endpoint& where,
         const std::vector<post_place>& places, std::size_t number, std::size_t step,
         std::size_t text_bytes, post_tally& tally);
  void start() { post(); }

private:
  void post();
  void hear(const client::http_response_view* response);

  client::event_loop& loop_;
  post_writer writer_;
  client::http_client http_;
  const std::vector<post_place>& places_;
  std::size_t step_;
  std::size_t place_;
  post_tally& tally_;
  tick_time sent_at_;
};

// Counts an answer to a post: what every kind of poster does with it. False: it was not accepted.
bool count_answer(post_tally& tally, const client::http_response_view* response);

// Throws client_error when something was refused or lost: figures of such a run are worthless.
void check_all_accepted(const post_tally& tally);

// Starts all of them, after stop_posting() too.
void start_posting(std::vector<std::unique_ptr<poster>>& posters, post_tally& tally);

// Stops all posters and waits until nothing is on the way. Throws client_error after 30 s.
void stop_posting(client::event_loop& loop, post_tally& tally);

} // namespace carillon::bench
