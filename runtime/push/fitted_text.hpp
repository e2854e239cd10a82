// Text cut to what a provider takes. A push is there to be seen, so it is never refused for the length
// of its text: it ends early, at a UTF-8 border, with an ellipsis. Pure; any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::push {

inline constexpr std::string_view ellipsis = "\xe2\x80\xa6";

// The largest beginning of `text` that has at most `bytes` bytes and ends between two characters.
// REQUIRES: UTF-8.
std::string_view utf8_prefix(std::string_view text, std::size_t bytes);

// What is sent, as a function of title and body.
using rendering = std::function<std::string(std::string_view title, std::string_view body)>;

// The rendering with the most of the text whose size is at most `limit`: the body is cut first, and the
// title only when nothing of the body is left. nullopt: it is too large without any text.
// REQUIRES: more text never makes it smaller.
std::optional<std::string> fitted(std::string_view title, std::string_view body, std::size_t limit,
                                  const rendering& render);

}  // namespace carillon::push
