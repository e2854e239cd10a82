// What pushes are signed and encrypted with, against the RFCs' own examples and OpenSSL's own verifier.
#include <doctest/doctest.h>

#include "runtime/base/hex.hpp"
#include "runtime/push/digests.hpp"
#include "runtime/push/jwt.hpp"
#include "runtime/push/web_push_encryption.hpp"
#include "tests/runtime/push/push_fixture.hpp"

namespace carillon::push {
namespace {

std::string bytes(std::string_view hex) {
  return *from_hex(hex);
}

TEST_CASE("push digests: the published examples of SHA-256, HMAC and HKDF come out") {
  CHECK(to_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // RFC 4231 section 4.3
  CHECK(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  // RFC 5869 appendix A.1
  CHECK(to_hex(hkdf_sha256(bytes("000102030405060708090a0b0c"), std::string(22, '\x0b'),
                           bytes("f0f1f2f3f4f5f6f7f8f9"), 42)) ==
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
}

TEST_CASE("push base64url: what is written reads back, padding and the other alphabet are taken too") {
  for (std::size_t size = 0; size < 70; ++size) {
    std::string all;
    for (std::size_t i = 0; i < size; ++i)
      all += static_cast<char>(251 * i + 255);
    CHECK(from_base64url(base64url(all)) == all);
  }
  CHECK(base64url("\xff\xff\xfe") == "___-");
  CHECK(from_base64url("//+/") == from_base64url("__-_"));
  CHECK(from_base64url("YQ==") == "a");
  CHECK(from_base64url("YQ=") == "a");
  for (const char* bad : {"Y", "YQ===", "Y Q", "YQ\n", "YR", "Y=Q"})
    CHECK_FALSE(from_base64url(bad).has_value());
}

TEST_CASE("push encryption: RFC 8291's example comes out byte by byte") {
  auto sender = private_key::from_scalar(decoded(rfc8291::as_private));
  REQUIRE(sender);
  CHECK(base64url(sender->public_point()) == rfc8291::as_public);
  auto shared = sender->shared_secret(decoded(rfc8291::ua_public));
  REQUIRE(shared);
  CHECK(base64url(*shared) == "kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs");
  auto body = encrypted_for({decoded(rfc8291::ua_public), decoded(rfc8291::auth)}, rfc8291::plain, 0, *sender,
                            decoded(rfc8291::salt));
  REQUIRE(body);
  CHECK(base64url(*body) ==
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
        "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN");
}

TEST_CASE("push encryption: both ends of a subscription meet in one secret") {
  auto browser = private_key::from_scalar(decoded(rfc8291::ua_private));
  auto sender = private_key::from_scalar(decoded(rfc8291::as_private));
  REQUIRE((browser && sender));
  CHECK(browser->shared_secret(sender->public_point()) == sender->shared_secret(browser->public_point()));
}

TEST_CASE("push encryption: the longest text makes a body of 4,096 bytes, padding is part of it") {
  const private_key sender = private_key::new_p256();
  const subscriber_keys to{decoded(rfc8291::ua_public), decoded(rfc8291::auth)};
  const std::string salt(salt_bytes, 's');
  CHECK(encrypted_for(to, std::string(web_push_plain_max, 'x'), 0, sender, salt)->size() == web_push_body_max);
  CHECK(encrypted_for(to, "x", web_push_plain_max - 1, sender, salt)->size() == web_push_body_max);
  CHECK(encrypted_for(to, "", 0, sender, salt)->size() == web_push_body_max - web_push_plain_max);
}

TEST_CASE("push encryption: keys that are no subscriber's are refused") {
  const private_key sender = private_key::new_p256();
  const std::string salt(salt_bytes, 's');
  const std::string point = decoded(rfc8291::ua_public), secret = decoded(rfc8291::auth);
  auto refused = [&](const std::string& p256dh, const std::string& auth) {
    auto made = encrypted_for({p256dh, auth}, "x", 0, sender, salt);
    return !made && made.code() == errc::invalid_arguments;
  };
  CHECK_FALSE(refused(point, secret));
  CHECK(refused(point, secret.substr(1)));
  CHECK(refused(point, secret + "x"));
  CHECK(refused(point.substr(0, 64), secret));
  std::string beside = point;
  beside[64] = static_cast<char>(beside[64] ^ 1);
  CHECK(refused(beside, secret));  // y is not that of x
  CHECK(refused(std::string(65, '\x04'), secret));
  CHECK(refused(std::string(1, '\0'), secret));  // the point at infinity
  std::string compressed = point.substr(0, 33);
  compressed[0] = 2;
  CHECK(refused(compressed, secret));
}

TEST_CASE("push keys: of scalars those from 1 to the order less 1 are keys") {
  const std::string order = bytes("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  std::string last = order;
  last[31] = 0x50;
  CHECK(private_key::from_scalar(last));
  CHECK_FALSE(private_key::from_scalar(order));
  CHECK_FALSE(private_key::from_scalar(std::string(32, '\0')));
  CHECK(private_key::from_scalar(std::string(31, '\0') + '\x01'));
  CHECK_FALSE(private_key::from_scalar(std::string(31, '\x01')));
  CHECK_FALSE(private_key::from_scalar(std::string(33, '\x01')));
}

TEST_CASE("push keys: PEM of every kind is read and told apart, what is none or has a password is not") {
  CHECK(read_key(new_ec("P-256")).what() == private_key::kind::p256);
  CHECK(read_key(new_ec("P-384")).what() == private_key::kind::other);
  const private_key rsa = read_key(new_rsa(2'048));
  CHECK(rsa.what() == private_key::kind::rsa);
  CHECK(rsa.bits() == 2'048);
  auto good = new_ec("P-256");
  CHECK(private_key::from_pem("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" +
                              pem_of(good.get())));
  for (const char* bad : {"", "hello", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"})
    CHECK_FALSE(private_key::from_pem(bad));
  std::unique_ptr<BIO, void (*)(BIO*)> memory(BIO_new(BIO_s_mem()), &BIO_free_all);
  REQUIRE(PEM_write_bio_PKCS8PrivateKey(memory.get(), good.get(), EVP_aes_128_cbc(), "word", 4, nullptr, nullptr) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  auto locked = private_key::from_pem(std::string_view(text, static_cast<std::size_t>(size)));
  REQUIRE_FALSE(locked);
  CHECK(locked.error().detail.find("password") != std::string::npos);
}

TEST_CASE("push tokens: a JWT is three parts of base64url, and its signature is good for its key only") {
  auto ec = new_ec("P-256"), rsa = new_rsa(2'048), other = new_ec("P-256");
  const std::string es = signed_jwt(R"({"iss":"me"})", read_key(ec), "KEY1");
  auto read = verified(es, ec);
  CHECK(read.good);
  CHECK(boost::json::serialize(read.header) == R"({"alg":"ES256","typ":"JWT","kid":"KEY1"})");
  CHECK(boost::json::serialize(read.claims) == R"({"iss":"me"})");
  CHECK_FALSE(verified(es, other).good);
  const std::string rs = signed_jwt(R"({"iss":"me"})", read_key(rsa));
  read = verified(rs, rsa);
  CHECK(read.good);
  CHECK(boost::json::serialize(read.header) == R"({"alg":"RS256","typ":"JWT"})");
  std::string touched = rs;
  touched[rs.find('.') + 3] ^= 1;
  CHECK_FALSE(touched == rs);
}

TEST_CASE("push tokens: every signature has 64 bytes, also where a number of it is short") {
  const private_key key = private_key::new_p256();
  for (int i = 0; i < 600; ++i)  // each 256th R or S begins with a zero
    CHECK(key.sign_es256(std::to_string(i)).size() == 64);
}

}  // namespace
}  // namespace carillon::push
