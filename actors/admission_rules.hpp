// What a host turns away under load, as decisions on plain numbers: time and chance are arguments,
// nothing is read or written here. admission.hpp keeps the numbers and asks; memory_watch.hpp acts on
// levels. Pure values; who shares one across threads guards it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"

namespace carillon {

// What a request is for. An arrival comes before a WebSocket, or opens an event stream: rtm.connect, signing in.
enum class errand : std::uint8_t { read, write, arrival };

// Why something was turned away; each is a door of its own, and a label of carillon_refused_total.
enum class door_reason : std::uint8_t {
  calls,      // edge.calls_max are unanswered
  disk,       // writes: the journal is storage.journal_delay_max_ms behind
  followers,  // writes: too much waits for the other replicas
  arrivals,   // more than edge.upgrades_per_second
  memory,     // tight: arrivals, full: writes too
  bodies,     // bodies of requests that are being read take too much memory
  share,      // one user or bot has its share of edge.calls_max unanswered
};
inline constexpr std::size_t door_reasons = 7;
std::string_view to_string(door_reason why);

enum class memory_level : std::uint8_t { calm, tight, full };

struct load_now {
  std::chrono::milliseconds disk_delay{0};
  std::uint64_t uncommitted_bytes = 0;
  memory_level memory = memory_level::calm;
};

struct load_limits {
  std::chrono::milliseconds disk_delay_max{0};
  std::uint64_t uncommitted_max_bytes = 0;
};

// Is a request for this turned away, whatever else is in progress? nullopt: no. Reads never are.
std::optional<door_reason> turned_away(errand what, const load_now& load, const load_limits& limits);

// How many unanswered calls one user or bot may have: an eighth of what the host takes, so that who
// floods is turned away before the others are. Never below what one of Slack's clients asks at once
// (maxRequestConcurrency, 100).
std::uint32_t share_of_calls(std::uint32_t calls_max);

// Whole seconds after which one that was turned away may come again: 1 to 3, so that those who were
// turned away together do not come together.
std::uint32_t come_again_after(std::uint64_t chance);

// How fast arrivals are let in: GCRA (ITU-T I.371), so that an even stream passes and a burst of up to
// `burst` does at once. Those who must wait are given places in a line that moves at the same pace: they
// come back spread over the time that all of them need, and not all at once.
class arrival_pace {
public:
  static constexpr std::chrono::seconds wait_max{120};

  // per_second == 0: everybody is let in.
  arrival_pace(std::uint32_t per_second, std::chrono::nanoseconds burst);
  // nullopt: let in. Otherwise the seconds until its turn, at least 1.
  std::optional<std::uint32_t> take(tick_time now, std::uint64_t chance);

private:
  std::chrono::nanoseconds interval_{0};
  std::chrono::nanoseconds burst_{0};
  tick_time empty_at_{};      // when the burst is all there again
  tick_time line_ends_at_{};  // when the last one who was sent away may come
};

// Levels of memory. A level is left later than it is entered, so that what a level does to memory does
// not end it at once.
class memory_gauge {
public:
  static constexpr unsigned tight_percent = 80, calm_percent = 75;
  static constexpr unsigned full_percent = 92, not_full_percent = 87;

  explicit memory_gauge(std::uint64_t ceiling_bytes) : ceiling_(ceiling_bytes) {}
  memory_level level() const { return level_; }
  memory_level at(std::uint64_t used_bytes);

private:
  std::uint64_t ceiling_;
  memory_level level_ = memory_level::calm;
};

// What the settings allow to be kept in memory at the same time, each part named as in the settings.
struct memory_part {
  std::string_view setting;
  std::uint64_t bytes = 0;
};
std::vector<memory_part> memory_parts(const settings& config);
// invalid_config when these and the program itself do not fit under the ceiling.
status check_memory(const settings& config, std::uint64_t ceiling_bytes);

}  // namespace carillon
