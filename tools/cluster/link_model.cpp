#include "tools/cluster/link_model.hpp"

#include <algorithm>

namespace carillon::cluster {
namespace {

bool happens(double probability, random_source& chance) {
  if (probability <= 0)
    return false;
  return static_cast<double>(chance.next() >> 11) * 0x1p-53 < probability;
}

double either(double a, double b) {
  return 1 - (1 - a) * (1 - b);
}

} // namespace

link_weather together(const link_weather& a, const link_weather& b) {
  link_weather both;
  both.delay = a.delay + b.delay;
  both.jitter = a.jitter + b.jitter;
  both.loss = either(a.loss, b.loss);
  both.duplicate = either(a.duplicate, b.duplicate);
  both.reorder = either(a.reorder, b.reorder);
  both.bits_per_second = a.bits_per_second && b.bits_per_second
                             ? std::min(a.bits_per_second, b.bits_per_second)
                             : a.bits_per_second + b.bits_per_second;
  both.cut = a.cut || b.cut;
  return both;
}

link_model::arrivals link_model::take(std::size_t bytes, tick_time now, random_source& chance) {
  using std::chrono::nanoseconds;
  arrivals out;
  if (weather_.cut || happens(weather_.loss, chance))
    return out;
  tick_time sent = now;
  if (weather_.bits_per_second > 0) {
    double nanoseconds_per_byte = 8e9 / static_cast<double>(weather_.bits_per_second);
    nanoseconds waiting = std::max(free_at_, now) - now;
    if (static_cast<double>(waiting.count()) > queue_max_bytes * nanoseconds_per_byte)
      return out;
    sent = now + waiting +
           nanoseconds(static_cast<std::int64_t>(static_cast<double>(bytes) * nanoseconds_per_byte));
    free_at_ = sent;
  }
  if (happens(weather_.reorder, chance)) {
    out.at[out.count++] = sent;
  } else {
    nanoseconds delay = weather_.delay;
    if (weather_.jitter.count() > 0)
      delay += nanoseconds(static_cast<std::int64_t>(
                   chance.below(static_cast<std::uint64_t>(2 * weather_.jitter.count() + 1)))) -
               weather_.jitter;
    last_at_ = std::max(last_at_, sent + std::max(delay, nanoseconds(0)));
    out.at[out.count++] = last_at_;
  }
  if (happens(weather_.duplicate, chance)) {
    out.at[1] = out.at[0];
    ++out.count;
  }
  return out;
}

} // namespace carillon::cluster
