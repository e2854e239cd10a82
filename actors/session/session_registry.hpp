// Which session actor stands behind a connection, and whose it is. Written and read by I/O threads
// (frames in), by whoever revokes a token or disables a user, and at shutdown. Thread-safe.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <caf/all.hpp>

#include "runtime/base/ids.hpp"
#include "runtime/edge/gateway.hpp"

namespace carillon {

class session_registry {
public:
  // `held`: kept as long as it is here.
  void add(edge::connection_id connection, caf::actor session, const entity_id& user,
           const std::string& token_hash, const entity_id& team = {}, std::shared_ptr<void> held = {});
  void remove(edge::connection_id connection);
  caf::actor find(edge::connection_id connection) const;  // null: not there

  // A frame of so many bytes for the session, which reads it when it can; what it has not read yet
  // is bounded. false: it is over the bound, or the connection is not there.
  bool hand_in(edge::connection_id connection, std::string payload, bool is_text) const;

  // Sends session_end to every session of the token or user; the connection is closed with
  // close_code::signed_out.
  void end_token(const std::string& token_hash) const;
  void end_user(const entity_id& user) const;
  std::vector<std::string> token_hashes() const;  // of all sessions, each once

  // The same to `count` of those who were not told yet, whoever they are; says to how many.
  std::size_t end_some(std::size_t count, std::uint16_t code, const std::string& reason);
  std::size_t staying() const;  // who was not told so

  std::size_t size() const;

  // Whose a connection is, for operators. nullopt: not there.
  struct owner {
    entity_id user;
    entity_id team;
    std::size_t unread_bytes = 0;  // handed in and not read yet
  };
  std::optional<owner> owner_of(edge::connection_id connection) const;
  std::vector<edge::connection_id> connections_of(const entity_id& user) const;  // rising

private:
  struct entry {
    caf::actor session;
    entity_id user;
    std::string token_hash;
    std::shared_ptr<std::atomic<std::size_t>> unread_bytes;
    bool ending = false;  // end_some() took it
    entity_id team;
    std::shared_ptr<void> held;  // session_opening
  };
  template <class Predicate>
  void end_where(Predicate matches) const;

  mutable std::mutex mutex_;
  std::unordered_map<edge::connection_id, entry> sessions_;
  std::size_t ending_ = 0;  // of sessions_
};

}  // namespace carillon
