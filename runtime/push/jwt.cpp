#include "runtime/push/jwt.hpp"

#include <boost/json.hpp>

#include "runtime/push/base64url.hpp"

namespace carillon::push {

std::string signed_jwt(std::string_view claims, const private_key& key, std::string_view key_id) {
  const bool p256 = key.what() == private_key::kind::p256;
  ENSURE(p256 || key.what() == private_key::kind::rsa, "a token is signed by P-256 or RSA");
  boost::json::object header{{"alg", p256 ? "ES256" : "RS256"}, {"typ", "JWT"}};
  if (!key_id.empty())
    header["kid"] = key_id;
  std::string out = base64url(boost::json::serialize(header));
  out += '.';
  out += base64url(claims);
  const std::string signature = p256 ? key.sign_es256(out) : key.sign_rs256(out);
  out += '.';
  out += base64url(signature);
  return out;
}

}  // namespace carillon::push
