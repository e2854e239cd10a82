#include "tools/chaos/timeline_faults.hpp"

#include <algorithm>
#include <map>

namespace carillon::chaos {
namespace {

constexpr double row_height = 16;
constexpr double bar_height = 13;
constexpr double bar_width_min = 2.5; // a storm is over at once
// With more, a bar is not told about, and those that touch are one.
constexpr std::size_t told_max = 400;
// With more, names stand only within bars that have the room: beside them they would be all one sees.
constexpr std::size_t named_beside_max = 60;

// Alike for what is alike: processes red to brown, links blue, disks green, clocks violet.
std::string_view colour_of(fault_kind kind) {
  switch (kind) {
  case fault_kind::none: return "#78909c";
  case fault_kind::kill: return "#c62828";
  case fault_kind::kill_all: return "#7f1d1d";
  case fault_kind::stop: return "#c75b00";
  case fault_kind::rolling_restart: return "#8a6100";
  case fault_kind::drain: return "#b08900";
  case fault_kind::visit: return "#9e9d24";
  case fault_kind::memory: return "#ad1457";
  case fault_kind::partition: return "#1565c0";
  case fault_kind::one_way: return "#0277a8";
  case fault_kind::network: return "#4a56c4";
  case fault_kind::slow_fsync: return "#2e7d32";
  case fault_kind::hang_fsync: return "#00695c";
  case fault_kind::fsync_error: return "#4d7c0f";
  case fault_kind::write_error: return "#33591e";
  case fault_kind::disk_full: return "#00838f";
  case fault_kind::clock: return "#6a1b9a";
  case fault_kind::postgres_kill: return "#5d4037";
  case fault_kind::postgres_stop: return "#795548";
  case fault_kind::postgres_restart: return "#6d5b3f";
  case fault_kind::zookeeper_kill: return "#455a64";
  case fault_kind::zookeeper_stop: return "#607d8b";
  case fault_kind::reconnect_storm: return "#c2185b";
  }
  return "#78909c";
}

std::string moment(double seconds) {
  return join({number_text(seconds, 2), " s"});
}

std::string hint_of(const fault_event& fault, const std::vector<std::string>& hosts) {
  std::string words = fault.what;
  if (!fault.hosts.empty())
    words += fault.hosts.size() == 1 ? " on host" : " on hosts";
  for (std::size_t host : fault.hosts)
    words += join({" ", host < hosts.size() ? hosts[host] : "?"});
  words += join({", from ", moment(fault.began)});
  words += fault.ended ? join({" to ", moment(*fault.ended)}) : ", not ended";
  if (fault.healed && fault.ended && *fault.healed > *fault.ended)
    words += join({", healed at ", moment(*fault.healed)});
  if (!fault.healed)
    words += ", not healed";
  if (fault.all_well)
    words += join({", all well at ", moment(*fault.all_well)});
  return words;
}

void draw_phases(sheet& on, const timeline& run) {
  if (run.phases.empty())
    return;
  box where = on.panel(18);
  on.label(where.y + 9, "phase", "");
  for (std::size_t i = 0; i < run.phases.size(); ++i) {
    const double from = on.x(run.phases[i].began);
    const double to = i + 1 < run.phases.size() ? on.x(run.phases[i + 1].began) : plot_right;
    if (i > 0)
      on.ink().vertical(from, where.y, where.height, "stroke=\"#8b96a5\"");
    on.ink().rect({from, where.y, to - from, where.height},
                  i % 2 == 0 ? "fill=\"#eef2f7\"" : "fill=\"#dde5ef\"", run.phases[i].name);
    if (width_of(run.phases[i].name, 11) + 10 < to - from)
      on.ink().text(from + 6, where.y + 13, run.phases[i].name, "class=\"note\"");
  }
  on.skip(4);
}

// Solid while it is on, pale until it is healed, then a thin line until all is well.
void draw_bar(sheet& on, const timeline& run, const fault_event& fault, double y, double room_until) {
  const double end = last_of(fault, on.seconds());
  const double from = on.x(fault.began);
  const double ended = on.x(fault.ended.value_or(end)), healed = on.x(fault.healed.value_or(end));
  const std::string colour = join({"fill=\"", colour_of(fault.fault), "\""});
  const double width = std::max(ended - from, bar_width_min);
  if (fault.all_well)
    on.ink().rect({healed, y + bar_height / 2 - 0.75, std::max(on.x(*fault.all_well) - healed, 0.), 1.5},
                  colour);
  if (healed > from + width)
    on.ink().rect({from + width, y, healed - from - width, bar_height},
                  join({colour, " fill-opacity=\".35\""}));
  on.ink().rect({from, y, width, bar_height}, colour, hint_of(fault, run.hosts));
  const std::string_view kind = to_string(fault.fault);
  const double beside = std::max(on.x(end), from + width) + 4;
  for (std::string_view words : {std::string_view(fault.what), kind})
    if (width_of(words, 10) + 8 <= width) {
      on.ink().text(from + 4, y + 10, words, "class=\"in\"");
      return;
    }
  if (run.faults.size() > named_beside_max)
    return;
  for (std::string_view words : {std::string_view(fault.what), kind})
    if (beside + width_of(words, 10) + 4 <= room_until) {
      on.ink().text(beside, y + 10, words, "class=\"by\"");
      return;
    }
}

void draw_crowded_row(sheet& on, const timeline& run, const std::vector<std::size_t>& row, double y) {
  struct stroke {
    std::string steps;
    double from = -1, to = -1;
    void end() {
      if (to >= 0)
        steps += join({"H", number_text(to)});
    }
  };
  std::map<fault_kind, stroke> strokes;
  for (std::size_t i : row) {
    const fault_event& fault = run.faults[i];
    stroke& here = strokes[fault.fault];
    const double from = on.x(fault.began);
    const double to = std::max(on.x(last_of(fault, on.seconds())), from + 1);
    if (from > here.to + 0.5) {
      here.end();
      here.steps += join({"M", number_text(from), " ", number_text(y + bar_height / 2)});
      here.from = from;
      here.to = to;
    }
    here.to = std::max(here.to, to);
  }
  for (auto& [kind, here] : strokes) {
    here.end();
    on.ink().path(here.steps, join({"stroke=\"", colour_of(kind), "\" stroke-width=\"",
                                    number_text(bar_height), "\""}));
  }
}

void draw_legend(sheet& on, const timeline& run) {
  std::map<fault_kind, std::size_t> counts;
  for (const fault_event& each : run.faults)
    ++counts[each.fault];
  double x = plot_left;
  on.skip(18);
  for (const auto& [kind, count] : counts) {
    std::string words = join({to_string(kind), " \xC3\x97", number_text(static_cast<double>(count))});
    const double width = width_of(words, 11) + 28;
    if (x + width > plot_right) {
      x = plot_left;
      on.skip(16);
    }
    on.ink().rect({x, on.y() - 9, 10, 10}, join({"fill=\"", colour_of(kind), "\""}));
    on.ink().text(x + 15, on.y(), words, "class=\"note\"");
    x += width;
  }
  constexpr std::string_view words =
      "solid: on \xC2\xB7 pale: healing \xC2\xB7 thin line: until all is well";
  if (x + width_of(words, 11) > plot_right)
    on.skip(16);
  on.ink().text(plot_right, on.y(), counts.empty() ? "no faults" : words, "class=\"note end\"");
}

} // namespace

void draw_faults(sheet& on, const timeline& run) {
  draw_phases(on, run);
  std::vector<span_of_time> shades;
  for (const fault_event& each : run.faults)
    if (each.fault != fault_kind::none)
      shades.push_back({each.began, each.healed.value_or(on.seconds())});
  on.shade(shades);
  for (const fault_lane& lane :
       lanes_of(run.faults, run.hosts, on.seconds(), on.seconds_in(bar_width_min + 1))) {
    box where = on.panel(row_height * static_cast<double>(lane.rows.size()) + 2);
    on.label(where.y + where.height / 2, lane.name, "");
    for (std::size_t row = 0; row < lane.rows.size(); ++row) {
      const double y = where.y + 2.5 + row_height * static_cast<double>(row);
      if (run.faults.size() > told_max) {
        draw_crowded_row(on, run, lane.rows[row], y);
        continue;
      }
      for (std::size_t i = 0; i < lane.rows[row].size(); ++i)
        draw_bar(on, run, run.faults[lane.rows[row][i]], y,
                 i + 1 < lane.rows[row].size() ? on.x(run.faults[lane.rows[row][i + 1]].began)
                                               : plot_right);
    }
  }
  draw_legend(on, run);
}

} // namespace carillon::chaos
