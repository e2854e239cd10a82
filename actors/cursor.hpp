// Paging cursors: opaque to clients, base64 (RFC 4648) of "<type>:<position>", as Slack's look. The
// type keeps a cursor of one method from being taken by another. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

std::string make_cursor(std::string_view type, std::string_view position);
// The position; nullopt when the cursor is not one of this type.
std::optional<std::string> read_cursor(std::string_view type, std::string_view cursor,
                                       std::size_t max_bytes = 128);

}  // namespace carillon
