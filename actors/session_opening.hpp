// What a connection begins with: made by whoever lets it in, on its way through the edge as the context of
// gateway::on_open, then its session's. A value.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "storage/credentials.hpp"

namespace carillon {

// What a client that comes back has, in its own words: it is told what came since (carillon.sync has the
// same arguments), then what comes.
struct session_resume {
  std::string device;
  std::string cursor;
  std::string seen;
};

struct session_opening {
  storage::ticket ticket;
  std::optional<session_resume> resume;  // nothing: it is told what comes
  std::shared_ptr<void> held{};          // until the connection is over
};

}  // namespace carillon
