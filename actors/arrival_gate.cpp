#include "actors/arrival_gate.hpp"

#include <algorithm>
#include <utility>

namespace carillon {
namespace {

constexpr double burst_seconds = 0.02;  // as long as a tick may be late without slowing the pace down
constexpr double burst_min = 8;
constexpr std::chrono::seconds forgets_after{2};
constexpr std::chrono::seconds crowd_memory{1};

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
  usual_.reset();
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
  if (in < waiting)
    crowd_until_ = now + crowd_memory;
  return in;
}

// Each average counts once: it takes longer than an interval until the next one is there.
arrival_gate::posts_are arrival_gate::look_at(const post_times& posts, tick_time now) {
  if (now >= crowd_until_ || !usual_)
    usual_ = posts.low;
  if (!usual_ || !posts.now)
    return posts_are::unknown;
  if (std::exchange(means_, posts.means) == posts.means)
    return posts_are::slow;
  const double times = static_cast<double>(posts.now->count()) / static_cast<double>(usual_->count());
  if (times > slower)
    return posts_are::late;
  return times > hardly_slower ? posts_are::slow : posts_are::prompt;
}

void arrival_gate::ticked(std::chrono::nanoseconds late, const post_times& posts, tick_time now) {
  late_sum_ += late;
  ++ticks_;
  if (now < interval_ends_at_)
    return;
  const auto mean = late_sum_ / static_cast<std::int64_t>(ticks_);
  const posts_are they = look_at(posts, now);
  // Down faster than up, as every pace that shares something it cannot see (RFC 5681 section 3.1).
  if (mean > target) {
    per_second_ *= 0.7;
    ++slowed_.ticks;
  } else if (they == posts_are::late && per_second_ > least_beside_posts) {
    per_second_ = std::max(0.8 * per_second_, least_beside_posts);
    ++slowed_.posts;
  } else if (mean * 2 < target && per_second_ < least_beside_posts)
    per_second_ = std::min(1.25 * per_second_, least_beside_posts);
  else if (mean * 2 < target && they != posts_are::slow && they != posts_are::late)
    per_second_ *= they == posts_are::prompt ? 1.1 : 1.25;
  const double most = static_cast<double>(max_);
  per_second_ = std::clamp(per_second_, std::min(least_per_second, most), most);
  interval_ends_at_ = now + interval;
  late_sum_ = {};
  ticks_ = 0;
}

}  // namespace carillon
