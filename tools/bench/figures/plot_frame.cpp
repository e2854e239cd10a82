#include "tools/bench/figures/plot_frame.hpp"

#include <algorithm>
#include <cmath>

#include "tools/bench/figures/plot.hpp"

namespace carillon::bench {
namespace {

constexpr double least_milliseconds = 1e-4; // what is shorter stands on the axis

} // namespace

double position_of(double share) {
  return -std::log2(std::max(1 - share, 1e-12));
}

double plot_frame::height_of(double milliseconds) const {
  double at = std::log10(std::max(milliseconds, least_milliseconds));
  return std::clamp((at - lowest) / (highest - lowest), 0.0, 1.0);
}

plot_frame frame_of(const std::vector<curve>& curves) {
  double least = 1e9, most = 0, end = 1;
  for (const curve& line : curves)
    for (const curve_point& point : line.points) {
      least = std::min(least, point.milliseconds);
      most = std::max(most, point.milliseconds);
      if (point.share < 1)
        end = std::max(end, position_of(point.share));
    }
  plot_frame frame;
  if (most <= 0)
    return frame;
  frame.lowest = static_cast<int>(std::floor(std::log10(std::max(least, least_milliseconds))));
  frame.highest = std::max(frame.lowest + 1, static_cast<int>(std::ceil(std::log10(most))));
  frame.end = end;
  return frame;
}

double value_at(const curve& line, double position) {
  double value = line.points.empty() ? 0 : line.points.front().milliseconds;
  for (const curve_point& point : line.points)
    if (position_of(point.share) <= position + 1e-9)
      value = point.milliseconds;
  return value;
}

std::string power_text(int power) {
  if (power >= 0)
    return "1" + std::string(static_cast<std::size_t>(power), '0');
  return "0." + std::string(static_cast<std::size_t>(-power - 1), '0') + "1";
}

std::vector<share_mark> share_marks(const plot_frame& frame) {
  std::vector<share_mark> marks{{0, "0"}, {1, "50"}};
  std::string nines = "9";
  for (double left = 0.1; position_of(1 - left) <= frame.end; left /= 10, nines += '9')
    marks.push_back({position_of(1 - left), nines.size() == 1   ? "90"
                                            : nines.size() == 2 ? "99"
                                                                : "99." + nines.substr(2)});
  return marks;
}

} // namespace carillon::bench
