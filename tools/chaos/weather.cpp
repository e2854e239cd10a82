#include "tools/chaos/weather.hpp"

#include <algorithm>

namespace carillon::chaos {
namespace {

std::chrono::nanoseconds milliseconds(double count) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(count * 1e6));
}

// The weather of one direction, `out` from the fault's host to the peer.
cluster::link_weather link_of(const fault_plan& plan, bool out, bool outwards) {
  cluster::link_weather weather;
  weather.cut = plan.fault == fault_kind::partition ||
                (plan.fault == fault_kind::one_way && out == outwards);
  if (plan.fault == fault_kind::network) {
    weather.delay = milliseconds(plan.delay_ms);
    weather.jitter = milliseconds(plan.jitter_ms);
    weather.loss = plan.loss_percent / 100;
    weather.duplicate = plan.duplicate_percent / 100;
    weather.reorder = plan.reorder_percent / 100;
    weather.bits_per_second = static_cast<std::uint64_t>(plan.bandwidth_kbit * 1'000);
  }
  return weather;
}

faults::host_weather host_of(const fault_plan& plan) {
  faults::host_weather weather;
  if (plan.fault == fault_kind::slow_fsync)
    weather.sync_delay = milliseconds(plan.delay_ms);
  if (plan.fault == fault_kind::hang_fsync)
    weather.sync_delay = faults::host_weather::for_ever;
  weather.syncs_fail = plan.fault == fault_kind::fsync_error;
  weather.writes_fail = plan.fault == fault_kind::write_error;
  if (plan.fault == fault_kind::clock) {
    weather.clock_offset = milliseconds(plan.step_seconds * 1'000);
    weather.clock_drift_ppm = static_cast<std::int64_t>(plan.drift_ppm);
  }
  return weather;
}

} // namespace

bool target::has(std::size_t host) const {
  return std::find(hosts.begin(), hosts.end(), host) != hosts.end();
}

std::vector<cluster::link_weather> links_under(const std::vector<fault_at>& faults, std::size_t hosts) {
  std::vector<cluster::link_weather> links(hosts * hosts);
  auto add = [&](std::size_t from, std::size_t to, const cluster::link_weather& weather) {
    auto& link = links[from * hosts + to];
    link = together(link, weather);
  };
  for (const auto& [plan, whom] : faults)
    for (std::size_t host : whom.hosts)
      for (std::size_t peer : whom.peers) {
        // Where both are met each pair would come twice, once from either side.
        if (host == peer || (whom.has(peer) && peer < host))
          continue;
        add(host, peer, link_of(plan, true, whom.outwards));
        add(peer, host, link_of(plan, false, whom.outwards));
      }
  return links;
}

faults::host_weather host_under(const std::vector<fault_at>& faults, std::size_t host) {
  faults::host_weather weather;
  for (const auto& [plan, whom] : faults)
    if (whom.has(host))
      weather = together(weather, host_of(plan));
  return weather;
}

} // namespace carillon::chaos
