#include "storage/token_memory.hpp"

namespace carillon::storage {

std::uint64_t token_memory::generation() const {
  std::lock_guard hold(lock_);
  return generation_;
}

void token_memory::learn(const principal& who, std::uint64_t asked_in_generation, tick_time now) {
  std::lock_guard hold(lock_);
  if (asked_in_generation != generation_)
    return;
  if (entries_.size() >= capacity_ && !entries_.contains(who.token.hash))
    make_room(now);
  entries_.insert_or_assign(who.token.hash, entry{who, now + carried_});
}

// Tokens that nobody ever had disturb nobody's look-up.
void token_memory::unlearn(const std::string& token_hash) {
  std::lock_guard hold(lock_);
  generation_ += entries_.erase(token_hash);
}

// What is too old goes first; then any one, whose owner waits for the server should that be away.
void token_memory::make_room(tick_time now) {
  std::erase_if(entries_, [now](const auto& known) { return known.second.until <= now; });
  if (entries_.size() >= capacity_ && !entries_.empty())
    entries_.erase(entries_.begin());
}

std::optional<principal> token_memory::recall(const std::string& token_hash, tick_time now) const {
  std::lock_guard hold(lock_);
  auto known = entries_.find(token_hash);
  if (known == entries_.end() || known->second.until <= now)
    return std::nullopt;
  return known->second.who;
}

void token_memory::forget_token(const std::string& token_hash) {
  std::lock_guard hold(lock_);
  ++generation_;
  entries_.erase(token_hash);
}

void token_memory::forget_user(entity_id user) {
  std::lock_guard hold(lock_);
  ++generation_;
  std::erase_if(entries_, [user](const auto& known) { return known.second.who.user.id == user; });
}

void token_memory::forget_all() {
  std::lock_guard hold(lock_);
  ++generation_;
  entries_.clear();
}

}  // namespace carillon::storage
