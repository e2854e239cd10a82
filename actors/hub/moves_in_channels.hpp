// What subscription_table goes by when people come and go: their place in a list of channels, and the events
// of a channel that say so.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

#include "runtime/base/ids.hpp"
#include "runtime/wire/event.pb.h"

namespace carillon {

// Elements: subscription_table::membership.
template <class List>
auto find_in(List& list, const entity_id& channel) {
  return std::find_if(list.begin(), list.end(),
                      [&](const auto& known) { return known.channel == channel; });
}

inline std::optional<entity_id> mover(const wire::channel_event& event, std::string_view subtype) {
  if (event.kind() != wire::EVENT_MESSAGE || event.message().subtype() != subtype)
    return std::nullopt;
  return entity_id::parse(event.message().user());
}
inline std::optional<entity_id> joiner(const wire::channel_event& event) {
  return mover(event, "channel_join");
}
inline std::optional<entity_id> leaver(const wire::channel_event& event) {
  return mover(event, "channel_leave");
}

}  // namespace carillon
