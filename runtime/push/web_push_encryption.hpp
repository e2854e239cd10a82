// What only the subscribed browser can read: Message Encryption for Web Push (RFC 8291) in one record
// of the aes128gcm content coding (RFC 8188). The salt and the sender's key, which chance makes, are
// arguments: with those of RFC 8291 section 5 the example there comes out byte by byte. Pure; any
// thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "runtime/push/private_key.hpp"

namespace carillon::push {

struct subscriber_keys {
  std::string p256dh;  // 65 bytes: its public point, uncompressed
  std::string auth;    // 16 bytes: its authentication secret
};

inline constexpr std::size_t salt_bytes = 16;
inline constexpr std::size_t auth_bytes = 16;
// What every push service takes (RFC 8030 section 7.2), and what of it is the message: behind the
// header (salt, record size, length and sender's point: 86) come text, delimiter and tag (RFC 8291
// section 4).
inline constexpr std::size_t web_push_body_max = 4'096;
inline constexpr std::size_t web_push_plain_max = web_push_body_max - 86 - 1 - 16;

// `padding`: zero bytes behind the text, which hide its length from the push service. Fails with
// invalid_arguments when the keys are no subscriber's. REQUIRES: salt of salt_bytes, `sender` P-256
// and used once, text and padding at most web_push_plain_max together.
result<std::string> encrypted_for(const subscriber_keys& to, std::string_view text,
                                  std::size_t padding, const private_key& sender,
                                  std::string_view salt);

}  // namespace carillon::push
