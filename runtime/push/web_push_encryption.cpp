#include "runtime/push/web_push_encryption.hpp"

#include <memory>

#include <openssl/evp.h>

#include "runtime/push/digests.hpp"

namespace carillon::push {
namespace {

constexpr std::size_t key_bytes = 16;
constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;
// One record takes everything: its size is the whole body's largest (RFC 8291 section 4 wants one only).
constexpr std::size_t record_size = web_push_body_max;
constexpr char last_record = 2;  // RFC 8188 section 2: the delimiter of the last record

unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// With the terminating zero that the RFCs' info strings have.
template <std::size_t N>
std::string_view with_zero(const char (&text)[N]) {
  return std::string_view(text, N);
}

std::string aes128gcm(std::string_view key, std::string_view nonce, std::string_view plain) {
  std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> context(EVP_CIPHER_CTX_new(),
                                                                     &EVP_CIPHER_CTX_free);
  std::string out(plain.size() + tag_bytes, '\0');
  int written = 0, more = 0;
  ENSURE(context &&
             EVP_EncryptInit_ex2(context.get(), EVP_aes_128_gcm(), bytes_of(key), bytes_of(nonce), nullptr) == 1 &&
             EVP_EncryptUpdate(context.get(), bytes_of(out), &written, bytes_of(plain),
                               static_cast<int>(plain.size())) == 1 &&
             EVP_EncryptFinal_ex(context.get(), bytes_of(out) + written, &more) == 1 &&
             static_cast<std::size_t>(written + more) == plain.size() &&
             EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_bytes,
                                 bytes_of(out) + plain.size()) == 1,
         "AES-128-GCM can be computed");
  return out;
}

}  // namespace

result<std::string> encrypted_for(const subscriber_keys& to, std::string_view text,
                                  std::size_t padding, const private_key& sender,
                                  std::string_view salt) {
  ENSURE(salt.size() == salt_bytes, "a salt has 16 bytes");
  ENSURE(text.size() + padding <= web_push_plain_max, "the text fits into a record");
  if (to.auth.size() != auth_bytes)
    return make_error(errc::invalid_arguments, "auth is not 16 bytes as base64url");
  const auto shared = sender.shared_secret(to.p256dh);
  if (!shared)
    return make_error(errc::invalid_arguments, "p256dh is not a point of P-256 as base64url");
  const std::string own_point = sender.public_point();

  // RFC 8291 section 3.4.
  std::string key_info(with_zero("WebPush: info"));
  key_info += to.p256dh;
  key_info += own_point;
  const std::string input_key = hkdf_sha256(to.auth, *shared, key_info, 32);
  const std::string key =
      hkdf_sha256(salt, input_key, with_zero("Content-Encoding: aes128gcm"), key_bytes);
  // RFC 8188 section 2.3; of the first record the sequence number, 0, changes nothing.
  const std::string nonce =
      hkdf_sha256(salt, input_key, with_zero("Content-Encoding: nonce"), nonce_bytes);

  // RFC 8188 section 2.1: salt, record size, length of the key's id, the id.
  std::string out(salt);
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>(record_size >> shift & 0xff);
  out += static_cast<char>(own_point.size());
  out += own_point;
  std::string plain(text);
  plain += last_record;
  plain.append(padding, '\0');
  return out + aes128gcm(key, nonce, plain);
}

}  // namespace carillon::push
