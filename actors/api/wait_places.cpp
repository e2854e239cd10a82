#include "actors/api/wait_places.hpp"

#include <mutex>
#include <unordered_map>

namespace carillon::api {

struct wait_places::book {
  mutable std::mutex lock;
  std::unordered_map<entity_id, std::uint32_t> taken;  // > 0

  void give_back(const entity_id& user) {
    std::lock_guard locked(lock);
    const auto found = taken.find(user);
    if (--found->second == 0)
      taken.erase(found);
  }
};

wait_places::wait_places() : book_(std::make_shared<book>()) {}

std::shared_ptr<void> wait_places::take(const entity_id& user, std::uint32_t most) {
  std::lock_guard locked(book_->lock);
  const auto found = book_->taken.find(user);
  if ((found == book_->taken.end() ? 0 : found->second) >= most)
    return nullptr;
  ++book_->taken[user];
  return {book_.get(), [of = book_, user](void*) { of->give_back(user); }};
}

std::size_t wait_places::users() const {
  std::lock_guard locked(book_->lock);
  return book_->taken.size();
}

}  // namespace carillon::api
