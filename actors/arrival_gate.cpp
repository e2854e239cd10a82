#include "actors/arrival_gate.hpp"

#include <algorithm>

namespace carillon {
namespace {

constexpr double burst_seconds = 0.02;  // as long as a tick may be late without slowing the pace down
constexpr double burst_min = 8;
constexpr std::chrono::seconds forgets_after{2};

std::chrono::nanoseconds time_of(double seconds) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}
std::uint32_t whole_seconds(std::chrono::nanoseconds time) {
  return static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(time).count());
}

}  // namespace

std::optional<std::uint32_t> arrival_gate::come(std::size_t waiting, tick_time now, std::uint64_t chance) {
  const double seconds = static_cast<double>(waiting) / per_second_;
  if (max_ == 0 || seconds < static_cast<double>(wait_max.count()))
    return std::nullopt;
  const tick_time end = std::max(line_ends_at_, now + time_of(seconds)) + time_of(1 / per_second_);
  const std::uint32_t turn = whole_seconds(std::min<std::chrono::nanoseconds>(end - now, place_max));
  if (end - now <= place_max)
    line_ends_at_ = end;
  return turn + static_cast<std::uint32_t>(chance % (2 + turn / 4));
}

// What was learnt is old, and who comes after a quiet time finds the burst.
void arrival_gate::rest(tick_time now) {
  if (now - credited_at_ < forgets_after)
    return;
  per_second_ = first();
  interval_ends_at_ = now + interval;
  late_sum_ = {};
  ticks_ = 0;
}

std::size_t arrival_gate::let_in(std::size_t waiting, tick_time now) {
  if (max_ == 0)
    return waiting;
  rest(now);
  const double passed = std::chrono::duration<double>(now - credited_at_).count();
  credit_ = std::min(credit_ + std::max(0.0, passed) * per_second_,
                     std::max(burst_min, burst_seconds * per_second_));
  credited_at_ = now;
  const std::size_t in = std::min(waiting, static_cast<std::size_t>(credit_));
  credit_ -= static_cast<double>(in);
  return in;
}

void arrival_gate::ticked(std::chrono::nanoseconds late, tick_time now) {
  late_sum_ += late;
  ++ticks_;
  if (now < interval_ends_at_)
    return;
  const auto mean = late_sum_ / static_cast<std::int64_t>(ticks_);
  // Down faster than up, as every pace that shares something it cannot see (RFC 5681 section 3.1).
  if (mean > target)
    per_second_ *= 0.7;
  else if (mean * 2 < target)
    per_second_ *= 1.25;
  const double most = static_cast<double>(max_);
  per_second_ = std::clamp(per_second_, std::min(least_per_second, most), most);
  interval_ends_at_ = now + interval;
  late_sum_ = {};
  ticks_ = 0;
}

}  // namespace carillon
