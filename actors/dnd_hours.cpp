#include "actors/dnd_hours.hpp"

#include <algorithm>
#include <chrono>
#include <exception>

#include <date/tz.h>

namespace carillon {
namespace {

using microseconds = std::chrono::microseconds;
using instant = date::sys_time<microseconds>;

const date::time_zone* zone_named(std::string_view name) {
  try {
    return date::locate_zone(std::string(name));
  } catch (const std::exception&) {  // no such zone, or no database on this machine
    return nullptr;
  }
}

// A machine that lacks a zone which another one has goes by UTC.
date::local_days day_of(const date::time_zone* zone, timestamp now) {
  const instant at{microseconds(now)};
  return date::floor<date::days>(zone ? zone->to_local(at) : date::local_time<microseconds>(microseconds(now)));
}

// Where the clock is put forward over it, the moment of that; where it is put back, the first of the two.
timestamp moment(const date::time_zone* zone, date::local_days day, std::uint32_t minute) {
  const date::local_time<microseconds> local = day + std::chrono::minutes(minute);
  const microseconds since =
      zone ? zone->to_sys(local, date::choose::earliest).time_since_epoch() : local.time_since_epoch();
  return static_cast<timestamp>(std::max(since, microseconds(0)).count());
}

}  // namespace

dnd_times dnd_at(const wire::push_user& said, timestamp now) {
  dnd_times out;
  if (said.dnd_enabled() && said.dnd_start() != said.dnd_end()) {
    const auto* zone = zone_named(said.dnd_zone().empty() ? "UTC" : said.dnd_zone());
    const bool over_midnight = said.dnd_end() < said.dnd_start();
    const date::local_days today = day_of(zone, now);
    // Those that began yesterday may last; those of today may have been ended.
    for (int day = -1; day <= 2 && out.end == 0; ++day) {
      const timestamp end = moment(zone, today + date::days(day + over_midnight), said.dnd_end());
      if (end <= now || end <= said.dnd_ended())
        continue;
      out.start = moment(zone, today + date::days(day), said.dnd_start());
      out.end = end;
    }
    if (out.end != 0 && out.start <= now) {
      out.quiet = true;
      out.quiet_until = out.end;
    }
  }
  if (now < said.snooze_until()) {
    out.quiet = out.snoozing = true;
    out.quiet_until = std::max(out.quiet_until, said.snooze_until());
  }
  return out;
}

bool is_time_zone(std::string_view name) {
  return !name.empty() && zone_named(name) != nullptr;
}

}  // namespace carillon
