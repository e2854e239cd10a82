#include "actors/memory_watch.hpp"

#include <algorithm>
#include <limits>

#include "runtime/base/logging.hpp"
#include "runtime/base/memory_limit.hpp"
#include "runtime/edge/pressure.hpp"

// jemalloc's, in programs that are linked with it; null in others.
extern "C" __attribute__((weak)) int mallctl(const char* name, void* old_value, std::size_t* old_size,
                                             void* new_value, std::size_t new_size);

namespace carillon {
namespace {

constexpr std::uint64_t mebibyte = 1u << 20;
// Purging walks through all that is unused: not with every look.
constexpr std::chrono::seconds return_every{1};

// All arenas: MALLCTL_ARENAS_ALL of jemalloc's manual.
void return_unused_pages() {
  if (mallctl != nullptr)
    mallctl("arena.4096.purge", nullptr, nullptr, nullptr, 0);
}

struct reaction {
  unsigned cache_percent;
  std::uint8_t outbound_share;
  std::uint64_t bodies_part;  // of the ceiling, bodies may take one part in so many
};

reaction reaction_to(memory_level level) {
  switch (level) {
    case memory_level::calm:
      return {100, 100, 10};
    case memory_level::tight:
      return {50, 50, 20};
    case memory_level::full:
      return {50, 10, 40};
  }
  return {100, 100, 10};
}

std::string_view to_string(memory_level level) {
  switch (level) {
    case memory_level::calm:
      return "calm";
    case memory_level::tight:
      return "tight";
    case memory_level::full:
      return "full";
  }
  return "unknown";
}

}  // namespace

std::uint64_t memory_ceiling(const settings& config) {
  if (config.host.memory_max_mb != 0)
    return config.host.memory_max_mb * mebibyte;
  return memory_available() / 4 * 3;
}

memory_watch::memory_watch(std::uint64_t ceiling_bytes, storage::kv& store,
                           const host_metrics& counted, admission& door)
    : ceiling_(ceiling_bytes), store_(store), counted_(counted), door_(door), gauge_(ceiling_bytes) {
  act(memory_level::calm);
}

void memory_watch::act(memory_level level) {
  const reaction now = reaction_to(level);
  store_.keep_cache(now.cache_percent);
  edge::pressure& edge = edge::process_pressure();
  edge.outbound_share.store(now.outbound_share, std::memory_order_relaxed);
  edge.bodies_max_bytes.store(ceiling_ == 0 ? std::numeric_limits<std::size_t>::max()
                                            : ceiling_ / now.bodies_part,
                              std::memory_order_relaxed);
}

void memory_watch::step(tick_time now) {
  const memory_level before = gauge_.level();
  std::uint64_t used = resident_bytes();
  memory_level level = ceiling_ == 0 ? memory_level::calm : gauge_.at(used);
  if (level != memory_level::calm && now - returned_at_ >= return_every) {
    returned_at_ = now;
    return_unused_pages();
    used = resident_bytes();
    level = gauge_.at(used);
  }
  if (level != before) {
    act(level);
    log_at(level > before ? log_level::warn : log_level::info, "host",
           "memory is {}: {} of {} MiB are taken", to_string(level), used / mebibyte,
           ceiling_ / mebibyte);
  }
  std::int64_t uncommitted = 0;
  for (const group_meter& each : counted_.groups)
    uncommitted += each.uncommitted_bytes.read();
  door_.look({.memory = level,
              .memory_bytes = used,
              .uncommitted_bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(0, uncommitted)),
              .bodies_refused =
                  edge::process_pressure().bodies_refused.load(std::memory_order_relaxed)},
             now);
}

}  // namespace carillon
