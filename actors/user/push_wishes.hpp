// The thinking half of what a user says about pushes: which devices are reached where, what of which
// channel, when they are not to be disturbed. Runs ahead of its commits as user_state does. What each word may
// be was checked by the side that asks. Pure. Used by one actor at a time.
#pragma once

#include "actors/user/user_state.hpp"

namespace carillon {

class push_wishes {
public:
  push_wishes(entity_id owner, std::size_t targets_max) : owner_(owner), targets_max_(targets_max) {}

  // Channels with a level of their own; more are refused as invalid_arguments.
  static constexpr int channels_max = 1'000;

  void load(wire::push_user said) { said_ = std::move(said); }
  const wire::push_user& said() const { return said_; }

  // Answered with all that is said then. A target more than `targets_max`, and the one that was registered
  // first goes. unknown_device: there is none of that name to forget (or it has another token by now).
  user_outcome change(const wire::change_push& request, const std::string& team_id, timestamp now);
  user_decision list() const;
  // The user's device is forgotten: so is its target. Written into a change that is made of it.
  void forget_device(const std::string& device, wire::user_change& into);

private:
  void add(const wire::push_target& target, timestamp now);
  bool forget(const wire::change_push::forget_target& which);
  status set_levels(const wire::change_push& request);
  status set_hours(const wire::change_push::dnd_hours& wish);
  user_decision write();

  const entity_id owner_;
  const std::size_t targets_max_;
  wire::push_user said_;
};

}  // namespace carillon
