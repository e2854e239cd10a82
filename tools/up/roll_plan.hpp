// A rolling change of program, one step at a time: what to do next follows from what is there, not from
// what was done before. So whoever takes it up again, after a crash of this tool or of a host, goes on
// where it stood. Pure.
//
// One host after the other: it rests (gives its leaderships and its clients away), ends, starts with the
// new program, catches up, is taken in again. The next one begins when the ring is whole. The host that
// leads the ring comes last, or its work would move again and again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace carillon::up {

struct roll_host {
  std::string name;
  bool renewed = false;   // runs the new program, or is to be started with it
  bool rests = false;     // by the ring
  bool answers = false;   // to the others, and is no longer starting
  std::uint32_t leads = 0;
  std::uint64_t clients = 0;  // WebSockets
};

struct roll_sight {
  std::vector<roll_host> hosts;  // in the order of the list
  std::string ring_leader;
  std::string lacks;             // of the ring, apart from the host that rests; empty: whole
  bool can_rest = true;          // all members know the word
  bool clients_had_time = false; // the host that rests: those who are there now will not go by themselves
};

struct roll_step {
  enum class kind { wait, rest, renew, take_in, done, impossible };
  kind what = kind::wait;
  std::string host;   // of rest, renew, take_in
  std::string words;  // what it waits for, or why it cannot go on
  bool operator==(const roll_step&) const = default;
};

roll_step next_step(const roll_sight& now);

}  // namespace carillon::up
