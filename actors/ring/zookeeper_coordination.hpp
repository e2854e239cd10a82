// Coordination by ZooKeeper, the ring actor's half: what the log and ZooKeeper lack of one another is
// brought there before anything new is decided. Speaks to zookeeper_actor by messages.
//
//   ZooKeeper has the later view   its writer lost the meta group before it was in the log: it goes there
//   the log has the later view     the cluster was embedded before, or ZooKeeper is empty or was put back:
//                                  it is written there
#pragma once

#include "actors/coordination.hpp"

namespace carillon {

class zookeeper_coordination final : public coordination {
public:
  struct house {
    std::function<void(bool wants)> run;                  // run_for_ring
    std::function<void(const wire::ring_view&)> keep;     // keep_view
    // Into the meta group's log; `follows`: it is the next after the newest there.
    std::function<void(const wire::ring_view& next, bool follows, told then)> put;
    std::function<void()> joined;                         // joined_ring
    std::uint64_t self = 0;                               // store id
  };
  explicit zookeeper_coordination(house around) : around_(std::move(around)) {}

  void look(bool may_lead, const wire::ring_view& view, tick_time now) override;
  std::optional<std::uint64_t> leads() const override;
  void change(const wire::ring_view& before, wire::ring_view next, told then) override;
  std::string standstill() const override;

  void lease_is(ring_lease_is what);
  void kept(const status& done);

private:
  void put(bool follows);

  const house around_;
  bool wants_ = false;
  bool joined_told_ = false;
  std::uint64_t fence_ = 0;                // 0: no lease
  std::optional<wire::ring_view> record_;  // as it stands in ZooKeeper, while there is a lease
  std::uint64_t in_log_ = 0;               // generation of the view there
  std::optional<wire::ring_view> keeping_; // on its way to ZooKeeper
  bool putting_ = false;                   // on its way into the log
  told then_;                              // of a change
  std::optional<tick_time> not_before_;    // ZooKeeper cannot take the view
  std::string refused_;                    // and why
  tick_time now_{};
};

}  // namespace carillon
