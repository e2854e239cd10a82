// Whether a provider takes pushes at all, from what becomes of them: so that an outage is one line in the log
// and one metric, and not a thousand.
//
// Web Push is many services, each an origin, and a user says which is theirs. One of them is out when it takes
// nothing, for more users than one: a line in the log. Web Push itself is out only when such a one is and none
// of the others takes anything either; so nobody's own dead endpoint looks like an outage.
//
// Pure: time is an argument.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/push/push_message.hpp"

namespace carillon {

class provider_watch {
public:
  // So many in a row that are not taken are an outage.
  static constexpr std::uint32_t failures_of_outage = 3;
  // Of Web Push, that failed and have not answered since; of more the one that failed longest ago is forgotten.
  static constexpr std::size_t origins_max = 1'000;

  struct source {
    push::provider via{};
    std::string origin{};    // of Web Push
    std::uint64_t user = 0;  // whose device it is
  };
  struct change {
    bool outage = false;       // begins; otherwise it is over
    bool of_provider = true;   // false: of one origin
    std::string words;         // for the log
    std::chrono::microseconds lasted{0};  // since the first that was not taken
  };
  std::vector<change> heard(const source& from, const push::push_outcome& how, tick_time now);
  bool is_out(push::provider which) const { return states_[static_cast<std::size_t>(which)].out; }

private:
  struct state {
    std::uint32_t failures = 0;  // in a row
    bool of_several = false;     // users
    bool out = false;
    std::uint64_t user = 0;      // of the first of them
    tick_time since{};
    tick_time last{};
  };
  static void fail(state& of, std::uint64_t user, tick_time now);
  static std::optional<change> begin(state& of, const std::string& name, const push::push_outcome& how, tick_time now);
  static std::optional<change> answer(state& of, const std::string& name, tick_time now);
  state& origin_of(const std::string& name);

  std::array<state, push::provider_count> states_;
  std::map<std::string, state> origins_;
  std::size_t origins_out_ = 0;
};

}  // namespace carillon
