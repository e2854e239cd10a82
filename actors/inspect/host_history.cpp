#include "actors/inspect/host_history.hpp"

#include <algorithm>

namespace carillon {
namespace {

double seconds_between(const host_reading& before, const host_reading& after) {
  return std::chrono::duration<double>(after.at - before.at).count();
}

std::uint64_t micros(std::uint64_t nanos) {
  return nanos / 1'000;
}

}  // namespace

wire::rates host_history::between(const host_reading& before, const host_reading& after) {
  const double seconds = seconds_between(before, after);
  wire::rates out;
  if (seconds <= 0)
    return out;
  auto rate = [&](std::uint64_t host_reading::*of) {
    return static_cast<double>(after.*of - before.*of) / seconds;
  };
  out.set_posts(rate(&host_reading::posts));
  out.set_deliveries(rate(&host_reading::deliveries));
  out.set_requests(rate(&host_reading::requests));
  out.set_messages_in(rate(&host_reading::messages_in));
  out.set_bytes_out(rate(&host_reading::bytes_out));
  return out;
}

double host_history::cores_between(const host_reading& before, const host_reading& after) {
  const double seconds = seconds_between(before, after);
  return seconds <= 0 ? 0 : std::chrono::duration<double>(after.cpu - before.cpu).count() / seconds;
}

void host_history::add(host_reading reading) {
  if (!recent_.empty()) {
    const host_reading& before = recent_.back();
    wire::sample& made = samples_.emplace_back();
    made.set_at(reading.now);
    *made.mutable_per_second() = between(before, reading);
    made.set_connections(reading.connections);
    made.set_memory_bytes(reading.memory_bytes);
    made.set_cpu_cores(cores_between(before, reading));
    const auto post = reading.post.since(before.post);
    made.set_post_p50(micros(post.quantile(0.5)));
    made.set_post_p99(micros(post.quantile(0.99)));
    made.set_fsync_p99(micros(reading.fsync.since(before.fsync).quantile(0.99)));
    if (samples_.size() > samples_max)
      samples_.pop_front();
  }
  recent_.push_back(std::move(reading));
  if (recent_.size() > rate_seconds + 1)
    recent_.pop_front();
}

wire::rates host_history::per_second() const {
  return recent_.empty() ? wire::rates() : between(recent_.front(), recent_.back());
}

double host_history::cpu_cores() const {
  return recent_.empty() ? 0 : cores_between(recent_.front(), recent_.back());
}

std::vector<wire::actor_line> host_history::actors(std::uint64_t one_in) const {
  std::vector<wire::actor_line> out;
  if (recent_.empty())
    return out;
  const host_reading& before = recent_.front();
  const host_reading& after = recent_.back();
  const double seconds = seconds_between(before, after);
  for (std::size_t kind = 0; kind < actor_kinds; ++kind) {
    const auto& all = after.handled[kind];
    if (all.count() == 0)
      continue;
    const auto lately = all.since(before.handled[kind]);
    const auto& shown = lately.count() > 0 ? lately : all;
    wire::actor_line& line = out.emplace_back();
    line.set_kind(std::string(to_string(static_cast<actor_kind>(kind))));
    line.set_handled(all.count() * one_in);
    if (seconds > 0)
      line.set_busy_cores(static_cast<double>(lately.sum * one_in) / 1e9 / seconds);
    line.set_p50_ns(shown.quantile(0.5));
    line.set_p99_ns(shown.quantile(0.99));
    line.set_longest_ns(all.longest);
    std::size_t used = metric_histogram::buckets;
    while (used > 0 && all.counts[used - 1] == 0)
      --used;
    for (std::size_t bucket = 0; bucket < used; ++bucket) {
      line.add_histogram(all.counts[bucket]);
      line.add_bounds_ns(std::uint64_t{1} << bucket);
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return a.busy_cores() > b.busy_cores();
  });
  return out;
}

}  // namespace carillon
