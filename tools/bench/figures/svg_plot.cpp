#include <array>
#include <sstream>

#include "tools/bench/figures/plot.hpp"
#include "tools/bench/figures/plot_frame.hpp"

namespace carillon::bench {
namespace {

constexpr double left = 70, top = 50, width = 640, height = 320; // of the field, in the picture
constexpr std::array colours{"#1f6feb", "#d1242f", "#1a7f37", "#8250df", "#9a6700", "#57606a"};

std::string escaped(const std::string& text) {
  std::string out;
  for (char c : text)
    switch (c) {
    case '&': out += "&amp;"; break;
    case '<': out += "&lt;"; break;
    case '>': out += "&gt;"; break;
    case '"': out += "&quot;"; break;
    default: out += c;
    }
  return out;
}

double x_of(const plot_frame& frame, double position) {
  return left + position / frame.end * width;
}

double y_of(const plot_frame& frame, double milliseconds) {
  return top + (1 - frame.height_of(milliseconds)) * height;
}

void draw_text(std::ostream& out, double x, double y, const char* anchor, const std::string& text) {
  out << "<text x=\"" << x << "\" y=\"" << y << "\" text-anchor=\"" << anchor << "\">"
      << escaped(text) << "</text>\n";
}

void draw_line(std::ostream& out, double x1, double y1, double x2, double y2) {
  out << "<line x1=\"" << x1 << "\" y1=\"" << y1 << "\" x2=\"" << x2 << "\" y2=\"" << y2
      << "\" stroke=\"#d0d7de\"/>\n";
}

void draw_axes(std::ostream& out, const plot_frame& frame) {
  for (int power = frame.lowest; power <= frame.highest; ++power) {
    double y = top + height * (frame.highest - power) / (frame.highest - frame.lowest);
    draw_line(out, left, y, left + width, y);
    draw_text(out, left - 6, y + 4, "end", power_text(power));
  }
  for (const share_mark& mark : share_marks(frame)) {
    double x = x_of(frame, mark.position);
    draw_line(out, x, top, x, top + height);
    draw_text(out, x, top + height + 16, "middle", mark.text);
  }
  draw_text(out, left - 6, top - 12, "end", "ms");
  draw_text(out, left + width, top + height + 34, "end", "% of all were not slower");
}

void draw_curve(std::ostream& out, const plot_frame& frame, const curve& line, const char* colour) {
  out << "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"" << colour << "\" points=\"";
  for (const curve_point& point : line.points)
    if (point.share < 1)
      out << x_of(frame, position_of(point.share)) << ',' << y_of(frame, point.milliseconds) << ' ';
  out << "\"/>\n";
}

} // namespace

std::string svg_plot(const std::string& title, const std::vector<curve>& curves) {
  plot_frame frame = frame_of(curves);
  std::ostringstream out;
  double whole_height = top + height + 50 + 18 * static_cast<double>(curves.size());
  out << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 " << whole_height
      << "\" font-family=\"sans-serif\" font-size=\"12\">\n"
      << "<rect width=\"760\" height=\"" << whole_height << "\" fill=\"#ffffff\"/>\n"
      << "<text x=\"" << left << "\" y=\"24\" font-size=\"16\">" << escaped(title) << "</text>\n";
  draw_axes(out, frame);
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const char* colour = colours[i % colours.size()];
    draw_curve(out, frame, curves[i], colour);
    double y = top + height + 52 + 18 * static_cast<double>(i);
    out << "<rect x=\"" << left << "\" y=\"" << y - 9 << "\" width=\"18\" height=\"4\" fill=\""
        << colour << "\"/>\n";
    draw_text(out, left + 26, y, "start", curves[i].name);
  }
  out << "</svg>\n";
  return out.str();
}

} // namespace carillon::bench
