// Coordination by the hosts alone: who leads the meta group leads the ring, in the group's term, and the
// group's log takes a view or does not.
#pragma once

#include "actors/coordination.hpp"

namespace carillon {

class embedded_coordination final : public coordination {
public:
  struct house {
    std::function<std::optional<std::uint64_t>()> serves;  // the term in which the group is led here
    std::function<void(const wire::ring_view& next, told then)> put;  // into its log
  };
  explicit embedded_coordination(house around) : around_(std::move(around)) {}

  void look(bool, const wire::ring_view&, tick_time) override {}
  std::optional<std::uint64_t> leads() const override { return around_.serves(); }
  void change(const wire::ring_view&, wire::ring_view next, told then) override {
    around_.put(next, std::move(then));
  }
  std::string standstill() const override { return {}; }

private:
  const house around_;
};

}  // namespace carillon
