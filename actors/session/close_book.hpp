// The clients' WebSockets that ended on this host of late: the answer to "why does she get nothing?" when
// she has no connection left. Keeps the newest close_book_max, some 300 bytes each, and forgets them
// with the process. Written by I/O threads as connections end, read when an operator looks.
// Thread-safe.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/edge/pictures.hpp"
#include "runtime/wire/inspect.pb.h"

namespace carillon {

inline constexpr std::size_t close_book_max = 1'024;

// Without host and words: who shows it knows these. `now`: as host_services::now().
wire::ended_session ended_session_of(const edge::ended_connection& how, const entity_id& user,
                                     const entity_id& team, timestamp now);

class close_book {
public:
  explicit close_book(std::size_t most = close_book_max) : most_(most) {}

  void add(wire::ended_session ended);
  // The newest first.
  std::vector<wire::ended_session> of_user(const entity_id& user, std::size_t most) const;
  std::optional<wire::ended_session> of(edge::connection_id connection) const;

private:
  template <class Predicate>
  std::vector<wire::ended_session> newest(std::size_t most, Predicate matches) const;

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::vector<wire::ended_session> ring_;  // grows to most_
  std::size_t next_ = 0;                   // where the next one goes: the oldest, once it is full
};

}  // namespace carillon
