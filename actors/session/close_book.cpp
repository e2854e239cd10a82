#include "actors/session/close_book.hpp"

#include <utility>

namespace carillon {

wire::ended_session ended_session_of(const edge::ended_connection& how, const entity_id& user,
                                     const entity_id& team, timestamp now) {
  wire::ended_session out;
  out.set_connection(how.connection);
  out.set_user(user.text());
  out.set_team(team.text());
  out.set_remote(how.remote);
  out.set_at(now);
  out.set_lived(static_cast<std::uint64_t>(how.open_for.count()));
  out.set_code(how.code);
  out.set_reason(how.reason);
  out.set_by(how.by == edge::ended_by::host     ? "host"
             : how.by == edge::ended_by::client ? "client"
                                                : "network");
  out.set_queued_bytes(how.queued_bytes);
  out.set_queued_frames(how.queued_frames);
  return out;
}

void close_book::add(wire::ended_session ended) {
  std::lock_guard lock(mutex_);
  if (ring_.size() < most_)
    ring_.push_back(std::move(ended));
  else
    ring_[next_] = std::move(ended);
  next_ = (next_ + 1) % most_;
}

template <class Predicate>
std::vector<wire::ended_session> close_book::newest(std::size_t most, Predicate matches) const {
  std::lock_guard lock(mutex_);
  std::vector<wire::ended_session> out;
  for (std::size_t i = 1; i <= ring_.size() && out.size() < most; ++i) {
    const wire::ended_session& each = ring_[(next_ + most_ - i) % most_];
    if (matches(each))
      out.push_back(each);
  }
  return out;
}

std::vector<wire::ended_session> close_book::of_user(const entity_id& user, std::size_t most) const {
  const std::string name = user.text();
  return newest(most, [&](const wire::ended_session& each) { return each.user() == name; });
}

std::optional<wire::ended_session> close_book::of(edge::connection_id connection) const {
  auto found = newest(1, [&](const auto& each) { return each.connection() == connection; });
  if (found.empty())
    return std::nullopt;
  return std::move(found.front());
}

}  // namespace carillon
