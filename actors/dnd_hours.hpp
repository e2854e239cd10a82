// When a user is not to be disturbed: hours of the day in their time zone (over midnight too), and a
// snooze. Time zones are the machine's tz database, through Howard Hinnant's date library. Pure but for
// reading that; any thread.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/clock.hpp"
#include "runtime/wire/event.pb.h"

namespace carillon {

struct dnd_times {
  bool quiet = false;
  timestamp quiet_until = 0;  // while quiet
  bool snoozing = false;
  // The hours that it is in, or else the next ones; 0: the user has none.
  timestamp start = 0;
  timestamp end = 0;
};
dnd_times dnd_at(const wire::push_user& said, timestamp now);

// "Europe/Berlin", "UTC"
bool is_time_zone(std::string_view name);

}  // namespace carillon
