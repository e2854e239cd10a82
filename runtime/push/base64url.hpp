// Bytes as RFC 4648 section 5 writes them, without padding: what JOSE (RFC 7515) and Web Push use.
// libsodium's own code is met here. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace carillon::push {

std::string base64url(std::string_view bytes);

// Takes what browsers' libraries make of it too: with padding, and with + and / for - and _. nullopt:
// anything else, also bits that no byte has.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace carillon::push
