// When the user's slot is told that a device is in use: at once when it was told of nothing for
// `interval`, otherwise once when that is over. So each device says one word per interval at most,
// however many frames come, and who comes back to a device that stood idle is seen at once. Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "config/settings.hpp"
#include "runtime/base/clock.hpp"

namespace carillon {

// Whoever uses a device all the time is never found idle.
inline std::chrono::milliseconds activity_interval(const settings::presence_settings& how) {
  return std::chrono::milliseconds(
      how.auto_away_after_ms == 0 ? how.activity_interval_ms
                                  : std::min(how.activity_interval_ms, how.auto_away_after_ms / 2));
}

class activity_line {
public:
  using duration = std::chrono::milliseconds;
  explicit activity_line(duration interval) : interval_(interval) {}

  struct step {
    bool say = false;              // the word, now
    std::optional<duration> wait;  // and call waited() after this time
  };
  // Its user did something.
  step used(tick_time now) {
    used_at_ = now;
    if (waits_)
      return {};
    if (said_ && now < *said_ + interval_) {
      waits_ = true;
      return {false, std::chrono::ceil<duration>(*said_ + interval_ - now)};
    }
    said_ = now;
    return {true, std::nullopt};
  }
  // The time is over: the word is to be said.
  void waited(tick_time now) {
    waits_ = false;
    said_ = now;
  }
  // Signing in is a use, and is told by other words.
  void signed_in(tick_time now) { used_at_ = said_ = now; }

  duration idle(tick_time now) const {
    return used_at_ ? std::chrono::duration_cast<duration>(now - *used_at_) : duration(0);
  }

private:
  const duration interval_;
  std::optional<tick_time> said_;
  std::optional<tick_time> used_at_;
  bool waits_ = false;
};

}  // namespace carillon
