// Tokens seen lately: hash -> access, so that a call costs no SQL. Bounded, entries live shortly,
// and whoever changes a token, a user or a profile forgets them here at once. Thread-safe.
//
// A look-up in the directory may be under way while a token is revoked; its answer must not enter
// afterwards. So the asker notes generation() before it asks, and put() drops what is older than
// the latest change.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

#include "actors/api/access.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/ids.hpp"

namespace carillon::api {

class token_cache {
public:
  // `life`: how long a change made past us (another host, the SQL shell) may stay unseen.
  token_cache(std::size_t capacity, std::chrono::milliseconds life)
      : capacity_(capacity), life_(life) {}

  access_ptr find(const std::string& token_hash, tick_time now);  // null: not known or too old
  std::uint64_t generation() const;
  void put(access_ptr found, std::uint64_t asked_in_generation, tick_time now);

  void forget_token(const std::string& token_hash);
  void forget_user(entity_id user);  // no id: everybody
  std::size_t size() const;

private:
  struct entry {
    access_ptr found;
    tick_time until;
  };
  void make_room(tick_time now);

  const std::size_t capacity_;
  const std::chrono::milliseconds life_;
  mutable std::mutex lock_;
  std::uint64_t generation_ = 0;
  std::unordered_map<std::string, entry> entries_;
};

}  // namespace carillon::api
