// A collapse id as each provider takes it. The same id always becomes the same. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace carillon::push {

// As it is where it is visible ASCII and not too long, else a hash of it. Of nothing, nothing.
std::string collapse_text(std::string_view id, std::size_t max_bytes);  // REQUIRES: max_bytes >= 43
// RFC 8030 section 5.4: at most 32 characters of base64url. As it is where it is that, else a hash.
std::string collapse_topic(std::string_view id);

}  // namespace carillon::push
