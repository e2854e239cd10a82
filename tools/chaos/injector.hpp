// Begins faults, keeps them up, and heals them; any number at once. One thread; waits for nobody but
// processes that it kills.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/random.hpp"
#include "tools/chaos/fault.hpp"
#include "tools/chaos/ring_errand.hpp"
#include "tools/chaos/stage.hpp"
#include "tools/chaos/weather.hpp"

namespace carillon::chaos {

class injector {
public:
  struct surroundings {
    std::function<bool(std::size_t host)> is_well; // asked now and then while a host starts again
    std::function<void()> storm;                   // drops all subscribers' connections
    ring_access ring;
  };
  using handle = std::uint32_t;

  injector(stage& where, surroundings around) : stage_(where), around_(std::move(around)) {}

  target choose(const fault_plan& plan, random_source& chance) const;
  // Hosts whose clients may lose their connections by it.
  std::set<std::size_t> excused(const fault_plan& plan, const target& whom) const;

  handle begin(const fault_plan& plan, const target& whom, tick_time now);
  // Its time is over; it heals from now on. What can be said of how it bit, in words; empty: nothing,
  // or it had ended before.
  std::string end(handle which, tick_time now);
  // Nothing of it is under way any more.
  bool is_over(handle which) const { return !active_.contains(which); }
  // Carries on what takes time; often.
  void tick(tick_time now);
  // By a fault that is on, or still heals.
  bool may_be_down(std::size_t host) const;
  // Bytes that losses of power took from hosts so far: they were written and not synced.
  std::uint64_t bytes_lost() const { return bytes_lost_; }

private:
  // Hosts that are ended in order and started again, one after the other.
  struct restarts {
    enum class phase { to_begin, stopping, starting };
    std::vector<std::size_t> left; // the first is under way
    phase now = phase::to_begin;
    tick_time since{}, asked{};
  };
  struct fault {
    fault_plan plan;
    target whom;
    bool ended = false;
    std::uint64_t hits_before = 0;
    bool waits_for_postgres = false, waits_for_zookeeper = false;
    tick_time asked{}, launched{};
    restarts to_restart;
    std::vector<ring_errand> errands;
  };

  void apply_weather();
  void strike(fault& what, tick_time now);
  void lose_unsynced(std::size_t host);
  void heal(fault& what, tick_time now);
  void go_on_restarting(restarts& what, tick_time now);
  void go_on_with_postgres(fault& what, tick_time now);
  void go_on_with_zookeeper(fault& what, tick_time now);
  std::uint64_t hits(const target& whom) const; // of faults, as shims and cages count them
  void launch_if_down(std::size_t host);
  bool is_on(fault_kind kind, std::size_t host) const; // of any fault that has not ended

  stage& stage_;
  const surroundings around_;
  std::map<handle, fault> active_;
  handle next_ = 1;
  std::uint64_t bytes_lost_ = 0;
};

} // namespace carillon::chaos
