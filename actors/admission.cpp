#include "actors/admission.hpp"

#include <algorithm>

#include "runtime/base/logging.hpp"
#include "storage/journal.hpp"

namespace carillon {
namespace {

constexpr std::uint64_t mebibyte = 1u << 20;

// What may wait for followers on all slots together: a slot's own limit would let 64 of them hold
// gigabytes. A fast network holds some megabytes.
std::uint64_t uncommitted_max(std::uint64_t ceiling) {
  return std::clamp(ceiling / 16, 16 * mebibyte, 512 * mebibyte);
}

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::string bytes_text(std::uint64_t bytes) {
  return fmt::format("{:.0f} MiB", static_cast<double>(bytes) / static_cast<double>(mebibyte));
}

}  // namespace

admission::admission(const settings& config, const storage::journal* journal,
                     std::uint64_t memory_ceiling)
    : config_(config),
      journal_(journal),
      ceiling_(memory_ceiling),
      limits_{.disk_delay_max = std::chrono::milliseconds(config.storage.journal_delay_max_ms),
              .uncommitted_max_bytes = uncommitted_max(memory_ceiling)},
      has_peers_(config.cluster.has_peers()),
      share_(share_of_calls(config.edge.calls_max)),
      window_(std::max(1u, config.edge.calls_max / 2)),  // the rest is for those who wait
      arrivals_(config.edge.upgrades_per_second, std::chrono::seconds(1)),
      upgrades_(config.edge.upgrades_per_second,
                std::chrono::seconds(1 + config.directory.ticket_seconds)) {}

// -- asked --------------------------------------------------------------------------------------

load_now admission::load(tick_time now) const {
  return {.disk_delay = journal_ ? journal_->delay(now) : std::chrono::milliseconds(0),
          .uncommitted_bytes = uncommitted_bytes_.load(std::memory_order_relaxed),
          .memory = memory_.load(std::memory_order_relaxed)};
}

load_now admission::load_at_edge(tick_time now) const {
  return has_peers_ ? load_now{.memory = memory_.load(std::memory_order_relaxed)} : load(now);
}

std::optional<refused_entry> admission::slot_write(tick_time now, std::uint64_t chance) {
  if (auto why = carillon::turned_away(errand::write, load(now), limits_))
    return turn_away(*why, come_again_after(chance), now);
  return std::nullopt;
}

std::optional<refused_entry> admission::call(errand what, tick_time now, std::uint64_t chance) {
  if (what != errand::read)
    if (auto why = carillon::turned_away(what, load_at_edge(now), limits_))
      return turn_away(*why, come_again_after(chance), now);
  if (calls_.fetch_add(1, std::memory_order_relaxed) >= config_.edge.calls_max) {
    calls_.fetch_sub(1, std::memory_order_relaxed);
    return turn_away(door_reason::calls, come_again_after(chance), now);
  }
  if (what != errand::arrival)
    return std::nullopt;
  std::unique_lock lock(pace_lock_);
  const auto wait = arrivals_.take(now, chance);
  lock.unlock();
  if (!wait)
    return std::nullopt;
  calls_.fetch_sub(1, std::memory_order_relaxed);
  return turn_away(door_reason::arrivals, *wait, now);
}

std::optional<refused_entry> admission::charge(call_pass& pass, std::uint64_t user, tick_time now,
                                               std::uint64_t chance) {
  if (!pass.door_ || pass.caller_)
    return std::nullopt;
  // Fibonacci hashing (Knuth, The Art of Computer Programming, 6.4): the highest bits of the product.
  auto& cell = callers_[(user * 0x9e3779b97f4a7c15u) >> (64 - caller_bits)];
  if (cell.fetch_add(1, std::memory_order_relaxed) >= share_) {
    cell.fetch_sub(1, std::memory_order_relaxed);
    return turn_away(door_reason::share, come_again_after(chance), now);
  }
  pass.caller_ = &cell;
  return std::nullopt;
}

std::optional<refused_entry> admission::upgrade(tick_time now, std::uint64_t chance) {
  if (memory_.load(std::memory_order_relaxed) == memory_level::full)
    return turn_away(door_reason::memory, come_again_after(chance), now);
  std::unique_lock lock(pace_lock_);
  const auto wait = upgrades_.take(now, chance);
  lock.unlock();
  if (!wait)
    return std::nullopt;
  return turn_away(door_reason::arrivals, *wait, now);
}

refused_entry admission::send_away(door_reason why, std::uint32_t retry_after, tick_time now) {
  end_call();
  return turn_away(why, retry_after, now);
}

// -- of those who were let in --------------------------------------------------------------------

// Read one after the other, so they may fit together less well than they are.
std::size_t admission::at_work() const {
  const auto aside = aside_.load();
  return static_cast<std::size_t>(
      std::max<std::int64_t>(0, static_cast<std::int64_t>(calls_.load()) - aside));
}

std::size_t admission::window(tick_time now) {
  const std::size_t busy = at_work();
  std::lock_guard lock(window_lock_);
  window_.look(busy, now);
  return window_.size();
}

post_times admission::posts(tick_time now) {
  std::lock_guard lock(window_lock_);
  return window_.posts(now);
}

void admission::began_after(std::chrono::nanoseconds delay, tick_time now) {
  const std::size_t busy = at_work();
  std::lock_guard lock(window_lock_);
  window_.began_after(delay, busy, now);
}

void admission::took(std::chrono::nanoseconds time, tick_time now) {
  const std::size_t busy = at_work();
  std::lock_guard lock(window_lock_);
  window_.took(time, busy, now);
}

std::size_t admission::may_wait() const {
  const std::uint64_t calls = calls_.load(std::memory_order_relaxed);
  const std::uint64_t free = config_.edge.calls_max > calls ? config_.edge.calls_max - calls : 0;
  return std::max<std::size_t>(1, free / 8);
}

// Many may end at once: one of them says it.
void admission::say_room() {
  const std::int64_t below = wake_below_.load();
  if (static_cast<std::int64_t>(at_work()) < below && wake_below_.exchange(0) != 0)
    when_room_();
}

bool admission::shuts_out_writes(tick_time now) const {
  return carillon::turned_away(errand::write, load_at_edge(now), limits_).has_value();
}

// -- the book -----------------------------------------------------------------------------------

refused_entry admission::turn_away(door_reason why, std::uint32_t retry_after, tick_time now) {
  note(why, 1, now);
  return {why, retry_after};
}

void admission::note(door_reason why, std::uint64_t times, tick_time now) {
  book_page& page = book_[static_cast<std::size_t>(why)];
  const std::uint64_t before = page.refused.fetch_add(times, std::memory_order_relaxed);
  if (!is_shut(page, now)) {
    page.since.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    page.before.store(before, std::memory_order_relaxed);
  }
  page.last.store(now.time_since_epoch().count(), std::memory_order_relaxed);
}

bool admission::is_shut(const book_page& page, tick_time now) const {
  const auto last = page.last.load(std::memory_order_relaxed);
  return last != 0 && now - tick_time(tick_time::duration(last)) < shut_memory;
}

std::string admission::words(door_reason why, tick_time now) const {
  const load_now carried = load(now);
  const bool full = carried.memory == memory_level::full;
  switch (why) {
    case door_reason::calls:
      return fmt::format("calls are turned away: {} are in progress (edge.calls_max)",
                         calls_.load(std::memory_order_relaxed));
    case door_reason::disk:
      return fmt::format("posts are turned away: the disk is {:.1f} s behind",
                         seconds(carried.disk_delay));
    case door_reason::followers:
      return fmt::format("posts are turned away: {} wait for other replicas",
                         bytes_text(carried.uncommitted_bytes));
    case door_reason::arrivals:
      return fmt::format("clients that connect are turned away: more come than can be let in beside "
                         "what is going on, or more than {} in a second (edge.upgrades_per_second)",
                         config_.edge.upgrades_per_second);
    case door_reason::memory:
      return fmt::format("{} are turned away: {} of {} memory are taken (host.memory_max_mb)",
                         full ? "posts and clients that connect" : "clients that connect",
                         bytes_text(memory_bytes_.load(std::memory_order_relaxed)),
                         bytes_text(ceiling_));
    case door_reason::bodies:
      return "large requests are turned away: those that are being read take too much memory";
    case door_reason::share:
      return fmt::format("calls of a user or bot are turned away: it has all the unanswered ones that one "
                         "may have now (an eighth of what others leave, at most {})",
                         share_);
  }
  return {};
}

std::vector<std::string> admission::turned_away(tick_time now) const {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < door_reasons; ++i) {
    const book_page& page = book_[i];
    if (!is_shut(page, now))
      continue;
    const tick_time since{tick_time::duration(page.since.load(std::memory_order_relaxed))};
    out.push_back(fmt::format("{}; since {:.1f} s, {} so far", words(static_cast<door_reason>(i), now),
                              seconds(now - since),
                              page.refused.load(std::memory_order_relaxed) -
                                  page.before.load(std::memory_order_relaxed)));
  }
  return out;
}

admission::numbers admission::count(tick_time now) const {
  numbers out;
  out.calls_in_progress = calls_.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < door_reasons; ++i)
    out.refused[i] = book_[i].refused.load(std::memory_order_relaxed);
  const load_now carried = load(now);
  out.disk_delay = carried.disk_delay;
  out.memory = carried.memory;
  out.memory_ceiling = ceiling_;
  out.memory_bytes = memory_bytes_.load(std::memory_order_relaxed);
  out.calls_waiting = static_cast<std::uint64_t>(std::max<std::int64_t>(0, aside_.load()));
  {
    std::lock_guard lock(window_lock_);
    out.calls_window = window_.size();
  }
  std::lock_guard lock(arrivals_lock_);
  out.arrivals = arrivals_now_;
  return out;
}

void admission::told(const arrivals_now& now) {
  std::lock_guard lock(arrivals_lock_);
  arrivals_now_ = now;
}

void admission::look(const looked& seen, tick_time now) {
  // The window may have grown while nothing ended.
  if (wake_below_.exchange(0) != 0)
    when_room_();
  memory_.store(seen.memory, std::memory_order_relaxed);
  memory_bytes_.store(seen.memory_bytes, std::memory_order_relaxed);
  uncommitted_bytes_.store(seen.uncommitted_bytes, std::memory_order_relaxed);
  if (seen.bodies_refused > bodies_seen_)
    note(door_reason::bodies, seen.bodies_refused - std::exchange(bodies_seen_, seen.bodies_refused),
         now);
  for (std::size_t i = 0; i < door_reasons; ++i) {
    const book_page& page = book_[i];
    const auto why = static_cast<door_reason>(i);
    if (is_shut(page, now) == said_shut_[i])
      continue;
    said_shut_[i] = !said_shut_[i];
    if (said_shut_[i]) {
      log_warn("host", "{}", words(why, now));
      continue;
    }
    const tick_time since{tick_time::duration(page.since.load(std::memory_order_relaxed))};
    const tick_time last{tick_time::duration(page.last.load(std::memory_order_relaxed))};
    log_info("host", "nothing is turned away any more because of {}: {} were, in {:.1f} s",
             to_string(why),
             page.refused.load(std::memory_order_relaxed) - page.before.load(std::memory_order_relaxed),
             seconds(last - since));
  }
}

}  // namespace carillon
