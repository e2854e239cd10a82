#include "tools/chaos/recording.hpp"

#include <algorithm>
#include <utility>

namespace carillon::chaos {

recording::recording(std::size_t channels, const totals& before)
    : before_(before), buckets_(1), gaps_(std::min(channels, rows_max), std::vector<float>(1)),
      last_post_(channels, 0) {}

void recording::accepted(std::size_t channel, double wait, double now) {
  bucket& here = buckets_[index_of(now)];
  ++here.posts;
  here.worst_wait = std::max(here.worst_wait, wait);
  mark_gap(channel, now);
}

void recording::never_accepted(std::size_t channel, double waited, double now) {
  bucket& here = buckets_[index_of(now)];
  here.worst_wait = std::max(here.worst_wait, waited);
  mark_gap(channel, now);
}

void recording::sample(const totals& so_far, double now) {
  bucket& here = buckets_[index_of(now)];
  here.events += so_far.events - before_.events;
  here.reconnections += so_far.reconnections - before_.reconnections;
  here.unconnected = std::max(here.unconnected, so_far.unconnected);
  before_ = so_far;
}

std::size_t recording::index_of(double now) {
  end_ = std::max(end_, now);
  while (end_ >= bucket_seconds_ * static_cast<double>(buckets_max))
    merge_neighbours();
  auto index = static_cast<std::size_t>(end_ / bucket_seconds_);
  if (index >= buckets_.size()) {
    buckets_.resize(index + 1);
    for (auto& row : gaps_)
      row.resize(index + 1);
  }
  return index;
}

void recording::merge_neighbours() {
  const std::size_t merged = (buckets_.size() + 1) / 2;
  buckets_.resize(2 * merged);
  for (std::size_t i = 0; i < merged; ++i) {
    const bucket a = buckets_[2 * i], b = buckets_[2 * i + 1];
    buckets_[i] = {.posts = a.posts + b.posts,
                   .events = a.events + b.events,
                   .reconnections = a.reconnections + b.reconnections,
                   .worst_wait = std::max(a.worst_wait, b.worst_wait),
                   .unconnected = std::max(a.unconnected, b.unconnected)};
  }
  buckets_.resize(merged);
  for (auto& row : gaps_) {
    row.resize(2 * merged);
    for (std::size_t i = 0; i < merged; ++i)
      row[i] = std::max(row[2 * i], row[2 * i + 1]);
    row.resize(merged);
  }
  bucket_seconds_ *= 2;
}

void recording::mark_gap(std::size_t channel, double now) {
  const double began = std::exchange(last_post_[channel], now);
  const double gap = now - began;
  if (gap < gap_min_seconds)
    return;
  auto& row = gaps_[row_of(channel)];
  const std::size_t last = index_of(now);
  for (auto i = static_cast<std::size_t>(began / bucket_seconds_); i <= last; ++i)
    row[i] = std::max(row[i], static_cast<float>(gap));
}

} // namespace carillon::chaos
