// How long inboxes keep what users have not seen. Pure.
#pragma once

#include <algorithm>

#include "config/settings.hpp"
#include "runtime/base/clock.hpp"

namespace carillon {

// What is older is told to nobody any more, and a cursor that is older has expired.
inline timestamp retained_since(timestamp now, const settings& config) {
  constexpr timestamp day = 86'400'000'000;
  return now - std::min(now, config.inbox.retention_days * day);
}

// Where counting a user's mentions begins: what is older may be gone, from some copies before others.
inline timestamp counted_after(timestamp last_read, timestamp now, const settings& config) {
  const timestamp since = retained_since(now, config);
  return std::max(last_read, since - std::min<timestamp>(since, 1));
}

}  // namespace carillon
