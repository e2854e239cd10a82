// One RTM connection that counts what it gets without parsing it, and opening many of them. One
// thread: the loop's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/bench/byte_counter.hpp"
#include "tools/bench/figures/histogram.hpp"
#include "tools/client/rtm_client.hpp"
#include "tools/client/workforce.hpp"

namespace carillon::bench {

// "seq":17 in a frame, or "channel":"C..." in it; whatever stands first.
std::optional<std::uint64_t> number_after(std::string_view text, std::string_view mark);

// Where a mark stood in the last frame, which is about where it stands in the next one: frames of one
// run differ in a digit here and there. Looking there first is what keeps reading a delivery cheap
// beside sending it.
class mark_place {
public:
  explicit constexpr mark_place(std::string_view mark) : mark_(mark) {}
  // Where the text after the mark begins; npos: it is not there.
  std::size_t after(std::string_view payload);

private:
  std::string_view mark_;
  std::size_t last_ = 0;
};

// Shared by all listeners of a run. Those that are counted by their bytes alone have handed their
// sockets over to `counted`; the others read every message, and know so how long each is.
struct delivery_tally {
  bool measuring = false;
  std::uint64_t delivered = 0; // posts of bench::poster
  std::uint64_t bytes = 0;     // of their frames, with the heads
  std::uint64_t gaps = 0;      // deliveries whose seq was not the one after the last
  std::uint64_t counted_bytes = 0;
  std::vector<std::unique_ptr<byte_counter>> counted;
  histogram latency;           // from sending the post to reading the frame
  mark_place time{"@t="}; // poster.hpp: time_mark
  mark_place channel{"\"channel\":\""};
  mark_place seq{"\"seq\":"};
};

class listener {
public:
  listener(client::event_loop& loop, delivery_tally& tally);
  void connect(std::string_view url) { rtm_.connect(url); }
  client::rtm_client::state current() const { return rtm_.current(); }
  // Its socket, for a byte_counter. REQUIRES: ready.
  int release() { return rtm_.release(); }
  const std::string& end_words() const { return rtm_.end_words(); }

private:
  void hear(std::string_view payload);

  client::event_loop& loop_;
  delivery_tally& tally_;
  // By channel; a connection of a workload has some ten, so looking through them is quickest.
  struct channel_place {
    std::string channel;
    std::uint64_t last_seq = 0; // 0: none yet
  };
  std::uint64_t& last_seq_of(std::string_view channel);

  std::vector<channel_place> channels_;
  client::rtm_client rtm_;
};

// One connection for each of `users` (a user may stand in it more than once), each past its hello,
// spread over `hosts`. Throws client_error when one is refused.
std::vector<std::unique_ptr<listener>> connect_all(client::event_loop& loop,
                                                   const std::vector<client::endpoint>& hosts,
                                                   const std::vector<client::worker>& users,
                                                   delivery_tally& tally);

} // namespace carillon::bench
