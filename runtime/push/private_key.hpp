// A private key that signs for us or meets another one's: P-256 (APNs, VAPID, Web Push's encryption)
// or RSA (Google's service accounts). By OpenSSL 3. A value that can be moved; const members: any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/result.hpp"

namespace carillon::push {

// Uncompressed (SEC 1 section 2.3.3), and on the curve.
bool is_p256_point(std::string_view bytes);

class private_key {
public:
  enum class kind { p256, rsa, other };

  // PKCS #8, SEC 1 or PKCS #1, not encrypted; other blocks before it are passed over. Fails with
  // invalid_config in words that go behind the file's name.
  static result<private_key> from_pem(std::string_view pem);
  // P-256, as 32 bytes, big-endian. nullopt: not a number from 1 to the curve's order - 1.
  static std::optional<private_key> from_scalar(std::string_view bytes);
  static private_key new_p256();

  kind what() const;
  int bits() const;  // of an RSA modulus

  // -- REQUIRES: what() == kind::p256 --
  std::string public_point() const;  // 65 bytes, uncompressed (SEC 1 section 2.3.3)
  // JWS ES256 (RFC 7518 section 3.4): R and S, 32 bytes each.
  std::string sign_es256(std::string_view bytes) const;
  // ECDH with another one's point: the 32 bytes of x. nullopt: that is no point of the curve.
  std::optional<std::string> shared_secret(std::string_view public_point) const;

  // -- REQUIRES: what() == kind::rsa --
  std::string sign_rs256(std::string_view bytes) const;  // RFC 7518 section 3.3

private:
  struct freed {
    void operator()(void* key) const;
  };
  using held = std::unique_ptr<void, freed>;  // EVP_PKEY, whose header stays in the source
  explicit private_key(held key) : key_(std::move(key)) {}
  std::string sign_sha256(std::string_view bytes) const;

  held key_;
};

}  // namespace carillon::push
