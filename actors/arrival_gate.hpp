// When clients that arrive (they sign in, they ask for a WebSocket) are let in, so that who is here
// already does not notice: as fast as the host stays prompt. It is asked in ticks, and how late a tick
// comes is how long anybody waits for a worker now. While ticks are late on average, fewer are let in
// per second, else more, up to edge.upgrades_per_second. A post passes more than the workers (sockets, the
// disk, other hosts, where all of them may share what arrivals take), so it also goes by what posts
// take: longer than `slower` times what they took before, and fewer are let in, but not fewer than
// `least_beside_posts`. Who is not let in yet waits for a moment; when too many wait already, one is sent
// away with its place in the line as Retry-After.
// Pure: time and chance are arguments; who shares one guards it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "actors/post_times.hpp"
#include "runtime/base/clock.hpp"

namespace carillon {

class arrival_gate {
public:
  static constexpr std::chrono::milliseconds tick{5};
  static constexpr std::chrono::milliseconds interval{50};
  static constexpr std::chrono::microseconds target{1'500};
  static constexpr double first_per_second = 500;  // until something is known
  static constexpr double least_per_second = 100;  // also on a host that is never prompt
  // So that 20,000, which is as many as one host is made for, are back within half a minute.
  static constexpr double least_beside_posts = 700;
  static constexpr double slower = 2;           // than before: fewer
  static constexpr double hardly_slower = 1.5;  // more
  static constexpr std::chrono::seconds wait_max{2};  // of those who are not sent away
  static constexpr std::chrono::seconds place_max{120};

  // per_second_max == 0: everybody is let in at once.
  explicit arrival_gate(std::uint32_t per_second_max) : max_(per_second_max), per_second_(first()) {}

  // One more comes, and so many wait already. nullopt: it may wait too; otherwise seconds until its turn.
  std::optional<std::uint32_t> come(std::size_t waiting, tick_time now, std::uint64_t chance);
  // So many of those who wait are let in now.
  std::size_t let_in(std::size_t waiting, tick_time now);
  // A tick came, so late, and posts take so long.
  void ticked(std::chrono::nanoseconds late, const post_times& posts, tick_time now);

  double per_second() const { return per_second_; }
  // How often it let fewer in, and why: ticks were late, posts took long.
  struct slowings {
    std::uint64_t ticks = 0;
    std::uint64_t posts = 0;
  };
  slowings slowed() const { return slowed_; }

private:
  double first() const { return max_ < first_per_second ? static_cast<double>(max_) : first_per_second; }
  void rest(tick_time now);
  enum class posts_are : std::uint8_t { unknown, prompt, slow, late };
  posts_are look_at(const post_times& posts, tick_time now);

  const std::uint32_t max_;
  double per_second_;
  double credit_ = 0;  // of those who may be let in at once
  tick_time credited_at_{};
  tick_time line_ends_at_{};  // when the last one who was sent away may come
  tick_time interval_ends_at_{};
  std::chrono::nanoseconds late_sum_{0};  // in this interval
  std::size_t ticks_ = 0;
  std::optional<std::chrono::nanoseconds> usual_;  // what posts took before these arrivals came
  tick_time crowd_until_{};                        // nobody has to wait for long when it is over
  std::uint64_t means_ = 0;                        // of post_times, seen
  slowings slowed_;
};

}  // namespace carillon
