// Secrets: Argon2id password hashes, token texts and their stored hashes, and the tickets inside
// WebSocket URLs, which are verified without storage. libsodium is met here and in runtime/base.
// Hashing a password blocks for tens of milliseconds: directory thread only. The rest: any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/clock.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/base/result.hpp"
#include "storage/directory.hpp"

namespace carillon::storage {

// Must be called once before anything here; false: libsodium does not work on this machine.
bool start_credentials();

// Argon2id in libsodium's own text form (it names its parameters and salt).
result<std::string> hash_password(std::string_view password, unsigned ops, std::size_t memory_bytes);
bool verify_password(std::string_view hash, std::string_view password);

// "xoxp-…", "xoxb-…" or "xapp-…" with 256 random bits in base32.
std::string new_token_text(token_kind kind);
// What is stored: BLAKE2b-256.
std::string token_hash(std::string_view token_text);

// What this host proposes as the key that signs tickets: 32 random bytes, kept in <data>/secret.key
// (mode 0600); made when absent. All hosts of a cluster sign with one key, or a ticket of one would
// not open on another: the first proposal that is committed in the meta group, kept in the
// directory's table `settings` of every host (file mode 0600 too). The same goes for the text of the
// admin token. Both travel in the meta log: between hosts that do not trust their network, use TLS.
result<std::string> load_secret_key(const std::string& data_folder);

struct ticket {
  entity_id user;
  entity_id team;
  std::string token_hash;  // so that revoking the token ends the session
  timestamp expires = 0;
};
// URL-safe text, authenticated with the key (BLAKE2b keyed). read_ticket: nullopt when it was not
// made with this key, or `now` is past its end.
std::string make_ticket(const ticket& what, std::string_view key);
std::optional<ticket> read_ticket(std::string_view text, std::string_view key, timestamp now);

}  // namespace carillon::storage
