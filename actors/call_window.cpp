#include "actors/call_window.hpp"

#include <algorithm>
#include <utility>

namespace carillon {
namespace {

constexpr int probe_intervals = 2;  // the first one empties what there was
constexpr int quiet_intervals = 16;
constexpr std::int64_t posts_min = 8;  // for a mean
constexpr std::chrono::milliseconds mean_good_for{500};
constexpr std::chrono::seconds low_good_for{10};  // as long again beside the next one

}  // namespace

call_window::call_window(std::size_t most)
    : most_(most), least_(std::min(least, most)), size_(std::min(first, most)) {}

void call_window::began_after(std::chrono::nanoseconds delay, std::size_t at_work, tick_time now) {
  look(at_work, now);
  least_delay_ = std::min(least_delay_.value_or(delay), delay);
}

// One that waited for a new leader of its slot says little of the others.
void call_window::took(std::chrono::nanoseconds time, std::size_t at_work, tick_time now) {
  look(at_work, now);
  took_sum_ += best_ && probes_ == 0 ? std::min(time, 4 * *best_) : time;
  ++posts_;
}

void call_window::look(std::size_t at_work, tick_time now) {
  now_ = std::max(now_, now);
  if (now_ - ends_at_ > quiet_intervals * interval)
    rest();
  for (; ends_at_ <= now_; ends_at_ += interval)
    end_interval();
  most_at_work_ = std::max(most_at_work_, at_work);
}

// After a quiet time.
void call_window::rest() {
  size_ = std::min(first, most_);
  ends_at_ = now_ + interval;
  probes_ = 0;
  least_delay_.reset();
  took_sum_ = {};
  posts_ = 0;
  most_at_work_ = 0;
}

// nullopt: too few to tell; they count with the next ones.
std::optional<std::chrono::nanoseconds> call_window::mean_of_posts() {
  if (posts_ < posts_min)
    return std::nullopt;
  return std::exchange(took_sum_, {}) / std::exchange(posts_, 0);
}

// What posts take at best, and when that has to be looked up anew: who has few at work sees it anyway.
void call_window::see_best(std::optional<std::chrono::nanoseconds> mean) {
  // With few at work a mean is what posts take at best; one alone may be lucky, or not.
  const bool light = most_at_work_ <= least_ + least_ / 2;
  if (probes_ > 0 && --probes_ == 0 && mean) {
    best_ = *mean;
  } else if (mean && (!best_ || light)) {
    best_ = best_ ? *best_ + (*mean - *best_) / 8 : *mean;
    best_until_ = now_ + best_good_for;
  } else if (best_ && now_ >= best_until_ && is_full() && probes_ == 0) {
    probes_ = probe_intervals;
    best_until_ = now_ + best_good_for;
  }
}

void call_window::see_low(std::chrono::nanoseconds mean) {
  mean_ = mean;
  mean_at_ = now_;
  ++means_;
  if (now_ >= low_until_) {
    low_before_ = now_ - low_until_ < low_good_for ? low_ : std::nullopt;
    low_.reset();
    low_until_ = now_ + low_good_for;
  }
  low_ = std::min(low_.value_or(mean), mean);
}

post_times call_window::posts(tick_time now) const {
  post_times out;
  out.means = means_;
  if (mean_ && now - mean_at_ < mean_good_for)
    out.now = mean_;
  if (low_ && now - low_until_ < low_good_for)
    out.low = std::min(*low_, low_before_.value_or(*low_));
  return out;
}

void call_window::end_interval() {
  const bool probed = probes_ > 0;
  const bool nothing = !least_delay_ && posts_ == 0;
  const auto mean = mean_of_posts();
  if (mean)
    see_low(*mean);
  see_best(mean);
  if (probed) {
    // What was seen with few at work says nothing of many.
  } else if (nothing) {
    size_ *= is_full() ? 2 : 1;  // all that is worked on is stuck
  } else if (mean && best_ && *mean > tolerance * *best_) {
    const double fits = tolerance * static_cast<double>(best_->count()) / static_cast<double>(mean->count());
    const double busy = static_cast<double>(std::min(size_, most_at_work_));
    size_ = static_cast<std::size_t>(busy * std::max(0.5, fits));
  } else if (least_delay_ && *least_delay_ > target) {
    size_ = std::min(size_, most_at_work_) / 4 * 3;
  } else if (is_full()) {
    size_ += size_ / 8;
  } else if (size_ > first) {
    size_ -= size_ / 8;
  } else {
    size_ = std::min(size_ + size_ / 8, first);
  }
  size_ = std::clamp(size_, least_, most_);
  least_delay_.reset();
  most_at_work_ = 0;
}

}  // namespace carillon
