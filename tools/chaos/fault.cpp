#include "tools/chaos/fault.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace carillon::chaos {
namespace {

constexpr std::string_view links =
    "host peer delay_ms jitter_ms loss_percent duplicate_percent reorder_percent bandwidth_kbit ";

constexpr std::array faults{
    fault_description{"none", fault_kind::none, ""},
    fault_description{"kill", fault_kind::kill, "host lose_unsynced "},
    fault_description{"kill_all", fault_kind::kill_all, "lose_unsynced "},
    fault_description{"stop", fault_kind::stop, "host "},
    fault_description{"partition", fault_kind::partition, "host peer "},
    fault_description{"one_way", fault_kind::one_way, "host peer "},
    fault_description{"network", fault_kind::network, links},
    fault_description{"slow_fsync", fault_kind::slow_fsync, "host delay_ms "},
    fault_description{"hang_fsync", fault_kind::hang_fsync, "host "},
    fault_description{"fsync_error", fault_kind::fsync_error, "host "},
    fault_description{"write_error", fault_kind::write_error, "host "},
    fault_description{"disk_full", fault_kind::disk_full, "host "},
    fault_description{"clock", fault_kind::clock, "host step_seconds drift_ppm "},
    fault_description{"memory", fault_kind::memory, "host headroom_mb "},
    fault_description{"postgres_kill", fault_kind::postgres_kill, ""},
    fault_description{"postgres_stop", fault_kind::postgres_stop, ""},
    fault_description{"postgres_restart", fault_kind::postgres_restart, ""},
    fault_description{"zookeeper_kill", fault_kind::zookeeper_kill, ""},
    fault_description{"zookeeper_stop", fault_kind::zookeeper_stop, ""},
    fault_description{"rolling_restart", fault_kind::rolling_restart, ""},
    fault_description{"drain", fault_kind::drain, "host "},
    fault_description{"visit", fault_kind::visit, "host "},
    fault_description{"reconnect_storm", fault_kind::reconnect_storm, ""},
};

} // namespace

std::span<const fault_description> all_faults() {
  return faults;
}

std::string_view to_string(fault_kind kind) {
  auto at = std::find_if(faults.begin(), faults.end(), [&](auto& each) { return each.kind == kind; });
  return at == faults.end() ? "?" : at->name;
}

bool may_have(fault_kind kind, std::string_view key) {
  std::string word(key);
  word += ' ';
  for (const fault_description& each : faults)
    if (each.kind == kind)
      return each.keys.starts_with(word) || each.keys.find(' ' + word) != std::string_view::npos;
  return false;
}

std::string describe(const fault_plan& plan) {
  std::string words(to_string(plan.fault));
  auto add = [&](std::string_view key, double value) {
    char digits[400]; // the longest double, without an exponent
    auto end = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed);
    if (value != 0 && may_have(plan.fault, key))
      words.append(", ").append(key).append(" ").append(digits, end.ptr);
  };
  if (!plan.peer.empty() && may_have(plan.fault, "peer"))
    words.append(", peer ").append(plan.peer);
  add("delay_ms", plan.delay_ms);
  add("jitter_ms", plan.jitter_ms);
  add("loss_percent", plan.loss_percent);
  add("duplicate_percent", plan.duplicate_percent);
  add("reorder_percent", plan.reorder_percent);
  add("bandwidth_kbit", plan.bandwidth_kbit);
  add("step_seconds", plan.step_seconds);
  add("drift_ppm", plan.drift_ppm);
  add("headroom_mb", plan.headroom_mb);
  if (plan.lose_unsynced && may_have(plan.fault, "lose_unsynced"))
    words.append(", lose_unsynced");
  return words;
}

bool ends_itself(fault_kind kind) {
  return kind == fault_kind::rolling_restart || kind == fault_kind::reconnect_storm ||
         kind == fault_kind::drain || kind == fault_kind::visit || kind == fault_kind::kill_all;
}

} // namespace carillon::chaos
