// How a user's device may be called. Pure; any thread.
#pragma once

#include <algorithm>
#include <string_view>

namespace carillon::api {

inline constexpr std::size_t device_max_bytes = 64;
inline constexpr std::string_view device_name_rule = "device: 1 to 64 characters without blanks";

inline bool is_device_name(std::string_view text) {
  return !text.empty() && text.size() <= device_max_bytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace carillon::api
