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

}  // namespace carillon
