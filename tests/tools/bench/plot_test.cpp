// Percentile curves, for the terminal and as SVG.
#include <algorithm>

#include <doctest/doctest.h>

#include "tools/bench/figures/plot.hpp"
#include "tools/bench/figures/plot_frame.hpp"

namespace carillon::bench {
namespace {

curve straight(const std::string& name) {
  return {name, {{0, 0.1}, {0.5, 1}, {0.75, 1}, {0.9, 10}, {0.99, 100}, {1, 100}}};
}

} // namespace

TEST_CASE("plot: each half of what is left is one step to the right") {
  CHECK(position_of(0) == 0);
  CHECK(position_of(0.5) == doctest::Approx(1));
  CHECK(position_of(0.75) == doctest::Approx(2));
  CHECK(position_of(1) < 50); // the end is far, and not infinitely far
}

TEST_CASE("plot: the frame holds all curves, between whole powers of ten") {
  plot_frame frame = frame_of({straight("a")});
  CHECK(frame.lowest == -1);
  CHECK(frame.highest == 2);
  CHECK(frame.end == doctest::Approx(position_of(0.99)));
  CHECK(frame.height_of(0.1) == doctest::Approx(0));
  CHECK(frame.height_of(100) == doctest::Approx(1));
  CHECK(frame.height_of(1e9) == 1);
  CHECK(frame.height_of(0) == 0);
}

TEST_CASE("plot: marks stand at nines that are inside the frame") {
  plot_frame frame;
  frame.end = position_of(0.9995);
  auto marks = share_marks(frame);
  std::vector<std::string> texts;
  for (const auto& mark : marks)
    texts.push_back(mark.text);
  CHECK(texts == std::vector<std::string>{"0", "50", "90", "99", "99.9"});
  CHECK(power_text(-2) == "0.01");
  CHECK(power_text(-1) == "0.1");
  CHECK(power_text(0) == "1");
  CHECK(power_text(3) == "1000");
}

TEST_CASE("plot: between two points the curve has what the lower one had") {
  curve line = straight("a");
  CHECK(value_at(line, 0) == doctest::Approx(0.1));
  CHECK(value_at(line, position_of(0.6)) == doctest::Approx(1));
  CHECK(value_at(line, position_of(0.95)) == doctest::Approx(10));
}

TEST_CASE("plot: the terminal's picture has a letter and a legend for each curve") {
  std::string picture = terminal_plot({straight("delivery"), {"post", {{0, 50}, {1, 50}}}}, 40, 8);
  CHECK(picture.find("* delivery") != std::string::npos);
  CHECK(picture.find("o post") != std::string::npos);
  // Axis title, rows, axis, shares, and the legend.
  CHECK(std::count(picture.begin(), picture.end(), '\n') == 1 + 8 + 1 + 1 + 2);
  CHECK(picture.find("oooooooo") != std::string::npos);
  CHECK(picture.find("99") != std::string::npos);
}

TEST_CASE("plot: no curve, and a curve without points, are pictures too") {
  CHECK_FALSE(terminal_plot({}).empty());
  CHECK_FALSE(terminal_plot({{"empty", {}}}).empty());
  CHECK(svg_plot("nothing", {{"empty", {}}}).find("</svg>") != std::string::npos);
}

TEST_CASE("plot: names in an SVG file cannot break it") {
  std::string picture = svg_plot("a <b> & \"c\"", {straight("x < y")});
  CHECK(picture.find("a &lt;b&gt; &amp; &quot;c&quot;") != std::string::npos);
  CHECK(picture.find("x &lt; y") != std::string::npos);
  CHECK(picture.find("<polyline") != std::string::npos);
  CHECK(picture.starts_with("<svg "));
}

} // namespace carillon::bench
