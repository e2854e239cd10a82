#include "actors/inspect/why_ended.hpp"

#include "runtime/base/logging.hpp"
#include "runtime/edge/gateway.hpp"

namespace carillon {

namespace code = edge::close_code;

std::string why_ended(const wire::ended_session& ended) {
  const std::string words = ended.reason().empty() ? "" : fmt::format(": \"{}\"", ended.reason());
  if (ended.by() == "client")
    return fmt::format("the client closed it{}", words);
  switch (ended.code()) {
    case code::slow_consumer:
      return "it read too slowly";
    case code::ping_timeout:
      return "it answered no ping";
    case code::signed_out:
      return "its token was revoked";
    case code::too_big:
      return "it sent too long a message";
    case code::protocol_error:
    case code::bad_payload:
    case code::unsupported_data:
      return fmt::format("what it sent was no proper WebSocket message{}", words);
  }
  if (ended.by() == "network")
    return fmt::format("the connection was lost, nobody said goodbye{}", words);
  return fmt::format("this host ended it{}", words);
}

}  // namespace carillon
