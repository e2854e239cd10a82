// The sheet that a timeline is drawn on, from its top to its bottom: panels that share one time axis,
// and what lies under them all. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/chaos/svg.hpp"

namespace carillon::chaos {

constexpr double sheet_width = 1200;
constexpr double sheet_margin = 24;
constexpr double plot_left = 136, plot_right = sheet_width - sheet_margin;

struct span_of_time {
  double from = 0, to = 0; // seconds since the load began
};

class sheet {
public:
  // `seconds`: the time axis' length, > 0.
  explicit sheet(double seconds) : seconds_(seconds) {}

  double seconds() const { return seconds_; }
  double x(double second) const;
  double seconds_in(double pixels) const { return pixels * seconds_ / (plot_right - plot_left); }

  double y() const { return y_; }
  void skip(double height) { y_ += height; }
  drawing& ink() { return ink_; }

  // The axis' numbers; the time lines go from the first to the last call's place.
  void number_the_axis();
  // A white field over the whole time, with a title above it and a quiet note at the title's right.
  box panel(double height, std::string_view title, std::string_view note);
  box panel(double height); // without the two
  // Words to the left of the plot, their middle at `y`.
  void label(double y, std::string_view words, std::string_view look);
  // A line over a panel's whole width with its value at the left.
  void scale_line(const box& where, double y, std::string_view words);
  // One step per value, each `width` seconds wide, filled down to the panel's bottom. `height_of`
  // gives the pixels of a value; 0: nothing.
  void steps(const box& where, const std::vector<double>& values, double width,
             const std::function<double(double)>& height_of, std::string_view look);

  // Shades these times through all panels, so that an eye can follow them down.
  void shade(const std::vector<span_of_time>& times);
  std::string finish(std::string_view title);

private:
  const double seconds_;
  double y_ = 0;
  double first_axis_ = 0, last_axis_ = 0;
  std::vector<box> panels_;
  std::vector<span_of_time> shades_;
  drawing ink_;
};

// 1, 2, 3, 4, 6 or 8 times a power of ten, the smallest that is not below; 1 for nought.
double round_up(double value);

} // namespace carillon::chaos
