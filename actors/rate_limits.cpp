#include "actors/rate_limits.hpp"

#include <algorithm>
#include <vector>

#include "config/networks.hpp"
#include "runtime/base/hash.hpp"

namespace carillon {

std::string_view to_string(tier which) {
  constexpr std::string_view names[] = {"none", "tier1", "tier2", "tier3", "tier4", "post"};
  return names[static_cast<std::size_t>(which)];
}

std::string_view to_string(rate_scope scope) {
  constexpr std::string_view names[] = {"user", "app", "address", "channel"};
  return names[static_cast<std::size_t>(scope)];
}

std::uint64_t number_of_address(std::string_view text) {
  const auto address = parse_address(text);
  if (!address)
    return stable_hash(text);
  const ip_address owned = owned_by_one(*address);
  const std::string_view bytes(reinterpret_cast<const char*>(owned.bytes.data()), owned.bytes.size());
  return stable_hash(bytes, owned.is_v6);
}

rate_limits::rate_limits(const settings::limits_settings& limits, std::size_t buckets_max)
    : channel_rule_(channel_post_rule(limits)),
      shard_max_(std::max<std::size_t>(1, buckets_max / shard_count)) {
  auto set = [this](tier which, std::uint32_t calls) {
    rules_[index(which)] = rate_rule::per_minute(calls, std::chrono::minutes(1));
  };
  set(tier::tier1, limits.tier1_per_minute);
  set(tier::tier2, limits.tier2_per_minute);
  set(tier::tier3, limits.tier3_per_minute);
  set(tier::tier4, limits.tier4_per_minute);
  set(tier::post, limits.post_per_minute);
  for (shard& each : shards_)
    each.sweep_at = std::min(sweep_first, shard_max_);
}

rate_state rate_limits::take(rate_subject who, tier which, std::uint16_t method, tick_time now) {
  if (which == tier::post)
    method = 0;
  const key wanted{who.number, who.scope, which, method};
  shard& in = shards_[wanted.hash() >> 60];
  rate_state out;
  {
    std::lock_guard hold(in.lock);
    auto [bucket, fresh] = in.full_at.try_emplace(wanted, now);
    out = rule(which).take(bucket->second, now);
    if (fresh && in.full_at.size() > in.sweep_at)
      make_room(in, now);
  }
  out.scope = who.scope;
  if (out.retry_after != 0)
    refused_[index(who.scope)][index(which)].add();
  return out;
}

rate_state rate_limits::channel_refused() {
  if (!channel_rule_.limits())
    return {};
  refused_[index(rate_scope::channel)][index(tier::post)].add();
  rate_state out = channel_rule_.empty();
  out.scope = rate_scope::channel;
  return out;
}

std::size_t rate_limits::size() const {
  std::size_t sum = 0;
  for (const shard& each : shards_) {
    std::lock_guard hold(each.lock);
    sum += each.full_at.size();
  }
  return sum;
}

// A full bucket is the same as none. Sweeping at twice what was left, and leaving a quarter free at the
// bound, makes it cheap on average.
void rate_limits::make_room(shard& in, tick_time now) const {
  const bool over = in.full_at.size() > shard_max_;
  std::erase_if(in.full_at, [now](const auto& bucket) { return bucket.second <= now; });
  const std::size_t keep = shard_max_ - shard_max_ / 4;
  if (over && in.full_at.size() > keep) {
    std::vector<tick_time> times;
    times.reserve(in.full_at.size());
    for (const auto& [whose, full_at] : in.full_at)
      times.push_back(full_at);
    std::size_t left = times.size() - keep;
    const auto last = times.begin() + static_cast<std::ptrdiff_t>(left - 1);
    std::nth_element(times.begin(), last, times.end());
    std::erase_if(in.full_at, [&left, until = *last](const auto& bucket) {
      return left > 0 && bucket.second <= until && left-- > 0;
    });
  }
  in.sweep_at = std::min(shard_max_, std::max(sweep_first, 2 * in.full_at.size()));
}

}  // namespace carillon
