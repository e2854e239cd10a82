// Why a connection ended, from the code of its close and who said it.
#include <doctest/doctest.h>

#include "actors/inspect/why_ended.hpp"

using namespace carillon;

namespace {

std::string why(const char* by, std::uint32_t code, const char* reason) {
  wire::ended_session ended;
  ended.set_by(by);
  ended.set_code(code);
  ended.set_reason(reason);
  return why_ended(ended);
}

}  // namespace

TEST_CASE("why a connection ended: the host's codes have words, others its own or the client's") {
  CHECK(why("host", 4008, "outbound queue over its limit") == "it read too slowly");
  CHECK(why("host", 4009, "no answer to a ping") == "it answered no ping");
  CHECK(why("host", 4010, "the token was revoked") == "its token was revoked");
  CHECK(why("host", 1001, "this host is stopping") == "this host ended it: \"this host is stopping\"");
  CHECK(why("client", 1001, "") == "the client closed it");
  CHECK(why("client", 4008, "mine") == "the client closed it: \"mine\"");
  CHECK(why("network", 1006, "End of file") ==
        "the connection was lost, nobody said goodbye: \"End of file\"");
}
