// What a run is made of: its options, and the faults that will happen when. Both are drawn from the
// seed before the run begins, as plain values, so that a failing run can be played again with fewer
// faults (shrink.hpp) and printed as a small script. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/random.hpp"
#include "tools/sim/timeline.hpp"

namespace carillon::sim {

// What kind of trouble a seed is about. `mixed` draws one of the others by the seed.
enum class profile : std::uint8_t {
  calm, flaky, partitions, crashes, disks, clocks, freezes, storm, everything, ring, sync, mixed
};
std::string_view to_string(profile what);
// Throws std::invalid_argument for a name that is none.
profile parse_profile(std::string_view name);

struct run_options {
  std::uint64_t seed = 1;
  std::uint32_t minutes = 1;
  std::uint32_t hosts = 0;  // 3 or 5; 0: drawn, mostly 3
  profile weather = profile::mixed;
  // Ways in which the shells of a run go wrong on purpose, for the tests of the checks themselves:
  // the cores stay as they are.
  struct lies {
    bool disk_forgets_syncs = false;   // a sync that reports success and keeps nothing safe
    bool answers_before_commit = false;  // posts are acknowledged when they are proposed
    bool activates_early = false;        // channels are read from tables that lack what is committed
    bool shows_before_commit = false;    // hubs are told when a post is proposed
    bool same_name_new_disk = false;   // an emptied disk comes back under its old store id
    bool leaves_unasked = false;       // replicas are erased on the word of a host's view alone
    bool plans_early = false;          // who leads the ring plans before it knows what was committed
  } lying;
};

enum class fault_kind : std::uint8_t {
  kill,         // the process dies; the disk keeps what the system had taken in
  power_cut,    // the machine dies: what was not synced is gone, the last batch is torn
  blackout,     // power_cut of all machines at once
  freeze,       // the process stands still (SIGSTOP), and goes on later
  partition,    // `host` on one side, everyone else on the other
  deaf,         // `host` hears nobody; it is heard (one-way)
  mute,         // nobody hears `host`; it hears (one-way)
  cut_pair,     // `host` and `other` do not reach each other; a third reaches both
  flaky,        // every packet may be lost, late, out of order or repeated: `amount` per thousand
  slow_net,     // every packet takes `amount` ms longer
  slow_disk,    // every sync of `host` takes `amount` times as long
  full_disk,    // writes of `host` fail; the process is restarted when there is room again
  flip_bit,     // one bit of a stored value of `host` turns; `amount` chooses where. Mended: somebody
                // reads all of that disk, if nobody came across the damage before
  clock_step,   // the wall clock of `host` jumps by `amount` ms
  clock_drift,  // both clocks of `host` run fast by `amount` parts per million
  // Of a ring in motion:
  join,         // `host`, which was not there yet, starts with the address of another
  gone,         // `host` is away for longer than the grace time: others are to take its places
  drain,        // an operator's words, said to `other`: `host` is to hold nothing,
  serve,        // to hold its share again,
  leave,        // to leave (it is stopped once it has left),
  weigh,        // to have the weight `amount`;
  pin,          // the slot `amount` is to be led by `host`,
  unpin,        // by nobody in particular;
  hold,         // no move is to begin,
  release,      // or they are again
  ambush,       // waits for the move_step `host` of some move, then strikes the victim `other`: killed, cut
                // from power, frozen or partitioned, as `amount` % 4 says, `amount` / 4 ms later
};
std::string_view to_string(fault_kind kind);
// Nothing is wrong with anybody: the ring is to change.
bool is_word(fault_kind kind);
// A host does not answer, or hears nobody, or is not heard.
bool takes_host_away(fault_kind kind);

struct fault {
  fault_kind kind = fault_kind::kill;
  sim_time at = 0;
  sim_time lasts = 0;        // until it is mended: the restart, the healing; 0 where nothing ends
  std::uint32_t host = 0;    // by number, from 0
  std::uint32_t other = 0;
  std::int64_t amount = 0;
  std::string describe() const;  // one line of a script: "12.345 s  kill host 2, back after 1.2 s"
};

// Faults of a run in the order of their times. Never more than a minority of hosts is away or
// damaged at once, except in a blackout and in a storm, where hosts come and go faster than leaders
// are elected (and no disk is damaged): nothing may be lost then, and all comes back afterwards.
struct plan {
  profile weather = profile::calm;
  std::uint32_t hosts = 3;
  std::uint32_t spares = 0;  // hosts that may join, with the numbers after those
  std::uint32_t zones = 0;   // by number in turn; 0: nobody says where it is
  std::uint32_t slots = 2;   // a power of two, without the meta group
  bool is_ring() const { return weather == profile::ring; }
  bool has_devices() const { return weather == profile::sync; }
  std::vector<fault> faults;
};
plan draw_plan(const run_options& how);
// Of the profile `ring`: who joins, goes and dies, and what operators say (ring_plan.cpp).
void draw_ring(plan& drawn, const run_options& how, random_source& chance);

}  // namespace carillon::sim
