// What comes out of link_state, as values. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/wire/peer.pb.h"

namespace carillon::cluster {

using host_id = std::uint64_t;        // a store id; 0: nobody
using connection_id = std::uint64_t;  // given by the transport, never again in a process; not 0

// One of cluster.hosts.
struct peer_address {
  std::string name;
  std::string address;  // HOST:PORT
};

// A line for the log.
struct note {
  enum class severity { info, warning };
  severity how = severity::info;
  std::string words;
};

struct frame_out {
  connection_id connection = 0;
  std::string bytes;
};

// An item of a peer's. `incarnation` is that of the process that sent it.
struct arrival {
  host_id from = 0;
  std::uint64_t incarnation = 0;
  wire::peer_item item;
};

struct question_answer {
  std::uint64_t cookie = 0;
  wire::peer_reply reply;
};

// Events from this host may have been lost on their way to us.
struct events_lost {
  host_id from = 0;
  std::vector<std::uint32_t> slots;  // empty: of any
};

// Carry out in this order.
struct effects {
  std::vector<note> notes;
  std::vector<frame_out> frames;
  std::vector<connection_id> close;  // no closed() follows
  std::vector<peer_address> dial;    // connected() or dial_failed() follows, in two seconds or so
  std::vector<host_id> down;         // suspected, or its connection broke; at once, not by the tick
  std::vector<arrival> arrived;      // in the order of their sending, from each peer
  std::vector<question_answer> answers;
  std::vector<events_lost> missed;
  bool hellos_changed = false;       // look at hello_of() again
  std::string old_copy;              // not empty: a peer says that this disk is an older copy, and why

  bool empty() const {
    return notes.empty() && frames.empty() && close.empty() && dial.empty() && down.empty() &&
           arrived.empty() && answers.empty() && missed.empty() && !hellos_changed && old_copy.empty();
  }
};

// What was heard between two ticks. A host that is suspected, or whose connection broke, stands in
// `lost` once; hosts that said anything stand in `alive`.
struct heard {
  struct led {
    std::uint32_t slot = 0;
    host_id leader = 0;
    std::uint64_t term = 0;
    std::uint32_t load = 0;  // events a second
  };
  std::vector<host_id> alive;
  std::vector<host_id> lost;
  std::vector<led> leaders;  // what the newest beat of each peer said, if one came
  std::uint64_t generation = 0;  // the highest of a peer's ring view; 0: none came
};

// A peer as an operator sees it. Bytes are those of the connection at hand.
struct peer_picture {
  std::string name;
  bool up = false;
  std::chrono::microseconds heard_ago{0};  // 0 without a connection
  std::size_t queued_bytes = 0;            // waiting for its window
  std::uint64_t unacknowledged_bytes = 0;  // on their way
  std::uint64_t bytes_sent = 0, bytes_received = 0;
  std::uint64_t items_dropped = 0;         // since the start
  std::string trouble;                     // the last that was in the log; empty: none since
};

struct link_counters {
  std::uint64_t envelopes_out = 0, envelopes_in = 0;  // with or without items
  std::uint64_t bytes_out = 0, bytes_in = 0;          // of items
  std::uint64_t raft_dropped = 0, events_dropped = 0, others_dropped = 0;  // a queue was full
  std::uint64_t requests_refused = 0;                                      // the same
  std::uint64_t bad_frames = 0, hellos_refused = 0, stale_envelopes = 0;
  std::uint64_t dials_failed = 0;
};

}  // namespace carillon::cluster
