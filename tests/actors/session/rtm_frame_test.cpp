// What a client says over RTM, where the answer must be JSON whatever was said.
#include "actors/session/rtm_frame.hpp"

#include <doctest/doctest.h>

using namespace carillon;

namespace {

constexpr rtm_limits limits{.text_max_characters = 40, .client_msg_id_max_bytes = 16, .ids_max = 4};

}  // namespace

TEST_CASE("rtm frame: a ping is echoed with its id as reply_to") {
  rtm_frame frame;
  REQUIRE(read_rtm_frame(R"({"id":7,"type":"ping","time":1.5})", limits, frame));
  CHECK(frame.pong == R"({"time":1.5E0,"type":"pong","reply_to":7})");
}

TEST_CASE("rtm frame: a number that no double holds is not echoed as the word Infinity") {
  for (const char* text : {R"({"id":4.5e380,"type":"ping"})", R"({"id":1,"type":"ping","time":-1e400})"}) {
    rtm_frame frame;
    const status read = read_rtm_frame(text, limits, frame);
    REQUIRE_FALSE(read);
    CHECK(read.code() == errc::invalid_json);
    CHECK(rtm_refusal(frame.id, read.error()).find("nfinity") == std::string::npos);
  }
}

TEST_CASE("rtm frame: a refusal says what it answers, and when to come again where that is known") {
  CHECK(rtm_refusal(7, make_error(errc::ratelimited), 20) ==
        R"({"ok":false,"reply_to":7,"error":{"code":400,"msg":"ratelimited","retry_after":20}})");
  CHECK(rtm_refusal(7, make_error(errc::overloaded)) ==
        R"({"ok":false,"reply_to":7,"error":{"code":401,"msg":"ratelimited"}})");
}
