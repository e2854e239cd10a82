// What both pictures of a percentile curve need: how far their axes go, and the marks on them.
// Milliseconds stand on a logarithmic axis of whole powers of ten. Pure.
#pragma once

#include <string>
#include <vector>

#include "tools/bench/figures/report.hpp"

namespace carillon::bench {

struct plot_frame {
  int lowest = -2; // powers of ten, in milliseconds
  int highest = 0;
  double end = 1; // position_of the last share to show

  // 0 (lower end) to 1 (upper end), cut off at the ends.
  double height_of(double milliseconds) const;
};
plot_frame frame_of(const std::vector<curve>& curves);

// What the curve has at this position, between its points the lower one's value.
double value_at(const curve& line, double position);

struct share_mark {
  double position = 0;
  std::string text; // "90", "99.9"
};
// Those within the frame: 0, 50, 90, 99, 99.9, ... %
std::vector<share_mark> share_marks(const plot_frame& frame);
std::string power_text(int power); // "0.01", "1", "100": of ten

} // namespace carillon::bench
