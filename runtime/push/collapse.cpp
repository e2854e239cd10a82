#include "runtime/push/collapse.hpp"

#include <algorithm>

#include "runtime/base/ensure.hpp"
#include "runtime/push/base64url.hpp"
#include "runtime/push/digests.hpp"

namespace carillon::push {
namespace {

constexpr std::size_t topic_max_bytes = 32;
constexpr std::size_t hash_text_bytes = 43;  // SHA-256 as base64url

bool is_base64url(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

}  // namespace

std::string collapse_text(std::string_view id, std::size_t max_bytes) {
  ENSURE(max_bytes >= hash_text_bytes, "there is room for a hash");
  const bool plain = id.size() <= max_bytes &&
                     std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < 0x7f; });
  return plain ? std::string(id) : base64url(sha256(id));
}

std::string collapse_topic(std::string_view id) {
  if (id.size() <= topic_max_bytes && std::all_of(id.begin(), id.end(), is_base64url))
    return std::string(id);
  // 192 bits of it: enough that two of one device never meet.
  return base64url(sha256(id)).substr(0, topic_max_bytes);
}

}  // namespace carillon::push
