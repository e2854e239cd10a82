// Whether a provider takes pushes at all, from what becomes of them: so that an outage is one line in the
// log and one metric, and not a thousand. Pure: time is an argument.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>

#include "runtime/base/clock.hpp"
#include "runtime/push/push_message.hpp"

namespace carillon {

class provider_watch {
public:
  // So many in a row that are not taken are an outage.
  static constexpr std::uint32_t failures_of_outage = 3;

  struct change {
    bool outage = false;  // begins; otherwise it is over
    std::string words;    // for the log
    std::chrono::microseconds lasted{0};  // since the first that was not taken
  };
  std::optional<change> heard(push::provider from, const push::push_outcome& how, tick_time now);
  bool is_out(push::provider which) const { return of(which).out; }

private:
  struct state {
    std::uint32_t failures = 0;  // in a row
    bool out = false;
    tick_time since{};           // of the first of them
  };
  const state& of(push::provider which) const { return states_[static_cast<std::size_t>(which)]; }

  std::array<state, push::provider_count> states_;
};

}  // namespace carillon
