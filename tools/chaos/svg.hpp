// The few words of SVG that our pictures need. Pure; nothing but text comes out.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace carillon::chaos {

std::string join(std::initializer_list<std::string_view> parts);

// For text and attributes of XML 1.0. What no XML may hold (most control characters, bytes that are
// not UTF-8) becomes U+FFFD.
std::string escape_xml(std::string_view text);

// At most so many decimals (0..6), without zeros at the end: "12.5", "3", never "-0".
std::string number_text(double value, int decimals = 1);
// With marks between thousands: "1,234,567".
std::string count_text(double value);

// About how wide it will be, in the font's size; rather too much than too little.
double width_of(std::string_view text, double font_size);
// Ends with "…" where it would be wider.
std::string shorten(std::string_view text, double width, double font_size);

struct box {
  double x = 0, y = 0, width = 0, height = 0;
  double right() const { return x + width; }
  double bottom() const { return y + height; }
};

// Elements in the order they are drawn. `look` is attributes, as they are: class="note".
class drawing {
public:
  // `hint` shows when the pointer rests on it.
  void rect(const box& where, std::string_view look, std::string_view hint = {});
  void text(double x, double y, std::string_view words, std::string_view look);
  void path(std::string_view steps, std::string_view look);
  void horizontal(double x, double y, double length, std::string_view look);
  void vertical(double x, double y, double length, std::string_view look);
  void add(const drawing& on_top) { elements_ += on_top.elements_; }
  // The whole file; `style` is CSS. As wide as its reader's window, at most `width` and a half.
  std::string finish(double width, double height, std::string_view title, std::string_view style) const;

private:
  std::string elements_;
};

} // namespace carillon::chaos
