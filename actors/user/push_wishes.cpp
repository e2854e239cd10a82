#include "actors/user/push_wishes.hpp"

#include <algorithm>

namespace carillon {

user_outcome push_wishes::change(const wire::change_push& request, const std::string& team_id,
                                 timestamp now) {
  const wire::push_user before = said_;
  said_.set_user_id(owner_.text());
  if (!team_id.empty())
    said_.set_team_id(team_id);
  if (request.has_forget() && !forget(request.forget())) {
    said_ = before;
    return errc::unknown_device;
  }
  if (request.has_add())
    add(request.add(), now);
  if (auto set = set_levels(request); !set) {
    said_ = before;
    return set.error();
  }
  if (request.has_hours())
    if (auto set = set_hours(request.hours()); !set) {
      said_ = before;
      return set.error();
    }
  if (request.has_snooze_until())
    said_.set_snooze_until(request.snooze_until());
  if (request.has_dnd_ended())
    said_.set_dnd_ended(request.dnd_ended());
  return write();
}

user_decision push_wishes::list() const {
  user_decision out;
  *out.reply.mutable_push() = said_;
  return out;
}

void push_wishes::forget_device(const std::string& device, wire::user_change& into) {
  wire::change_push::forget_target which;
  which.set_device(device);
  if (forget(which))
    *into.mutable_push() = said_;
}

void push_wishes::add(const wire::push_target& target, timestamp now) {
  auto& targets = *said_.mutable_targets();
  wire::push_target kept = target;
  kept.set_registered(now);
  // What it is reached by is no other device's any more.
  targets.erase(std::remove_if(targets.begin(), targets.end(),
                               [&](const auto& each) {
                                 return each.device() != target.device() && each.token() == target.token() &&
                                        each.provider() == target.provider();
                               }),
                targets.end());
  const auto same = std::find_if(targets.begin(), targets.end(), [&](const auto& each) {
    return each.device() == target.device();
  });
  if (same != targets.end()) {
    *same = std::move(kept);
    return;
  }
  while (static_cast<std::size_t>(targets.size()) >= targets_max_)
    targets.erase(std::min_element(targets.begin(), targets.end(), [](const auto& a, const auto& b) {
      return a.registered() < b.registered();
    }));
  *targets.Add() = std::move(kept);
}

bool push_wishes::forget(const wire::change_push::forget_target& which) {
  auto& targets = *said_.mutable_targets();
  const auto found = std::find_if(targets.begin(), targets.end(), [&](const auto& each) {
    return each.device() == which.device() && (which.token().empty() || each.token() == which.token()) &&
           (which.dead_since() == 0 || each.registered() <= which.dead_since());
  });
  if (found == targets.end())
    return false;
  targets.erase(found);
  return true;
}

status push_wishes::set_levels(const wire::change_push& request) {
  if (request.has_level())
    said_.set_level(request.level());
  auto& channels = *said_.mutable_channels();
  for (const auto& wish : request.channels()) {
    const auto same = std::find_if(channels.begin(), channels.end(), [&](const auto& each) {
      return each.channel_id() >= wish.channel_id();
    });
    const bool known = same != channels.end() && same->channel_id() == wish.channel_id();
    if (known && wish.level() == wire::PUSH_DEFAULT) {
      channels.erase(same);
    } else if (known) {
      same->set_level(wish.level());
    } else if (wish.level() != wire::PUSH_DEFAULT) {
      if (channels.size() >= channels_max)
        return make_error(errc::invalid_arguments,
                          "at most " + std::to_string(channels_max) + " channels have a level of their own");
      const auto place = same - channels.begin();
      *channels.Add() = wish;
      std::rotate(channels.begin() + place, channels.end() - 1, channels.end());
    }
  }
  return ok;
}

// Of what is not said it stays as it is.
status push_wishes::set_hours(const wire::change_push::dnd_hours& wish) {
  if (wish.has_enabled())
    said_.set_dnd_enabled(wish.enabled());
  if (wish.has_start())
    said_.set_dnd_start(wish.start());
  if (wish.has_end())
    said_.set_dnd_end(wish.end());
  if (wish.has_zone())
    said_.set_dnd_zone(wish.zone());
  if (said_.dnd_enabled() && said_.dnd_start() == said_.dnd_end())
    return make_error(errc::invalid_arguments, "dnd_start and dnd_end are the same: these are no hours");
  said_.set_dnd_ended(0);
  return ok;
}

user_decision push_wishes::write() {
  auto command = std::make_shared<wire::slot_command>();
  command->mutable_user()->set_user_id(owner_.text());
  *command->mutable_user()->mutable_push() = said_;
  user_decision out;
  *out.reply.mutable_push() = said_;
  out.command = std::move(command);
  return out;
}

}  // namespace carillon
