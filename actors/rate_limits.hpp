// How much each caller may ask of this host: a token bucket (rate_bucket.hpp) for each who and method,
// as Slack counts: who is the person whose token it is, or the bot and so the app behind it; the
// method's tier says how many a minute, and a full bucket holds one minute's worth. All that posts
// (chat.postMessage, chat.meMessage, a message over RTM) takes from one bucket, or who knows three
// ways could post three times as much.
//
// A host counts what comes in by itself: who spreads calls over several hosts gets the allowance at
// each. A client stays with one host, and asking the others first would cost every call a hop. Posts in
// a channel are counted once for all hosts, by the channel itself (channel_actor).
//
// Memory is bounded: above `buckets_max` the buckets that are nearest to full go, which forgives who
// asked least. About 80 bytes each. Any thread; time is an argument.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "actors/rate_bucket.hpp"
#include "config/settings.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/metrics.hpp"

namespace carillon {

// Slack's tiers; `post` is for messages, `none` has no limit ever.
enum class tier : std::uint8_t { none, tier1, tier2, tier3, tier4, post };
inline constexpr std::size_t tier_count = 6;
std::string_view to_string(tier which);
std::string_view to_string(rate_scope scope);

struct rate_subject {
  rate_scope scope = rate_scope::user;
  std::uint64_t number = 0;  // of the user or bot, or number_of_address()
};

// The same for all addresses that one has who has this one (owned_by_one(), config/networks.hpp), however
// it is written. What is no address is one of its own.
std::uint64_t number_of_address(std::string_view text);

class rate_limits {
public:
  static constexpr std::size_t buckets_max_default = 1 << 18;

  explicit rate_limits(const settings::limits_settings& limits,
                       std::size_t buckets_max = buckets_max_default);

  // Fixed: who is not limited need not be counted.
  bool limits(tier which) const { return rule(which).limits(); }

  // Counts one call. `method`: any number that no other method has; of no meaning for posts.
  // REQUIRES: limits(which).
  rate_state take(rate_subject who, tier which, std::uint16_t method, tick_time now);

  // Counts a post that a channel refused; what the poster is told. limit 0: channels have no limit here.
  rate_state channel_refused();

  // Since the start.
  std::uint64_t refused(rate_scope scope, tier which) const {
    return refused_[index(scope)][index(which)].read();
  }
  std::size_t size() const;  // buckets that are kept

private:
  struct key {
    std::uint64_t subject = 0;
    rate_scope scope = rate_scope::user;
    tier which = tier::none;
    std::uint16_t method = 0;
    bool operator==(const key&) const = default;
    // Its upper bits choose the shard, its lower ones the place there.
    std::size_t hash() const {
      const std::uint64_t kind = std::uint64_t{method} << 16 | std::uint64_t{index(which)} << 8 |
                                 std::uint64_t{index(scope)};
      const std::uint64_t mixed = (subject ^ kind * 0xff51afd7ed558ccdULL) * 0x9e3779b97f4a7c15ULL;
      return static_cast<std::size_t>(mixed ^ mixed >> 32);
    }
  };
  struct key_hash {
    std::size_t operator()(const key& k) const { return k.hash(); }
  };
  // So many actors ask at once that one lock would be felt, and so much is swept at a time.
  struct shard {
    mutable std::mutex lock;
    std::unordered_map<key, tick_time, key_hash> full_at;
    std::size_t sweep_at = sweep_first;
  };
  static constexpr std::size_t shard_count = 16;
  static constexpr std::size_t sweep_first = 256;

  static constexpr std::size_t index(tier which) { return static_cast<std::size_t>(which); }
  static constexpr std::size_t index(rate_scope scope) { return static_cast<std::size_t>(scope); }
  const rate_rule& rule(tier which) const { return rules_[index(which)]; }
  void make_room(shard& in, tick_time now) const;

  std::array<rate_rule, tier_count> rules_;
  rate_rule channel_rule_;
  std::size_t shard_max_;
  std::array<shard, shard_count> shards_;
  std::array<std::array<metric_counter, tier_count>, rate_scopes> refused_;
};

}  // namespace carillon
