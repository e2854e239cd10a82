#include "actors/session/session_registry.hpp"

#include "actors/protocols.hpp"

namespace carillon {

void session_registry::add(edge::connection_id connection, caf::actor session,
                           const entity_id& user, const std::string& token_hash) {
  std::lock_guard lock(mutex_);
  sessions_[connection] = {std::move(session), user, token_hash};
}

void session_registry::remove(edge::connection_id connection) {
  std::lock_guard lock(mutex_);
  sessions_.erase(connection);
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

std::size_t session_registry::size() const {
  std::lock_guard lock(mutex_);
  return sessions_.size();
}

}  // namespace carillon
