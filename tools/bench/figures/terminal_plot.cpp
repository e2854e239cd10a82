#include <algorithm>
#include <cmath>

#include "tools/bench/figures/plot.hpp"
#include "tools/bench/figures/plot_frame.hpp"

namespace carillon::bench {
namespace {

constexpr std::size_t margin = 9; // for the marks of the upright axis

char letter_of(std::size_t curve) {
  return "*o+x#@"[curve % 6];
}

std::string padded(const std::string& text) {
  return std::string(margin - 1 - std::min(text.size(), margin - 1), ' ') + text;
}

// Powers of ten at the rows where they stand.
std::string margin_of(std::size_t row, std::size_t rows, const plot_frame& frame) {
  int powers = frame.highest - frame.lowest;
  for (int i = 0; i <= powers; ++i) {
    double height = static_cast<double>(i) / powers;
    auto at = static_cast<std::size_t>(std::lround((1 - height) * static_cast<double>(rows - 1)));
    if (at == row)
      return padded(power_text(frame.lowest + i)) + " |";
  }
  return std::string(margin, ' ') + "|";
}

std::string share_axis(const plot_frame& frame, std::size_t columns) {
  std::string axis(margin + 1 + columns + 8, ' ');
  std::size_t free_from = 0;
  for (const share_mark& mark : share_marks(frame)) {
    auto at = margin + 1 +
              static_cast<std::size_t>(mark.position / frame.end * static_cast<double>(columns - 1));
    if (at < free_from || at + mark.text.size() > axis.size())
      continue;
    axis.replace(at, mark.text.size(), mark.text);
    free_from = at + mark.text.size() + 1;
  }
  axis.erase(axis.find_last_not_of(' ') + 1);
  return axis;
}

} // namespace

std::string terminal_plot(const std::vector<curve>& curves, std::size_t columns, std::size_t rows) {
  plot_frame frame = frame_of(curves);
  std::vector<std::string> field(rows, std::string(columns, ' '));
  for (std::size_t which = 0; which < curves.size(); ++which) {
    if (curves[which].points.empty())
      continue;
    for (std::size_t column = 0; column < columns; ++column) {
      double position = frame.end * static_cast<double>(column) / static_cast<double>(columns - 1);
      double height = frame.height_of(value_at(curves[which], position));
      auto row = static_cast<std::size_t>(std::lround((1 - height) * static_cast<double>(rows - 1)));
      field[row][column] = letter_of(which);
    }
  }
  std::string out = padded("ms") + "\n";
  for (std::size_t row = 0; row < rows; ++row) {
    std::string line = margin_of(row, rows, frame) + field[row];
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  out += std::string(margin, ' ') + "+" + std::string(columns, '-') + "\n";
  out += share_axis(frame, columns) + "  % of all\n";
  for (std::size_t which = 0; which < curves.size(); ++which)
    out += std::string(margin + 1, ' ') + letter_of(which) + ' ' + curves[which].name + "\n";
  return out;
}

} // namespace carillon::bench
