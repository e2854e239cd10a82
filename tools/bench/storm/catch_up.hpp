// What a client has of one channel's messages, through breaks: live ones in order, after each break
// what history has since the last one, and the live ones that came before history did. Counts what
// never came. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace carillon::bench {

class catch_up {
public:
  struct place {
    std::uint64_t seq = 0;
    std::string ts;
  };

  // The connection is new: until history was read, live messages wait.
  void begin() {
    reads_live_ = false;
    ahead_.clear();
  }
  void live(place message) {
    if (reads_live_)
      go_on(std::move(message));
    else
      ahead_.push_back(std::move(message));
  }
  // Everything after last(), oldest first.
  void history(std::vector<place> missed) {
    for (place& message : missed)
      go_on(std::move(message));
    reads_live_ = true;
    for (place& message : std::exchange(ahead_, {}))
      go_on(std::move(message));
  }

  const place& last() const { return last_; } // seq 0: nothing yet
  std::uint64_t delivered() const { return delivered_; } // each message once
  std::uint64_t gaps() const { return gaps_; }           // messages that later ones show are missing

private:
  void go_on(place message) {
    if (message.seq <= last_.seq)
      return; // history and the live connection overlap
    if (last_.seq != 0)
      gaps_ += message.seq - last_.seq - 1;
    ++delivered_;
    last_ = std::move(message);
  }

  place last_;
  bool reads_live_ = false;
  std::vector<place> ahead_;
  std::uint64_t delivered_ = 0;
  std::uint64_t gaps_ = 0;
};

} // namespace carillon::bench
