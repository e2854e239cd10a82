#include "runtime/push/digests.hpp"

#include <memory>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "runtime/base/ensure.hpp"

namespace carillon::push {
namespace {

constexpr std::size_t hash_bytes = 32;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

OSSL_PARAM octets(const char* name, std::string_view bytes) {
  // OpenSSL reads these only, but shares the type with those that it writes.
  return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(bytes.data()), bytes.size());
}

}  // namespace

std::string sha256(std::string_view bytes) {
  std::string out(hash_bytes, '\0');
  ENSURE(EVP_Digest(bytes.data(), bytes.size(), bytes_of(out), nullptr, EVP_sha256(), nullptr) == 1,
         "SHA-256 can be computed");
  return out;
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  std::string out(hash_bytes, '\0');
  ENSURE(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(bytes), bytes.size(),
              bytes_of(out), nullptr) != nullptr,
         "HMAC-SHA-256 can be computed");
  return out;
}

std::string hkdf_sha256(std::string_view salt, std::string_view input_key, std::string_view info,
                        std::size_t length) {
  std::unique_ptr<EVP_KDF, void (*)(EVP_KDF*)> algorithm(EVP_KDF_fetch(nullptr, "HKDF", nullptr),
                                                         &EVP_KDF_free);
  std::unique_ptr<EVP_KDF_CTX, void (*)(EVP_KDF_CTX*)> context(EVP_KDF_CTX_new(algorithm.get()),
                                                               &EVP_KDF_CTX_free);
  std::string hash = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash.data(), hash.size()),
      octets(OSSL_KDF_PARAM_SALT, salt),
      octets(OSSL_KDF_PARAM_KEY, input_key),
      octets(OSSL_KDF_PARAM_INFO, info),
      OSSL_PARAM_construct_end(),
  };
  std::string out(length, '\0');
  ENSURE(context && EVP_KDF_derive(context.get(), bytes_of(out), out.size(), parameters) == 1,
         "HKDF can be computed");
  return out;
}

}  // namespace carillon::push
