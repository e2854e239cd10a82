// The people who look after the ring of a run: they say a word to some host, again until it is obeyed or
// refused, two of them at once now and then; and they stop the machine of a host that has left.
#pragma once

#include <map>
#include <string>

#include "tools/sim/world.hpp"

namespace carillon::sim {

class operators {
public:
  explicit operators(world& in) : world_(in) {}  // which outlives this

  void begin();
  // REQUIRES: is_word(what.kind).
  void say(const fault& what);
  // Nothing is held back any more, and hosts that have left stay away.
  void finish();

private:
  struct word {
    wire::ring_command command;
    std::string about;         // the host or slot
    machine_number at = 0;     // who is asked first
    std::uint32_t attempts = 0;
    bool contested = false;    // another word about the same was open meanwhile
  };

  void open(word what);
  void attempt(std::uint64_t number);
  void again(std::uint64_t number);
  void answered(std::uint64_t number, const result<wire::ring_view>& told);
  void watch();
  void stop_who_left();

  world& world_;
  std::map<std::uint64_t, word> open_;
  std::uint64_t last_ = 0;
  bool finishing_ = false;
};

}  // namespace carillon::sim
