#include "actors/api/token_cache.hpp"

namespace carillon::api {

access_ptr token_cache::find(const std::string& token_hash, tick_time now) {
  std::lock_guard hold(lock_);
  auto known = entries_.find(token_hash);
  if (known == entries_.end())
    return nullptr;
  if (known->second.until <= now) {
    entries_.erase(known);
    return nullptr;
  }
  return known->second.found;
}

std::uint64_t token_cache::generation() const {
  std::lock_guard hold(lock_);
  return generation_;
}

void token_cache::put(access_ptr found, std::uint64_t asked_in_generation, tick_time now) {
  std::lock_guard hold(lock_);
  if (asked_in_generation != generation_)
    return;
  if (entries_.size() >= capacity_)
    make_room(now);
  std::string hash = found->token_hash();
  entries_.insert_or_assign(std::move(hash), entry{std::move(found), now + life_});
}

// What is too old goes first; then any one, which costs its owner one look-up.
void token_cache::make_room(tick_time now) {
  std::erase_if(entries_, [now](const auto& known) { return known.second.until <= now; });
  if (entries_.size() >= capacity_ && !entries_.empty())
    entries_.erase(entries_.begin());
}

void token_cache::forget_token(const std::string& token_hash) {
  std::lock_guard hold(lock_);
  ++generation_;
  entries_.erase(token_hash);
}

void token_cache::forget_user(entity_id user) {
  std::lock_guard hold(lock_);
  ++generation_;
  std::erase_if(entries_, [user](const auto& known) {
    return user == entity_id() || known.second.found->user().id == user;
  });
}

std::size_t token_cache::size() const {
  std::lock_guard hold(lock_);
  return entries_.size();
}

}  // namespace carillon::api
