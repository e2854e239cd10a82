// A machine of a simulated cluster: its disk, its clocks and its place in the network, and the
// process on it, which comes and goes. Everything that a process does later goes through here, so
// that nothing of a dead process happens and nothing of a frozen one happens in time.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/clock.hpp"
#include "tools/sim/host.hpp"

namespace carillon::sim {

struct world;

class machine final : public network_user, private doorkeeper {
public:
  machine(world& in, machine_number number, raft::member_id store_id, std::string zone);
  ~machine() override;

  machine_number number() const { return number_; }
  raft::member_id store_id() const { return store_id_; }
  std::string name() const;
  sim::disk& disk() const { return *disk_; }
  host* process() { return process_.get(); }
  const host* process() const { return process_.get(); }
  bool is_frozen() const { return frozen_; }
  // Clients get answers: a process is there and not frozen.
  bool answers() const { return process_ && !frozen_; }
  // It is of the cluster: it was there from the beginning, or has joined, and was not stopped for good.
  bool is_needed() const { return joined_ && !retired_; }
  void join() { joined_ = true; }
  void retire() { retired_ = true; }
  // Away for longer than others wait for it.
  void set_gone(bool gone) { gone_ = gone; }
  bool is_gone() const { return gone_; }
  // Its folder knows of which cluster it is: at its first start a host that joins does not.
  bool knows_cluster() const { return knows_cluster_; }
  void learn_cluster() { knows_cluster_ = true; }
  // As it announces itself in this life.
  wire::ring_member announcement() const;

  void start();
  void kill(bool power_is_cut);
  void freeze();
  void thaw();
  // The disk holds the ring view with which the cluster was founded, and nothing else.
  void format_disk();
  // The disk is as new from now on. REQUIRES: no process.
  void empty_disk();
  // A value on the disk, chosen by `number`, is not what was written. False: there is none.
  bool flip_bit(std::uint64_t number);
  // Damage that nobody has come across yet.
  bool is_damaged() const { return damaged_; }
  // REQUIRES: answers().
  void look_for_damage();

  // -- clocks --
  tick_time steady_now() const;
  timestamp wall_now() const;
  void step_wall(std::int64_t milliseconds) { wall_offset_ += milliseconds * 1'000; }
  void set_drift(std::int64_t parts_per_million);

  // For the process: `what` happens after `delay` by this machine's clock, unless it dies before.
  void later(sim_time delay, task&& what);
  // Now, or when the machine is thawed.
  template <class Work>
  void run(Work&& what) {
    if (frozen_)
      held_.emplace_back(std::forward<Work>(what));
    else if (process_)
      what();
  }

  // -- network_user --
  bool is_up() const override { return process_ != nullptr; }
  std::uint64_t life() const override { return life_; }
  void connected(wire_id wire, machine_number peer, bool dialed) override;
  void dial_failed(machine_number peer) override;
  void frame_arrived(wire_id wire, std::string frame) override;
  void closed(wire_id wire) override;

private:
  void let_in(std::uint64_t life, task& what) override;
  void arm_tick();
  std::int64_t steady_micros() const;

  world& world_;
  const machine_number number_;
  const raft::member_id store_id_;
  const std::string zone_;
  std::unique_ptr<sim::disk> disk_;
  std::uint64_t life_ = 0;
  bool joined_ = false;
  bool retired_ = false;
  bool gone_ = false;
  bool knows_cluster_ = false;
  bool frozen_ = false;
  bool damaged_ = false;
  std::vector<task> held_;  // while frozen
  std::int64_t wall_offset_ = 0;
  std::int64_t drift_ = 0;
  std::int64_t steady_base_ = 0;  // steady time when the drift was set
  sim_time drift_since_ = 0;
  std::unique_ptr<host> process_;
};

}  // namespace carillon::sim
