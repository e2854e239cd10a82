// Reads one value out of the JSON that our own host writes, for clients that look at millions of
// messages and need three fields of each. Pure; the view points into the caller's text.
#pragma once

#include <string_view>

namespace carillon::chaos {

// What stands between the first `mark` and the next `end`, or the end of the text; empty: no `mark`.
inline std::string_view between(std::string_view text, std::string_view mark, char end) {
  std::size_t at = text.find(mark);
  if (at == std::string_view::npos)
    return {};
  at += mark.size();
  return text.substr(at, text.find(end, at) - at);
}

} // namespace carillon::chaos
