#include "storage/credentials.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

namespace carillon::storage {
namespace {

constexpr std::size_t key_bytes = 32;
constexpr std::size_t token_bytes =
    32;  // 256 random bits: guessing is hopeless, no slow hash needed
constexpr std::size_t hash_bytes = 32;
constexpr std::size_t mac_bytes = 32;

// A ticket, before base64url without padding. All numbers big-endian. The version comes first, so
// that another layout is another byte and never a misreading.
//   offset 0   1  version, 1
//          1   9  user: kind letter, number
//         10   9  team: kind letter, number
//         19   8  expires, microseconds since 1970
//         27  32  token hash
//         59  32  BLAKE2b of all before it, keyed with the secret key
constexpr char ticket_version = 1;
constexpr std::size_t signed_bytes = 1 + 9 + 9 + 8 + hash_bytes;
constexpr std::size_t ticket_bytes = signed_bytes + mac_bytes;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string blake2b(std::string_view text, std::string_view key) {
  std::string out(hash_bytes, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(out.data()), out.size(), bytes_of(text),
                     text.size(), key.empty() ? nullptr : bytes_of(key), key.size());
  return out;
}

void put_number(std::string& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out += static_cast<char>(number >> shift & 0xff);
}

std::uint64_t get_number(std::string_view bytes) {
  std::uint64_t number = 0;
  for (char c : bytes.substr(0, 8))
    number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

void put_id(std::string& out, const entity_id& id) {
  out += id.kind;
  put_number(out, id.number);
}

entity_id get_id(std::string_view bytes) {
  return entity_id{bytes[0], get_number(bytes.substr(1))};
}

std::string base64url(std::string_view bytes) {
  constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string out(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(out.data(), out.size(), bytes_of(bytes), bytes.size(), variant);
  out.pop_back();  // the terminating zero that libsodium counts
  return out;
}

std::string base32(std::string_view bytes) {
  constexpr std::string_view digits = "abcdefghijklmnopqrstuvwxyz234567";
  std::string out;
  unsigned buffer = 0;
  int bits = 0;
  for (char c : bytes) {
    buffer = buffer << 8 | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 5; bits -= 5)
      out += digits[buffer >> (bits - 5) & 31];
  }
  if (bits > 0)
    out += digits[buffer << (5 - bits) & 31];
  return out;
}

error system_error(const std::string& path) {
  return make_error(errc::io_error, path + ": " + std::strerror(errno));
}

result<std::string> read_key(const std::string& path) {
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return errno == ENOENT ? make_error(errc::not_found, path) : system_error(path);
  std::array<char, key_bytes + 1> buffer;
  ssize_t count = ::read(file, buffer.data(), buffer.size());
  error failure = system_error(path);
  ::close(file);
  if (count < 0)
    return failure;
  if (count != static_cast<ssize_t>(key_bytes))
    return make_error(errc::corrupt_record, path + ": must be exactly 32 bytes");
  return std::string(buffer.data(), key_bytes);
}

// Makes `path` with `key` in it, or leaves alone what another process put there first. It is never
// there half-written: the file is complete and synced before it gets its name.
status write_key(const std::string& folder, const std::string& path, std::string_view key) {
  std::string draft = path + ".XXXXXX";
  int file = ::mkostemp(draft.data(), O_CLOEXEC);  // mode 0600
  if (file < 0)
    return system_error(path);
  bool written = ::write(file, key.data(), key.size()) == static_cast<ssize_t>(key.size()) &&
                 ::fchmod(file, S_IRUSR | S_IWUSR) == 0 && ::fsync(file) == 0 &&
                 (::link(draft.c_str(), path.c_str()) == 0 || errno == EEXIST);
  error failure = system_error(path);
  ::close(file);
  ::unlink(draft.c_str());
  if (!written)
    return failure;
  int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool synced = directory >= 0 && ::fsync(directory) == 0;
  failure = system_error(folder);
  if (directory >= 0)
    ::close(directory);
  if (!synced)
    return failure;
  return ok;
}

}  // namespace

bool start_credentials() {
  return sodium_init() >= 0;
}

result<std::string> hash_password(std::string_view password, unsigned ops,
                                  std::size_t memory_bytes) {
  std::array<char, crypto_pwhash_STRBYTES> out{};
  if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), ops, memory_bytes,
                            crypto_pwhash_ALG_ARGON2ID13) != 0)
    return make_error(errc::overloaded, "no memory left to hash a password");
  return std::string(out.data());
}

bool verify_password(std::string_view hash, std::string_view password) {
  std::array<char, crypto_pwhash_STRBYTES> text{};
  if (hash.empty() || hash.size() >= text.size())
    return false;
  std::memcpy(text.data(), hash.data(), hash.size());
  return crypto_pwhash_str_verify(text.data(), password.data(), password.size()) == 0;
}

std::string new_token_text(token_kind kind) {
  std::string random(token_bytes, '\0');
  randombytes_buf(random.data(), random.size());
  const char* prefix = kind == token_kind::bot   ? "xoxb-"
                       : kind == token_kind::app ? "xapp-"
                                                 : "xoxp-";
  return prefix + base32(random);
}

std::string token_hash(std::string_view token_text) {
  return blake2b(token_text, {});
}

result<std::string> load_secret_key(const std::string& data_folder) {
  std::string path = data_folder + "/secret.key";
  auto existing = read_key(path);
  if (existing || existing.code() != errc::not_found)
    return existing;
  std::string key(key_bytes, '\0');
  randombytes_buf(key.data(), key.size());
  if (auto written = write_key(data_folder, path, key); !written)
    return written.error();
  return read_key(path);  // what is there now may be another process's
}

std::string make_ticket(const ticket& what, std::string_view key) {
  ENSURE(key.size() == key_bytes, "tickets are made with the secret key");
  ENSURE(what.token_hash.size() == hash_bytes, "a ticket names its token by the 32-byte hash");
  std::string out(1, ticket_version);
  put_id(out, what.user);
  put_id(out, what.team);
  put_number(out, what.expires);
  out += what.token_hash;
  out += blake2b(out, key);
  return base64url(out);
}

std::optional<ticket> read_ticket(std::string_view text, std::string_view key, timestamp now) {
  ENSURE(key.size() == key_bytes, "tickets are read with the secret key");
  std::string bytes(ticket_bytes, '\0');
  std::size_t count = 0;
  const char* end = nullptr;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                        text.size(), nullptr, &count, &end,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
      count != ticket_bytes || end != text.data() + text.size())
    return std::nullopt;
  // libsodium takes some bytes outside ASCII for digits: one ticket has one text.
  if (base64url(bytes) != text)
    return std::nullopt;
  std::string_view all = bytes;
  std::string expected = blake2b(all.substr(0, signed_bytes), key);
  // In constant time, so that a forger learns nothing from how long the refusal took.
  if (sodium_memcmp(expected.data(), all.data() + signed_bytes, mac_bytes) != 0 ||
      all[0] != ticket_version)
    return std::nullopt;
  ticket out{.user = get_id(all.substr(1)),
             .team = get_id(all.substr(10)),
             .token_hash = std::string(all.substr(27, hash_bytes)),
             .expires = get_number(all.substr(19))};
  if (now >= out.expires)
    return std::nullopt;
  return out;
}

}  // namespace carillon::storage
