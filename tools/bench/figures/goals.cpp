#include "tools/bench/figures/goals.hpp"

#include <iomanip>

namespace carillon::bench {
namespace {

constexpr double million = 1e6;
constexpr std::string_view others = "others_delivery_p99_to_before";
constexpr std::string_view memory = "memory_peak_to_ceiling";

std::string measured_text(const goal_state& state) {
  if (state.state == reached::not_measured)
    return "-";
  return value_text({"", state.measured, std::string(state.wanted->unit), state.wanted->decimals});
}

} // namespace

const std::vector<goal>& goals() {
  using enum limit;
  static const std::vector<goal> all{
      {"fan-out 1 x 1,000, 16 in flight", "fanout", "deliveries_per_second", at_least, 900'000, "1/s"},
      {"fan-out, server CPU per delivery", "fanout", "server_cpu_per_delivery", at_most, 1.0, "us", 2},
      {"fan-out, 1 in flight", "fanout_one", "deliveries_per_second", at_least, 230'000, "1/s"},
      {"groups 1,000 x 10, every post fsynced", "groups", "deliveries_per_second", at_least, 200'000,
       "1/s"},
      {"latency, 20 posts/s x 1,000, p50", "latency_wide", "delivery_p50", at_most, 4, "ms", 2},
      {"latency, 20 posts/s x 1,000, p99", "latency_wide", "delivery_p99", at_most, 9, "ms", 2},
      {"latency, 2,000 posts/s x 10, p99", "latency_groups", "delivery_p99", at_most, 1.5, "ms", 2},
      {"idle connection in 5 channels", "idle", "anonymous_per_connection", at_most, 6 * 1'024,
       "bytes"},
      {"10,000 idle connections, of a core", "idle", "core_per_10000", at_most, 0.5, "%", 2},
      {"durable posts, 64 posters", "durable", "acknowledged_per_second", at_least, 60'000, "1/s"},
      {"durable posts, p99", "durable", "latency_p99", at_most, 3, "ms", 2},
      {"durable posts over 60 s", "durable_minute", "acknowledged_per_second", at_least, 45'000,
       "1/s"},
      {"durable posts over 60 s, p99", "durable_minute", "latency_p99", at_most, 10, "ms", 2},
      {"dormant channels on one host", "dormant", "channels", at_least, 16 * million, ""},
      {"dormant channels, resident memory", "dormant", "resident", at_most, 2'000, "MB"},
      {"cold activation, p99", "dormant", "read_p99", at_most, 5, "ms", 2},
      {"cold activations", "dormant", "reads_per_second", at_least, 20'000, "1/s"},
      {"active channel", "channels", "memory_per_active_channel", at_most, 2'048, "bytes"},
      {"three replicas, durable posts", "scale", "acknowledged_per_second_3", at_least, 15'000, "1/s"},
      {"three replicas, CPU per post to one's", "scale", "cpu_per_post_3_to_1", at_most, 3.5, "", 2},
      {"the same load on 7 hosts, CPU per delivery to 3", "growth", "cpu_per_delivery_7_to_3", at_most,
       1.1, "", 2},
      {"reconnect storm, clients", "storm", "clients", at_least, 50'000, ""},
      {"reconnect storm, all back with replay", "storm", "all_back", at_most, 30, "s", 1},
      {"reconnect storm, posts' p99 to before", "storm", "post_p99_during_to_before", at_most, 2, "", 2},
      {"one stalled reader, others' p99 to before", "pressure_stalled", others, at_most, 2, "", 2},
      {"one stalled reader, memory to ceiling", "pressure_stalled", memory, at_most, 1, "", 2},
      {"1,000 at 1 KB/s, others' p99 to before", "pressure_trickle", others, at_most, 2, "", 2},
      {"1,000 at 1 KB/s, memory to ceiling", "pressure_trickle", memory, at_most, 1, "", 2},
      {"flood, others' p99 to before", "pressure_flood", others, at_most, 2, "", 2},
      {"flood, memory to ceiling", "pressure_flood", memory, at_most, 1, "", 2},
      {"flood, acknowledged and wrong", "pressure_flood", "press_wrong_in_history", at_most, 0, ""},
      {"flood that hears no 429, others' p99", "pressure_flood_ignored", others, at_most, 2, "", 2},
      {"storm of 50,000, others' p99 to before", "pressure_storm", others, at_most, 2, "", 2},
      {"storm of 50,000, memory to ceiling", "pressure_storm", memory, at_most, 1, "", 2},
  };
  return all;
}

std::vector<goal_state> check_goals(const results& all) {
  std::vector<goal_state> states;
  for (const goal& wanted : goals()) {
    goal_state state;
    state.wanted = &wanted;
    const run_result* run = all.find(wanted.run);
    const figure* row = run && run->failure.empty() ? run->measured.find(wanted.figure) : nullptr;
    if (row) {
      state.measured = row->value;
      state.ratio = wanted.value == 0 ? row->value : row->value / wanted.value;
      bool good = wanted.kind == limit::at_least ? row->value >= wanted.value
                                                 : row->value <= wanted.value;
      state.state = good ? reached::yes : reached::no;
      state.to_raw = run->measured.at("ratio_to_raw");
    }
    states.push_back(state);
  }
  return states;
}

std::string goal_text(const goal& wanted) {
  return (wanted.kind == limit::at_least ? ">= " : "<= ") +
         value_text({"", wanted.value, std::string(wanted.unit), wanted.decimals});
}

std::string_view words_of(reached state) {
  switch (state) {
  case reached::yes: return "reached";
  case reached::no: return "NOT REACHED";
  case reached::not_measured: return "not measured";
  }
  return "";
}

void print_goals(std::ostream& out, const std::vector<goal_state>& states) {
  out << std::left << std::setw(44) << "number" << std::setw(16) << "to reach" << std::setw(16)
      << "measured" << std::setw(10) << "of it" << std::setw(10) << "to raw" << "\n";
  for (const goal_state& state : states) {
    out << std::left << std::setw(44) << state.wanted->what << std::setw(16)
        << goal_text(*state.wanted) << std::setw(16) << measured_text(state) << std::fixed
        << std::setprecision(2);
    if (state.state == reached::not_measured)
      out << std::setw(10) << "-";
    else
      out << std::setw(10) << state.ratio;
    if (state.to_raw > 0)
      out << std::setw(10) << state.to_raw;
    else
      out << std::setw(10) << "-";
    out << words_of(state.state) << '\n';
  }
}

} // namespace carillon::bench
