#include "runtime/push/fitted_text.hpp"

#include <algorithm>

namespace carillon::push {
namespace {

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// Of `text` as much as `fits` allows, with an ellipsis. By halves: how much a character takes depends
// on how it is written (JSON's escapes). nullopt: not even the ellipsis fits.
template <class Fits>
std::optional<std::string> cut(std::string_view text, const Fits& fits) {
  auto shown = [&](std::size_t bytes) { return std::string(utf8_prefix(text, bytes)).append(ellipsis); };
  if (!fits(shown(0)))
    return std::nullopt;
  std::size_t good = 0, bad = text.size();  // with all of it there would be no ellipsis
  while (bad - good > 1) {
    const std::size_t middle = good + (bad - good) / 2;
    (fits(shown(middle)) ? good : bad) = middle;
  }
  return shown(good);
}

}  // namespace

std::string_view utf8_prefix(std::string_view text, std::size_t bytes) {
  if (bytes >= text.size())
    return text;
  while (bytes > 0 && continues(text[bytes]))
    --bytes;
  return text.substr(0, bytes);
}

std::optional<std::string> fitted(std::string_view title, std::string_view body, std::size_t limit,
                                  const rendering& render) {
  // No character takes less than a byte: what is longer cannot fit, and need not be rendered to see it.
  const bool may_fit = title.size() + body.size() <= limit;
  if (may_fit)
    if (std::string whole = render(title, body); whole.size() <= limit)
      return whole;
  if (title.size() <= limit) {
    auto fits = [&](const std::string& shorter) { return render(title, shorter).size() <= limit; };
    if (!body.empty())
      if (auto shorter = cut(utf8_prefix(body, limit + 1), fits))
        return render(title, *shorter);
    if (std::string alone = render(title, ""); alone.size() <= limit)
      return alone;
  }
  auto fits = [&](const std::string& shorter) { return render(shorter, "").size() <= limit; };
  if (!title.empty())
    if (auto shorter = cut(utf8_prefix(title, limit + 1), fits))
      return render(*shorter, "");
  std::string bare = render("", "");
  return bare.size() <= limit ? std::optional(std::move(bare)) : std::nullopt;
}

}  // namespace carillon::push
