// What happened in a run, as short lines of numbers, and their sum: two runs are the same when their
// hashes are. Lines are formatted only when somebody wants to read them.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

#include "tools/sim/timeline.hpp"

namespace carillon::sim {

class trace {
public:
  // `to`: where lines are printed; null: nowhere.
  explicit trace(std::ostream* to) : to_(to) {}

  void note(sim_time when, std::string_view what, std::uint64_t a = 0, std::uint64_t b = 0,
            std::uint64_t c = 0, std::uint64_t d = 0) {
    mix(when);
    for (char letter : what)
      mix(static_cast<unsigned char>(letter));
    mix(a);
    mix(b);
    mix(c);
    mix(d);
    if (to_)
      print(when, what, a, b, c, d);
  }
  std::uint64_t hash() const { return hash_; }

private:
  void mix(std::uint64_t x) {
    hash_ = (hash_ ^ x) * 0x9fb21c651e98df25ULL;
    hash_ ^= hash_ >> 32;
  }
  void print(sim_time when, std::string_view what, std::uint64_t a, std::uint64_t b,
             std::uint64_t c, std::uint64_t d);

  std::ostream* to_;
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

}  // namespace carillon::sim
