#include "runtime/cluster/waiting_room.hpp"

namespace carillon::cluster {

waiting_room::ticket waiting_room::enter(socket_fd twin, tick_time now) {
  std::lock_guard lock(mutex_);
  if (guests_.size() >= seats) {
    guests_.begin()->second.twin.end();
    guests_.erase(guests_.begin());
  }
  std::uint64_t number = ++last_;
  guests_.emplace(number, guest{std::move(twin), now + patience});
  return ticket(this, [room = shared_from_this(), number](void*) { room->leave(number); });
}

void waiting_room::tick(tick_time now) {
  std::lock_guard lock(mutex_);
  while (!guests_.empty() && now > guests_.begin()->second.until) {
    guests_.begin()->second.twin.end();  // the middleman sees it
    guests_.erase(guests_.begin());
  }
}

void waiting_room::leave(std::uint64_t number) {
  std::lock_guard lock(mutex_);
  guests_.erase(number);
}

}  // namespace carillon::cluster
