// When nobody is to be disturbed: hours over midnight, in time zones, on the days when clocks are changed.
#include "actors/dnd_hours.hpp"

#include <doctest/doctest.h>

namespace carillon::test {
namespace {

constexpr timestamp second = 1'000'000;

wire::push_user hours(std::uint32_t start, std::uint32_t end, const char* zone = "") {
  wire::push_user out;
  out.set_dnd_enabled(true);
  out.set_dnd_start(start);
  out.set_dnd_end(end);
  out.set_dnd_zone(zone);
  return out;
}
constexpr std::uint32_t ten_pm = 22 * 60, seven_am = 7 * 60;

// 2024-03-01 00:00 UTC
constexpr timestamp march = 1'709'251'200 * second;
constexpr timestamp hour = 3'600 * second;
constexpr timestamp day = 24 * hour;

TEST_CASE("dnd: hours over midnight hold from their first second to the last one before their end") {
  const auto said = hours(ten_pm, seven_am);
  CHECK_FALSE(dnd_at(said, march + 22 * hour - 1).quiet);
  CHECK(dnd_at(said, march + 22 * hour).quiet);
  CHECK(dnd_at(said, march + day).quiet);
  CHECK(dnd_at(said, march + day + 7 * hour - 1).quiet);
  CHECK_FALSE(dnd_at(said, march + day + 7 * hour).quiet);
  const dnd_times at_night = dnd_at(said, march + 3 * hour);  // they began the day before
  CHECK(at_night.start == march - 2 * hour);
  CHECK(at_night.end == march + 7 * hour);
  CHECK(at_night.quiet_until == at_night.end);
  const dnd_times by_day = dnd_at(said, march + 12 * hour);
  CHECK(by_day.start == march + 22 * hour);
  CHECK(by_day.end == march + day + 7 * hour);
}

TEST_CASE("dnd: hours within a day") {
  const auto said = hours(12 * 60, 13 * 60);
  CHECK_FALSE(dnd_at(said, march + 12 * hour - 1).quiet);
  CHECK(dnd_at(said, march + 12 * hour).quiet);
  CHECK_FALSE(dnd_at(said, march + 13 * hour).quiet);
  CHECK(dnd_at(said, march + 13 * hour).start == march + day + 12 * hour);
}

TEST_CASE("dnd: hours are those of the user's clock") {
  const auto seoul = hours(ten_pm, seven_am, "Asia/Seoul");  // UTC+9
  CHECK_FALSE(dnd_at(seoul, march + 13 * hour - 1).quiet);
  CHECK(dnd_at(seoul, march + 13 * hour).quiet);
  CHECK(dnd_at(seoul, march + 22 * hour - 1).quiet);
  CHECK_FALSE(dnd_at(seoul, march + 22 * hour).quiet);
  const auto new_york = hours(ten_pm, seven_am, "America/New_York");  // UTC-5
  CHECK(dnd_at(new_york, march + 4 * hour).quiet);
  CHECK_FALSE(dnd_at(new_york, march + 12 * hour).quiet);
}

TEST_CASE("dnd: a night in which the clocks are put forward is an hour shorter, one back an hour longer") {
  const auto berlin = hours(ten_pm, seven_am, "Europe/Berlin");
  constexpr timestamp forward = 1'711'843'200 * second;  // 2024-03-31 00:00 UTC; at 01:00 UTC
  CHECK(dnd_at(berlin, forward).end - dnd_at(berlin, forward).start == 8 * hour);
  constexpr timestamp back = 1'729'987'200 * second;  // 2024-10-27 00:00 UTC; at 01:00 UTC
  CHECK(dnd_at(berlin, back).end - dnd_at(berlin, back).start == 10 * hour);
  // 02:30 does not exist that night: hours that begin then begin when the clock is put forward.
  const auto gone = hours(2 * 60 + 30, 5 * 60, "Europe/Berlin");
  CHECK(dnd_at(gone, forward).start == forward + hour);
}

TEST_CASE("dnd: hours that were ended are over, the next ones are not") {
  auto said = hours(ten_pm, seven_am);
  said.set_dnd_ended(march + 7 * hour);
  CHECK_FALSE(dnd_at(said, march + 3 * hour).quiet);
  CHECK(dnd_at(said, march + 3 * hour).start == march + 22 * hour);
  CHECK(dnd_at(said, march + 23 * hour).quiet);
}

TEST_CASE("dnd: a snooze ends when it said, or when the hours do that it reaches into") {
  wire::push_user said;
  said.set_snooze_until(march + hour);
  CHECK(dnd_at(said, march + hour - 1).snoozing);
  CHECK(dnd_at(said, march + hour - 1).quiet_until == march + hour);
  CHECK_FALSE(dnd_at(said, march + hour).quiet);
  CHECK(dnd_at(said, march).end == 0);
  auto both = hours(0, 6 * 60);
  both.set_snooze_until(march + hour);
  CHECK(dnd_at(both, march).quiet_until == march + 6 * hour);
}

TEST_CASE("dnd: no hours, no length, an unknown zone") {
  CHECK_FALSE(dnd_at({}, march).quiet);
  CHECK(dnd_at({}, march).end == 0);
  CHECK_FALSE(dnd_at(hours(60, 60), march + hour).quiet);
  CHECK(dnd_at(hours(ten_pm, seven_am, "Nowhere/Land"), march).quiet);  // UTC then
  CHECK(is_time_zone("Europe/Berlin"));
  CHECK(is_time_zone("UTC"));
  CHECK_FALSE(is_time_zone("Nowhere/Land"));
  CHECK_FALSE(is_time_zone(""));
}

}  // namespace
}  // namespace carillon::test
