// Whom tokens stood for when the directory's server last said so: what a host goes on with while that
// server is away. Nothing can be revoked through a server that is away from everybody; one that is away
// from this host only may lose tokens meanwhile, and hosts that hear of it forget them here at once. So
// what is remembered is carried for `carried` after the server's last word, and no longer. Bounded.
//
// A look-up may be under way while a token is revoked; its answer must not enter afterwards. So the asker
// notes generation() before it asks. No clock; thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "storage/directory.hpp"

namespace carillon::storage {

class token_memory {
public:
  // Longer than a server takes to restart or to fail over to its standby.
  static constexpr std::chrono::minutes usual_carried{10};
  static constexpr std::size_t usual_capacity = 100'000;  // about 1 KB each

  explicit token_memory(std::chrono::milliseconds carried = usual_carried,
                        std::size_t capacity = usual_capacity)
      : carried_(carried), capacity_(capacity) {}

  std::uint64_t generation() const;
  // The server said so ...
  void learn(const principal& who, std::uint64_t asked_in_generation, tick_time now);
  // ... or that there is no such token (any more).
  void unlearn(const std::string& token_hash);
  // nullopt: never heard of, forgotten, or too long ago.
  std::optional<principal> recall(const std::string& token_hash, tick_time now) const;

  void forget_token(const std::string& token_hash);
  void forget_user(entity_id user);
  void forget_all();

private:
  struct entry {
    principal who;
    tick_time until;
  };
  void make_room(tick_time now);

  const std::chrono::milliseconds carried_;
  const std::size_t capacity_;
  mutable std::mutex lock_;
  std::uint64_t generation_ = 0;
  std::unordered_map<std::string, entry> entries_;  // by token hash
};

}  // namespace carillon::storage
