// What lies between the machines of a run: connections that keep the order of what is sent on them,
// as TCP does, over wires that are late, lossy or cut. Loss on a connection is a wait (it is sent
// again); a cut is a wait until it is mended, or for ever. Loss, repeats and disorder of single Raft
// messages are made behind the link (host.cpp), where the cores must bear them.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/base/random.hpp"
#include "tools/sim/timeline.hpp"

namespace carillon::sim {

using machine_number = std::uint32_t;
using wire_id = std::uint64_t;  // one connection, the same number on both sides; never again in a run

// A machine as the network sees it.
class network_user {
public:
  virtual ~network_user() = default;
  virtual bool is_up() const = 0;       // a process is there to accept a connection
  virtual std::uint64_t life() const = 0;  // of that process: another one after every restart
  virtual void connected(wire_id wire, machine_number peer, bool dialed) = 0;
  virtual void dial_failed(machine_number peer) = 0;
  virtual void frame_arrived(wire_id wire, std::string frame) = 0;
  virtual void closed(wire_id wire) = 0;
};

class network {
public:
  struct counters {
    std::uint64_t frames = 0;
    std::uint64_t resent = 0;
    std::uint64_t stalled = 0;
    std::uint64_t connections = 0;
    std::uint64_t broken = 0;
  };

  network(timeline& time, random_source& chance, counters& count)
      : time_(time), chance_(chance), count_(count) {}
  void add(network_user& machine);  // in the order of their numbers

  void dial(machine_number from, machine_number to);
  void send(machine_number from, wire_id wire, std::string frame);
  void close(machine_number from, wire_id wire);
  // The process on `machine` is gone. `silently`: nobody tells the others.
  void process_gone(machine_number machine, bool silently);

  // Nothing passes from `from` to `to` until it was mended as often as it was cut.
  void cut(machine_number from, machine_number to);
  void mend(machine_number from, machine_number to);
  bool passes(machine_number from, machine_number to) const { return cuts_[from][to] == 0; }
  // Per thousand packets, and for every packet; they add up.
  void add_flakiness(std::int64_t per_thousand) { flaky_ += per_thousand; }
  void add_delay(std::int64_t milliseconds) { slow_ += milliseconds; }
  std::int64_t flakiness() const { return flaky_; }
  sim_time draw_delay();

private:
  struct side {
    machine_number machine = 0;
    std::uint64_t life = 0;
    bool open = true;
    sim_time last_arrival = 0;        // of what was sent to this side
    std::deque<std::string> stalled;  // on their way to this side, behind a cut
    bool closing_stalled = false;     // and then the news that the other end closed
  };
  struct connection {
    side sides[2];
  };

  bool is_alive(const side& at) const;
  void deliver(wire_id wire, int to, std::string frame, sim_time extra);
  void tell_closed(wire_id wire, int to);
  void unstall(wire_id wire, connection& of, int to);

  timeline& time_;
  random_source& chance_;
  counters& count_;
  std::vector<network_user*> machines_;
  std::vector<std::vector<std::uint32_t>> cuts_;
  std::unordered_map<wire_id, connection> connections_;
  wire_id last_ = 0;
  std::int64_t flaky_ = 0;
  std::int64_t slow_ = 0;
};

}  // namespace carillon::sim
