// How many calls a host works on at the same time while more come than it can do: so many that it is
// kept busy, and no more, since each one more only makes all of them late. Two things tell:
// - Posts take a quarter as long again, on average, as at best (`tolerance`). That is where most of them wait, be
//   it for a slow disk, for other replicas or for a worker: they are many, and written in batches that
//   grow. What they take at best is looked up anew now and then, with few at work for a moment (as BBR
//   does: Cardwell et al., ACM Queue 14.5, section "PROBE_RTT").
// - Even the call that waited least in an interval waited longer than `target` until somebody began with
//   it: a standing queue for the workers (CoDel, RFC 8289 section 3).
// Where neither is so and the window is full, it grows; where nothing begins or ends at all (a slot has
// no leader) it doubles. Pure: time is an argument; who shares one guards it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "actors/post_times.hpp"
#include "runtime/base/clock.hpp"

namespace carillon {

class call_window {
public:
  // As many fill a group commit; with fewer the host would idle between two.
  static constexpr std::size_t least = 64;
  static constexpr std::size_t first = 512;  // until something is known
  static constexpr std::chrono::milliseconds target{2};
  static constexpr double tolerance = 1.25;
  static constexpr std::chrono::milliseconds interval{100};
  static constexpr std::chrono::seconds best_good_for{10};

  explicit call_window(std::size_t most);

  std::size_t size() const { return probes_ > 0 ? least_ : size_; }
  // Somebody begins with a call that has waited for it so long.
  void began_after(std::chrono::nanoseconds delay, std::size_t at_work, tick_time now);
  // A post was acknowledged, so long after it was handed on.
  void took(std::chrono::nanoseconds time, std::size_t at_work, tick_time now);
  // Time goes on, also where nothing begins or ends.
  void look(std::size_t at_work, tick_time now);
  // What posts take, for whoever else goes by that.
  post_times posts(tick_time now) const;

private:
  void end_interval();
  // Places that ended are given away together, so the last few are often empty.
  bool is_full() const { return most_at_work_ >= size_ - size_ / 8; }
  void see_best(std::optional<std::chrono::nanoseconds> mean);
  std::optional<std::chrono::nanoseconds> mean_of_posts();
  void see_low(std::chrono::nanoseconds mean);
  void rest();

  const std::size_t most_, least_;
  std::size_t size_;
  tick_time now_{};
  tick_time ends_at_{};
  std::optional<std::chrono::nanoseconds> best_;  // mean of posts, lately, at best
  tick_time best_until_{};
  int probes_ = 0;  // intervals with few at work that are left, to see what posts take at best
  // Averages of posts: the last one, and the least ones.
  std::optional<std::chrono::nanoseconds> mean_, low_, low_before_;
  tick_time mean_at_{};
  tick_time low_until_{};
  std::uint64_t means_ = 0;
  // Of this interval.
  std::optional<std::chrono::nanoseconds> least_delay_;
  std::chrono::nanoseconds took_sum_{0};  // of posts, until they are enough for a mean
  std::int64_t posts_ = 0;
  std::size_t most_at_work_ = 0;
};

}  // namespace carillon
