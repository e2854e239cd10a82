#include "actors/admission_rules.hpp"

#include <algorithm>

#include "runtime/base/logging.hpp"

namespace carillon {
namespace {

constexpr std::uint64_t mebibyte = 1u << 20;
// Code, threads, connections that are idle: what a host takes that no setting names.
constexpr std::uint64_t program_itself = 64 * mebibyte;

std::uint32_t whole_seconds(std::chrono::nanoseconds time) {
  return static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(time).count());
}

}  // namespace

std::string_view to_string(door_reason why) {
  switch (why) {
    case door_reason::calls:
      return "calls";
    case door_reason::disk:
      return "disk";
    case door_reason::followers:
      return "followers";
    case door_reason::arrivals:
      return "arrivals";
    case door_reason::memory:
      return "memory";
    case door_reason::bodies:
      return "bodies";
    case door_reason::share:
      return "share";
  }
  return "unknown";
}

std::optional<door_reason> turned_away(errand what, const load_now& load, const load_limits& limits) {
  if (what == errand::read)
    return std::nullopt;
  if (what == errand::arrival)
    return load.memory == memory_level::calm ? std::nullopt : std::optional(door_reason::memory);
  if (load.memory == memory_level::full)
    return door_reason::memory;
  if (load.disk_delay >= limits.disk_delay_max)
    return door_reason::disk;
  if (load.uncommitted_bytes >= limits.uncommitted_max_bytes)
    return door_reason::followers;
  return std::nullopt;
}

std::uint32_t share_of_calls(std::uint32_t calls_max) {
  return std::max(calls_max / 8, 100u);
}

std::uint32_t come_again_after(std::uint64_t chance) {
  return 1 + static_cast<std::uint32_t>(chance % 3);
}

arrival_pace::arrival_pace(std::uint32_t per_second, std::chrono::nanoseconds burst)
    : interval_(per_second == 0 ? std::chrono::nanoseconds(0)
                                : std::chrono::nanoseconds(std::chrono::seconds(1)) / per_second),
      burst_(std::max(burst, interval_)) {}

std::optional<std::uint32_t> arrival_pace::take(tick_time now, std::uint64_t chance) {
  if (interval_.count() == 0)
    return std::nullopt;
  const tick_time then = std::max(empty_at_, now) + interval_;
  if (then - now <= burst_) {
    empty_at_ = then;
    return std::nullopt;
  }
  // A line longer than anybody waits is not lengthened; who comes then comes back sooner or later.
  const tick_time end = std::max(line_ends_at_, now) + interval_;
  if (end - now > wait_max) {
    const std::uint32_t half = whole_seconds(wait_max) / 2;
    return half + 1 + static_cast<std::uint32_t>(chance % half);
  }
  line_ends_at_ = end;
  const std::uint32_t turn = whole_seconds(end - now);
  return turn + static_cast<std::uint32_t>(chance % (2 + turn / 4));
}

memory_level memory_gauge::at(std::uint64_t used_bytes) {
  const auto reaches = [&](unsigned percent) { return used_bytes * 100 >= ceiling_ * percent; };
  const bool was_full = level_ == memory_level::full;
  if (reaches(full_percent) || (was_full && reaches(not_full_percent)))
    level_ = memory_level::full;
  else if (reaches(tight_percent) || (level_ != memory_level::calm && reaches(calm_percent)))
    level_ = memory_level::tight;
  else
    level_ = memory_level::calm;
  return level_;
}

std::vector<memory_part> memory_parts(const settings& config) {
  // Tables that are being written count against the block cache, of which they may take three write
  // buffers (storage/rocks_kv.cpp); a smaller cache does not keep them from it.
  const std::uint64_t cache = config.storage.block_cache_mb;
  const std::uint64_t buffers = 3 * std::uint64_t{config.storage.write_buffer_mb};
  std::vector<memory_part> out;
  if (cache >= buffers)
    out.push_back({"storage.block_cache_mb", cache * mebibyte});
  else
    out.push_back({"three times storage.write_buffer_mb", buffers * mebibyte});
  out.push_back({"storage.journal_queue_max_mb", config.storage.journal_queue_max_mb * mebibyte});
  out.push_back({"edge.outbound_total_max_mb", config.edge.outbound_total_max_mb * mebibyte});
  // One password is hashed at a time.
  out.push_back({"directory.password_memory_mb", config.directory.password_memory_mb * mebibyte});
  if (const std::size_t hosts = config.cluster.hosts.size(); hosts > 1)
    out.push_back({"cluster.link_queue_mb for each other host",
                   config.cluster.link_queue_mb * mebibyte * (hosts - 1)});
  return out;
}

status check_memory(const settings& config, std::uint64_t ceiling_bytes) {
  std::uint64_t sum = program_itself;
  std::string words;
  for (const memory_part& part : memory_parts(config)) {
    sum += part.bytes;
    words += fmt::format("{} {}, ", part.setting, part.bytes / mebibyte);
  }
  if (sum <= ceiling_bytes)
    return ok;
  return make_error(errc::invalid_config,
                    fmt::format("what the settings allow to be kept in memory is {} MiB ({}the program "
                                "{}), more than the ceiling of {} MiB (host.memory_max_mb)",
                                sum / mebibyte, words, program_itself / mebibyte,
                                ceiling_bytes / mebibyte));
}

}  // namespace carillon
