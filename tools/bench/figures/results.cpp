#include "tools/bench/figures/results.hpp"

#include <algorithm>
#include <stdexcept>

#include <boost/json.hpp>

namespace carillon::bench {
namespace {

namespace json = boost::json;

constexpr int format = 1;

std::string_view name_of(better direction) {
  switch (direction) {
  case better::higher: return "higher";
  case better::lower: return "lower";
  case better::neither: return "";
  }
  return "";
}

better direction_of(std::string_view name) {
  return name == "higher" ? better::higher : name == "lower" ? better::lower : better::neither;
}

json::object figures_json(const report& from) {
  json::object out;
  for (const figure& row : from.figures) {
    json::object one{{"value", row.value}, {"unit", row.unit}, {"decimals", row.decimals}};
    if (row.direction != better::neither)
      one["better"] = name_of(row.direction);
    if (row.spread >= 0)
      one["spread"] = row.spread;
    out[row.name] = std::move(one);
  }
  return out;
}

json::object curves_json(const report& from) {
  json::object out;
  for (const curve& line : from.curves) {
    json::array points;
    for (const curve_point& point : line.points)
      points.push_back(json::array{point.share, point.milliseconds});
    out[line.name] = std::move(points);
  }
  return out;
}

json::array lines_json(const std::vector<std::string>& lines) {
  json::array out;
  for (const std::string& line : lines)
    out.push_back(json::string(line));
  return out;
}

json::object run_json(const run_result& run) {
  json::object out{{"name", run.name},
                   {"workload", run.measured.workload},
                   {"command", run.command},
                   {"failure", run.failure},
                   {"figures", figures_json(run.measured)},
                   {"curves", curves_json(run.measured)}};
  if (!run.measured.shown.empty())
    out["shown"] = lines_json(run.measured.shown);
  if (!run.measured.broken.empty())
    out["broken"] = lines_json(run.measured.broken);
  return out;
}

// Whatever is absent or of another kind throws; parse_results turns that into words.
std::string text_at(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value ? std::string(value->as_string()) : std::string();
}

std::vector<std::string> lines_at(const json::object& object, std::string_view name) {
  std::vector<std::string> out;
  if (const json::value* lines = object.if_contains(name))
    for (const json::value& line : lines->as_array())
      out.emplace_back(line.as_string());
  return out;
}

figure read_figure(std::string_view name, const json::object& from) {
  figure row;
  row.name = name;
  row.value = from.at("value").to_number<double>();
  row.unit = text_at(from, "unit");
  row.decimals = std::clamp(from.at("decimals").to_number<int>(), 0, 9);
  row.direction = direction_of(text_at(from, "better"));
  if (const json::value* spread = from.if_contains("spread"))
    row.spread = spread->to_number<double>();
  return row;
}

run_result read_run(const json::object& from) {
  run_result run;
  run.name = text_at(from, "name");
  run.command = text_at(from, "command");
  run.failure = text_at(from, "failure");
  run.measured.workload = text_at(from, "workload");
  for (const auto& [name, row] : from.at("figures").as_object())
    run.measured.figures.push_back(read_figure(name, row.as_object()));
  for (const auto& [name, points] : from.at("curves").as_object()) {
    curve line{std::string(name), {}};
    for (const json::value& point : points.as_array())
      line.points.push_back({point.as_array().at(0).to_number<double>(),
                             point.as_array().at(1).to_number<double>()});
    run.measured.curves.push_back(std::move(line));
  }
  run.measured.shown = lines_at(from, "shown");
  run.measured.broken = lines_at(from, "broken");
  return run;
}

} // namespace

const run_result* results::find(std::string_view name) const {
  auto found =
      std::find_if(runs.begin(), runs.end(), [&](const run_result& run) { return run.name == name; });
  return found == runs.end() ? nullptr : &*found;
}

std::string to_json(const results& all) {
  json::array runs;
  for (const run_result& run : all.runs)
    runs.push_back(run_json(run));
  return json::serialize(json::object{{"carillon_bench", format},
                                      {"machine", all.machine},
                                      {"commit", all.commit},
                                      {"date", all.date},
                                      {"runs", std::move(runs)}});
}

std::optional<results> parse_results(std::string_view text, std::string& why) {
  json::error_code failure;
  json::value parsed = json::parse(json::string_view(text.data(), text.size()), failure);
  if (failure || !parsed.is_object()) {
    why = "not a JSON object";
    return std::nullopt;
  }
  try {
    const json::object& object = parsed.get_object();
    if (object.at("carillon_bench").to_number<int>() != format) {
      why = "results of another version of carillon bench";
      return std::nullopt;
    }
    results all;
    all.machine = text_at(object, "machine");
    all.commit = text_at(object, "commit");
    all.date = text_at(object, "date");
    for (const json::value& run : object.at("runs").as_array())
      all.runs.push_back(read_run(run.as_object()));
    return all;
  } catch (const std::exception&) { // boost::json's at() and as_...() throw
    why = "not results of carillon bench";
    return std::nullopt;
  }
}

} // namespace carillon::bench
