// How many streams and waiting polls each user has at this host. Each costs little as long as nothing
// happens; hundreds of one user, that look again all the time, would cost a core. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "runtime/base/ids.hpp"

namespace carillon::api {

class wait_places {
public:
  static constexpr std::uint32_t retry_after = 5;  // seconds, for who finds none

  wait_places();

  // Null: the user has `most` already. Otherwise one more, until it is let go, on any thread.
  std::shared_ptr<void> take(const entity_id& user, std::uint32_t most);

  std::size_t users() const;  // who have some

private:
  struct book;
  const std::shared_ptr<book> book_;
};

}  // namespace carillon::api
