// A signed JSON Web Token in the compact form of RFC 7515 section 3.1 (JWS) with the claims of
// RFC 7519: how APNs and VAPID (ES256) and Google's token endpoint (RS256) are told who asks.
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "runtime/push/private_key.hpp"

namespace carillon::push {

// `claims`: a JSON object as text. The algorithm is the key's: ES256 of P-256, RS256 of RSA.
// `key_id`: the header's `kid`; empty: none. REQUIRES: the key is one of the two.
std::string signed_jwt(std::string_view claims, const private_key& key, std::string_view key_id = {});

}  // namespace carillon::push
