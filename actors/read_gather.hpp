// When the reads of a group ask whether it still leads. At once, on a host that has time: what is asked
// while a round is out shares the next one. While callers wait for the host, a group begins one round in each
// `gather`, and what comes in between shares it: a round is a message to another host and one back through
// some eight threads, and everybody who comes back reads three or four groups. A read may wait for others at any
// time: what it then sees is younger.
// Pure: time is an argument.
#pragma once

#include <chrono>
#include <optional>

#include "runtime/base/clock.hpp"

namespace carillon {

class read_gather {
public:
  static constexpr std::chrono::milliseconds gather{40};

  // Something is to be read. nullopt: its round begins now; otherwise it waits until then.
  std::optional<tick_time> ask(tick_time now, bool busy) {
    if (busy && now < next_)
      return next_;
    next_ = now + gather;
    return std::nullopt;
  }

private:
  tick_time next_{};
};

}  // namespace carillon
