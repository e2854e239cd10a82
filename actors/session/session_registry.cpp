#include "actors/session/session_registry.hpp"

#include <algorithm>

#include "actors/protocols.hpp"

namespace carillon {
namespace {

// A client that says more than its session can read is closed; 64 of the largest frames are a burst
// that nobody honest has in flight.
constexpr std::size_t unread_max_bytes = 4u << 20;
constexpr std::size_t frame_cost = 512;  // of a mailbox element around a payload

}  // namespace

void session_registry::add(edge::connection_id connection, caf::actor session,
                           const entity_id& user, const std::string& token_hash,
                           const entity_id& team, std::shared_ptr<void> held) {
  std::lock_guard lock(mutex_);
  sessions_[connection] = {std::move(session), user, token_hash,
                           std::make_shared<std::atomic<std::size_t>>(0), false, team, std::move(held)};
}

bool session_registry::hand_in(edge::connection_id connection, std::string payload,
                               bool is_text) const {
  entry to;
  {
    std::lock_guard lock(mutex_);
    auto found = sessions_.find(connection);
    if (found == sessions_.end())
      return false;
    to.session = found->second.session;
    to.unread_bytes = found->second.unread_bytes;
  }
  const std::size_t size = payload.size() + frame_cost;
  if (*to.unread_bytes + size > unread_max_bytes)
    return false;
  *to.unread_bytes += size;
  std::shared_ptr<void> room(to.unread_bytes.get(),
                             [unread = to.unread_bytes, size](void*) { *unread -= size; });
  caf::anon_send(to.session, session_frame{std::move(payload), is_text, std::move(room),
                                            steady_now()});
  return true;
}

void session_registry::remove(edge::connection_id connection) {
  std::lock_guard lock(mutex_);
  auto found = sessions_.find(connection);
  if (found == sessions_.end())
    return;
  ending_ -= found->second.ending;
  sessions_.erase(found);
}

caf::actor session_registry::find(edge::connection_id connection) const {
  std::lock_guard lock(mutex_);
  auto found = sessions_.find(connection);
  return found == sessions_.end() ? caf::actor{} : found->second.session;
}

template <class Predicate>
void session_registry::end_where(Predicate matches) const {
  std::lock_guard lock(mutex_);
  for (const auto& [connection, known] : sessions_)
    if (matches(known))
      caf::anon_send(known.session,
                     session_end{edge::close_code::signed_out, "the token was revoked"});
}

void session_registry::end_token(const std::string& token_hash) const {
  end_where([&](const entry& known) { return known.token_hash == token_hash; });
}

void session_registry::end_user(const entity_id& user) const {
  end_where([&](const entry& known) { return known.user == user; });
}

std::vector<std::string> session_registry::token_hashes() const {
  std::vector<std::string> out;
  {
    std::lock_guard lock(mutex_);
    out.reserve(sessions_.size());
    for (const auto& [connection, known] : sessions_)
      out.push_back(known.token_hash);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::size_t session_registry::end_some(std::size_t count, std::uint16_t code,
                                       const std::string& reason) {
  std::lock_guard lock(mutex_);
  std::size_t told = 0;
  for (auto each = sessions_.begin(); each != sessions_.end() && told < count; ++each) {
    if (std::exchange(each->second.ending, true))
      continue;
    caf::anon_send(each->second.session, session_end{code, reason});
    ++told;
  }
  ending_ += told;
  return told;
}

std::size_t session_registry::staying() const {
  std::lock_guard lock(mutex_);
  return sessions_.size() - ending_;
}

std::size_t session_registry::size() const {
  std::lock_guard lock(mutex_);
  return sessions_.size();
}

std::optional<session_registry::owner> session_registry::owner_of(
    edge::connection_id connection) const {
  std::lock_guard lock(mutex_);
  auto found = sessions_.find(connection);
  if (found == sessions_.end())
    return std::nullopt;
  const entry& known = found->second;
  return owner{known.user, known.team, known.unread_bytes->load()};
}

std::vector<edge::connection_id> session_registry::connections_of(const entity_id& user) const {
  std::lock_guard lock(mutex_);
  std::vector<edge::connection_id> out;
  for (const auto& [connection, known] : sessions_)
    if (known.user == user)
      out.push_back(connection);
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace carillon
