#include "tools/bench/pressure/metric_watch.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <sstream>

namespace carillon::bench {
namespace {

// Parts of names rather than names, so that a metric that comes or is renamed is still found.
constexpr std::array<std::string_view, 25> telling{
    "lagging",   "refused",      "overload",  "turned_away", "outbound", "drops",     "dropped", "slow",
    "caught_up", "catch",        "memory",    "admission",   "admitted", "shed",      "paced",   "throttled",
    "delay",     "journal_queue", "stuck",    "calls_open",  "healed",   "waiting",
    "accepted",  "websockets",    "sessions"};
// Distributions are no one number, and what does not change is no news.
constexpr std::array<std::string_view, 4> not_telling{"_bucket", "_sum", "_count", "virtual"};

bool counts_up(std::string_view metric) {
  return metric.substr(0, metric.find('{')).ends_with("_total");
}

std::string text_of(double value) {
  std::ostringstream text;
  if (value == std::floor(value) && std::abs(value) < 1e15)
    text << static_cast<long long>(value);
  else
    text << value;
  return text.str();
}

} // namespace

bool names_pressure(std::string_view metric) {
  std::string_view name = metric.substr(0, metric.find('{'));
  auto is_in = [&](std::string_view part) { return name.find(part) != std::string_view::npos; };
  return std::any_of(telling.begin(), telling.end(), is_in) &&
         std::none_of(not_telling.begin(), not_telling.end(), is_in);
}

void metric_watch::see(std::string_view page) {
  while (!page.empty()) {
    std::size_t end = std::min(page.find('\n'), page.size());
    std::string_view line = page.substr(0, end);
    page.remove_prefix(std::min(end + 1, page.size()));
    std::size_t blank = line.rfind(' ');
    if (line.empty() || line.front() == '#' || blank == std::string_view::npos)
      continue;
    std::string_view metric = line.substr(0, blank);
    double value = 0;
    auto read = std::from_chars(line.data() + blank + 1, line.data() + line.size(), value);
    if (read.ec != std::errc{} || !std::isfinite(value) || !names_pressure(metric))
      continue;
    auto found = values_.find(metric);
    if (found == values_.end()) // one that comes later began at 0
      found = values_.emplace(metric, seen{pages_ == 0 ? value : 0, value}).first;
    found->second.most = std::max(found->second.most, value);
  }
  ++pages_;
}

std::vector<std::string> metric_watch::lines() const {
  std::vector<std::string> out;
  for (const auto& [metric, value] : values_) {
    bool rises = counts_up(metric);
    double shown = rises ? value.most - value.first : value.most;
    if (shown == 0)
      continue;
    std::string line = metric;
    line.append(rises ? " +" : " ").append(text_of(shown));
    out.push_back(std::move(line));
  }
  return out;
}

} // namespace carillon::bench
