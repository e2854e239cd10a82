// SHA-256 and what is made of it: HMAC (RFC 2104), HKDF (RFC 5869). By OpenSSL 3. Pure; any thread.
// OpenSSL fails here for want of memory only, which stops the process.
#pragma once

#include <string>
#include <string_view>

namespace carillon::push {

std::string sha256(std::string_view bytes);                              // 32 bytes
std::string hmac_sha256(std::string_view key, std::string_view bytes);   // 32 bytes
// Extract and expand. REQUIRES: 1 <= length <= 255 * 32.
std::string hkdf_sha256(std::string_view salt, std::string_view input_key, std::string_view info,
                        std::size_t length);

}  // namespace carillon::push
