// What the tests of pushes share: a push to each provider, its request's parts, keys, and a verifier of
// signatures that is OpenSSL's own.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <boost/json.hpp>
#include <doctest/doctest.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "runtime/push/base64url.hpp"
#include "runtime/push/http_exchange.hpp"
#include "runtime/push/private_key.hpp"
#include "runtime/push/push_message.hpp"

namespace carillon::push {

// RFC 8291 section 5 and appendix A: the subscriber's keys and the sender's.
namespace rfc8291 {
inline constexpr char plain[] = "When I grow up, I want to be a watermelon";
inline constexpr char ua_private[] = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
inline constexpr char ua_public[] =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
inline constexpr char auth[] = "BTBZMqHH6r4Tts7J_aSIgg";
inline constexpr char as_private[] = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
inline constexpr char as_public[] =
    "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";
inline constexpr char salt[] = "DGv6ra1nlYgDCS1FRnbzlw";
}  // namespace rfc8291

inline std::string decoded(std::string_view text) {
  auto bytes = from_base64url(text);
  REQUIRE(bytes);
  return *bytes;
}

inline push_message push_to(provider via) {
  push_message out;
  out.to.via = via;
  out.to.token = via == provider::web_push ? "https://push.example.net/send/abc" : "0a1b2c3d";
  out.to.p256dh = rfc8291::ua_public;
  out.to.auth = rfc8291::auth;
  out.user = "U000000000001";
  out.title = "Ann";
  out.body = "hello";
  out.badge = 3;
  out.collapse_id = "C1-17";
  out.channel = "C000000000001";
  out.ts = "1700000000.000100";
  return out;
}

// The value of a header; "(none)" where there is none.
inline std::string header(const http_request& of, std::string_view name) {
  for (const std::string& line : of.headers)
    if (line.starts_with(name) && line.substr(name.size(), 2) == ": ")
      return line.substr(name.size() + 2);
  return "(none)";
}

inline http_answer answer(int status, std::string body = {}) {
  http_answer out;
  out.status = status;
  out.body = std::move(body);
  return out;
}

inline boost::json::value read_json(std::string_view text) {
  boost::json::error_code failed;
  auto out = boost::json::parse({text.data(), text.size()}, failed);
  REQUIRE_MESSAGE(!failed, text);
  return out;
}

using key_ptr = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;

inline std::string pem_of(EVP_PKEY* key) {
  std::unique_ptr<BIO, void (*)(BIO*)> memory(BIO_new(BIO_s_mem()), &BIO_free_all);
  REQUIRE(PEM_write_bio_PKCS8PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &bytes);
  return std::string(bytes, static_cast<std::size_t>(size));
}

inline key_ptr new_ec(const char* curve) { return key_ptr(EVP_EC_gen(curve), &EVP_PKEY_free); }
inline key_ptr new_rsa(std::size_t bits) { return key_ptr(EVP_RSA_gen(bits), &EVP_PKEY_free); }

inline private_key read_key(const key_ptr& key) {
  auto out = private_key::from_pem(pem_of(key.get()));
  REQUIRE(out);
  return std::move(*out);
}

// A JWT's parts, its signature judged by the key.
struct read_jwt {
  boost::json::value header, claims;
  bool good = false;
};
inline read_jwt verified(std::string_view jwt, const key_ptr& key) {
  const std::size_t first = jwt.find('.'), last = jwt.rfind('.');
  REQUIRE(first < last);
  REQUIRE(jwt.find('=') == std::string_view::npos);  // RFC 7515 section 2: no padding
  read_jwt out{read_json(decoded(jwt.substr(0, first))),
               read_json(decoded(jwt.substr(first + 1, last - first - 1)))};
  std::string signature = decoded(jwt.substr(last + 1));
  if (EVP_PKEY_is_a(key.get(), "EC") == 1) {
    REQUIRE(signature.size() == 64);
    const auto* bytes = reinterpret_cast<const unsigned char*>(signature.data());
    std::unique_ptr<ECDSA_SIG, void (*)(ECDSA_SIG*)> pair(ECDSA_SIG_new(), &ECDSA_SIG_free);
    ECDSA_SIG_set0(pair.get(), BN_bin2bn(bytes, 32, nullptr), BN_bin2bn(bytes + 32, 32, nullptr));
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(pair.get(), &der);
    signature.assign(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
  }
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  REQUIRE(EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1);
  out.good = EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                              signature.size(), reinterpret_cast<const unsigned char*>(jwt.data()), last) == 1;
  return out;
}

}  // namespace carillon::push
