#include "runtime/push/private_key.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

namespace carillon::push {
namespace {

template <class T, void (*Free)(T*)>
struct freed_by {
  void operator()(T* what) const { Free(what); }
};
template <class T, void (*Free)(T*)>
using owned = std::unique_ptr<T, freed_by<T, Free>>;
using number_ptr = owned<BIGNUM, BN_free>;
using context_ptr = owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using parameters_ptr = owned<OSSL_PARAM, OSSL_PARAM_free>;
using builder_ptr = owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;

constexpr std::size_t scalar_bytes = 32;
constexpr std::size_t point_bytes = 65;
constexpr char curve[] = SN_X9_62_prime256v1;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

// A host has no terminal to ask for a password at.
int no_password(char*, int, int, void*) {
  return -1;
}

// Null when it is none. `scalar` may be null: a public key.
EVP_PKEY* p256_key(const BIGNUM* scalar, std::string_view point) {
  builder_ptr builder(OSSL_PARAM_BLD_new());
  ENSURE(builder && OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve, 0) == 1 &&
             OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                              point.size()) == 1 &&
             (!scalar || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar) == 1),
         "a key's parts can be gathered");
  parameters_ptr parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  context_ptr context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* made = nullptr;
  const bool good = parameters && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                    EVP_PKEY_fromdata(context.get(), &made, scalar ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                                      parameters.get()) == 1;
  ERR_clear_error();
  return good ? made : nullptr;
}

}  // namespace

bool is_p256_point(std::string_view bytes) {
  if (bytes.size() != point_bytes || bytes[0] != 4)
    return false;
  owned<EVP_PKEY, EVP_PKEY_free> key(p256_key(nullptr, bytes));
  return key != nullptr;
}

void private_key::freed::operator()(void* key) const {
  EVP_PKEY_free(static_cast<EVP_PKEY*>(key));
}

result<private_key> private_key::from_pem(std::string_view pem) {
  owned<BIO, BIO_free_all> memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  ENSURE(memory != nullptr, "there is memory for a key");
  held key(PEM_read_bio_PrivateKey(memory.get(), nullptr, &no_password, nullptr));
  ERR_clear_error();
  if (!key)
    return make_error(errc::invalid_config,
                      "has no private key as PEM, or one that a password protects");
  return private_key(std::move(key));
}

std::optional<private_key> private_key::from_scalar(std::string_view bytes) {
  if (bytes.size() != scalar_bytes)
    return std::nullopt;
  owned<EC_GROUP, EC_GROUP_free> group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  number_ptr scalar(BN_secure_new());
  ENSURE(group && scalar && BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), scalar.get()),
         "there is memory for a key");
  if (BN_is_zero(scalar.get()) || BN_cmp(scalar.get(), EC_GROUP_get0_order(group.get())) >= 0)
    return std::nullopt;
  owned<EC_POINT, EC_POINT_free> point(EC_POINT_new(group.get()));
  std::string public_bytes(point_bytes, '\0');
  ENSURE(point && EC_POINT_mul(group.get(), point.get(), scalar.get(), nullptr, nullptr, nullptr) == 1 &&
             EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED,
                                bytes_of(public_bytes), public_bytes.size(), nullptr) == point_bytes,
         "a scalar in range has its point");
  held key(p256_key(scalar.get(), public_bytes));
  ENSURE(key != nullptr, "a scalar and its point are a key");
  return private_key(std::move(key));
}

private_key private_key::new_p256() {
  held key(EVP_EC_gen(curve));
  ENSURE(key != nullptr, "a key can be made");
  return private_key(std::move(key));
}

private_key::kind private_key::what() const {
  auto* key = static_cast<EVP_PKEY*>(key_.get());
  if (EVP_PKEY_is_a(key, "RSA") == 1)
    return kind::rsa;
  char group[64] = {};
  std::size_t size = 0;
  const bool p256 = EVP_PKEY_is_a(key, "EC") == 1 &&
                    EVP_PKEY_get_group_name(key, group, sizeof(group), &size) == 1 &&
                    std::string_view(group, size) == curve;
  ERR_clear_error();
  return p256 ? kind::p256 : kind::other;
}

int private_key::bits() const {
  return EVP_PKEY_get_bits(static_cast<EVP_PKEY*>(key_.get()));
}

std::string private_key::public_point() const {
  ENSURE(what() == kind::p256, "only a P-256 key has this point");
  auto* key = static_cast<EVP_PKEY*>(key_.get());
  // What a file brought may have its point compressed; x and y are told apart whatever it has.
  BIGNUM* x = nullptr;
  BIGNUM* y = nullptr;
  const bool told = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
                    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1;
  number_ptr hold_x(x), hold_y(y);
  std::string out(point_bytes, '\0');
  out[0] = 4;
  ENSURE(told && BN_bn2binpad(x, bytes_of(out) + 1, scalar_bytes) == scalar_bytes &&
             BN_bn2binpad(y, bytes_of(out) + 1 + scalar_bytes, scalar_bytes) == scalar_bytes,
         "a P-256 key tells its point");
  return out;
}

std::string private_key::sign_sha256(std::string_view bytes) const {
  owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  auto* key = static_cast<EVP_PKEY*>(key_.get());
  std::size_t size = 0;
  ENSURE(context && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
             EVP_DigestSign(context.get(), nullptr, &size, bytes_of(bytes), bytes.size()) == 1,
         "a private key signs");
  std::string out(size, '\0');
  ENSURE(EVP_DigestSign(context.get(), bytes_of(out), &size, bytes_of(bytes), bytes.size()) == 1,
         "a private key signs");
  out.resize(size);
  return out;
}

std::string private_key::sign_es256(std::string_view bytes) const {
  ENSURE(what() == kind::p256, "ES256 is of P-256");
  const std::string der = sign_sha256(bytes);
  const unsigned char* at = bytes_of(der);
  owned<ECDSA_SIG, ECDSA_SIG_free> read(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  std::string out(2 * scalar_bytes, '\0');
  ENSURE(read && BN_bn2binpad(ECDSA_SIG_get0_r(read.get()), bytes_of(out), scalar_bytes) == scalar_bytes &&
             BN_bn2binpad(ECDSA_SIG_get0_s(read.get()), bytes_of(out) + scalar_bytes, scalar_bytes) ==
                 scalar_bytes,
         "a signature has two numbers of 32 bytes");
  return out;
}

std::string private_key::sign_rs256(std::string_view bytes) const {
  ENSURE(what() == kind::rsa, "RS256 is of RSA");
  return sign_sha256(bytes);  // PKCS #1 v1.5, OpenSSL's default
}

std::optional<std::string> private_key::shared_secret(std::string_view point) const {
  ENSURE(what() == kind::p256, "they meet on P-256");
  if (!is_p256_point(point))
    return std::nullopt;
  held other(p256_key(nullptr, point));
  context_ptr context(EVP_PKEY_CTX_new_from_pkey(nullptr, static_cast<EVP_PKEY*>(key_.get()), nullptr));
  std::string out(scalar_bytes, '\0');
  std::size_t size = out.size();
  // Setting the peer checks that it is on the curve (an invalid one would give the key away).
  const bool good = other && context && EVP_PKEY_derive_init(context.get()) == 1 &&
                    EVP_PKEY_derive_set_peer(context.get(), static_cast<EVP_PKEY*>(other.get())) == 1 &&
                    EVP_PKEY_derive(context.get(), bytes_of(out), &size) == 1 && size == scalar_bytes;
  ERR_clear_error();
  return good ? std::optional(out) : std::nullopt;
}

}  // namespace carillon::push
