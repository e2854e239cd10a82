#include "tools/chaos/sheet.hpp"

#include <algorithm>
#include <cmath>

namespace carillon::chaos {
namespace {

constexpr std::size_t numbers_max = 12; // on the axis
constexpr double join_pixels = 0.5;     // shades nearer than this are one

// Its background is its own, so that it reads the same whatever the reader's window looks like.
constexpr std::string_view style =
    "text{font:12px system-ui,'Segoe UI',Helvetica,Arial,sans-serif;fill:#1d2530}"
    ".name{font-size:21px;font-weight:600}.long{font-size:17px}.badge{font-size:15px;font-weight:700;fill:#fff}"
    ".title{font-weight:600}.note,.tick{fill:#5c6773;font-size:11px}.broken{fill:#b3261e}"
    ".id{font:9px ui-monospace,Menlo,Consolas,monospace;fill:#5c6773}"
    ".in{fill:#fff;font-size:10px}.by{font-size:10px}"
    ".end{text-anchor:end}.middle{text-anchor:middle}"
    ".panel{fill:#fff;stroke:#d5dae0}.time{stroke:#e6e9ed}.scale{stroke:#e6e9ed}"
    ".limit{stroke:#b3261e;stroke-dasharray:5 4;fill:none}"
    ".wanted{stroke:#5c6773;stroke-dasharray:2 3;fill:none}.shade{fill:#33415c;fill-opacity:.09}";

double tick_every(double seconds) {
  for (double step : {0.1, 0.2, 0.5, 1., 2., 5., 10., 15., 30., 60., 120., 300., 600.})
    if (seconds / step <= numbers_max)
      return step;
  return round_up(seconds / numbers_max);
}

} // namespace

double round_up(double value) {
  if (value <= 0)
    return 1;
  double power = std::pow(10., std::floor(std::log10(value)));
  for (double step : {1., 2., 3., 4., 6., 8.})
    if (value <= step * power * (1 + 1e-9))
      return step * power;
  return 10 * power;
}

double sheet::x(double second) const {
  double share = std::clamp(second / seconds_, 0., 1.);
  return plot_left + share * (plot_right - plot_left);
}

void sheet::number_the_axis() {
  if (first_axis_ == 0)
    first_axis_ = y_ + 16;
  last_axis_ = y_;
  const double every = tick_every(seconds_);
  for (int i = 0; i * every <= seconds_ * (1 + 1e-9); ++i)
    ink_.text(x(i * every), y_ + 12, number_text(i * every), "class=\"tick middle\"");
  ink_.text(plot_left - 14, y_ + 12, "seconds of load", "class=\"tick end\"");
  skip(18);
}

box sheet::panel(double height) {
  panels_.push_back({plot_left, y_, plot_right - plot_left, height});
  skip(height);
  return panels_.back();
}

box sheet::panel(double height, std::string_view title, std::string_view note) {
  skip(25);
  ink_.text(plot_left, y_ - 6, title, "class=\"title\"");
  ink_.text(plot_right, y_ - 6, note, "class=\"note end\"");
  return panel(height);
}

void sheet::label(double y, std::string_view words, std::string_view look) {
  ink_.text(plot_left - 8, y + 4, words, join({"class=\"end ", look, "\""}));
}

void sheet::scale_line(const box& where, double y, std::string_view words) {
  if (y > where.y + 1 && y < where.bottom() - 1)
    ink_.horizontal(where.x, y, where.width, "class=\"scale\"");
  label(y, words, "tick");
}

void sheet::steps(const box& where, const std::vector<double>& values, double width,
                  const std::function<double(double)>& height_of, std::string_view look) {
  std::string path;
  double height = 0; // of the step under way
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double next = std::clamp(height_of(values[i]), 0., where.height);
    if (next == height)
      continue;
    const std::string at = number_text(x(static_cast<double>(i) * width));
    path += height == 0 ? join({"M", at, " ", number_text(where.bottom())}) : join({"H", at});
    path += join({"V", number_text(where.bottom() - next)});
    height = next;
  }
  if (height != 0)
    path += join({"H", number_text(x(static_cast<double>(values.size()) * width)), "V",
                  number_text(where.bottom())});
  ink_.path(path, look);
}

void sheet::shade(const std::vector<span_of_time>& times) {
  shades_ = times;
  std::sort(shades_.begin(), shades_.end(), [](auto& a, auto& b) { return a.from < b.from; });
}

std::string sheet::finish(std::string_view title) {
  drawing under;
  for (const box& each : panels_)
    under.rect(each, "class=\"panel\"");
  const double every = tick_every(seconds_);
  for (int i = 0; i * every <= seconds_ * (1 + 1e-9); ++i)
    under.vertical(x(i * every), first_axis_, last_axis_ - first_axis_, "class=\"time\"");
  std::string shaded;
  for (std::size_t i = 0; i < shades_.size();) {
    const double from = x(shades_[i].from);
    double to = from;
    for (; i < shades_.size() && x(shades_[i].from) <= to + join_pixels; ++i)
      to = std::max(to, x(shades_[i].to));
    shaded += join({"M", number_text(from), " ", number_text(first_axis_), "h",
                    number_text(std::max(to - from, 0.5)), "v", number_text(last_axis_ - first_axis_),
                    "H", number_text(from), "z"});
  }
  under.path(shaded, "class=\"shade\"");
  under.add(ink_);
  return under.finish(sheet_width, y_ + sheet_margin, title, style);
}

} // namespace carillon::chaos
