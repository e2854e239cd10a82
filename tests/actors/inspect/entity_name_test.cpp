// Names that operators type: what is one, what is not, and that each is written back as it was read.
#include <doctest/doctest.h>

#include "actors/inspect/entity_name.hpp"

using namespace carillon;

namespace {

constexpr const char* channel = "C0K3ZT9QW1B7M";
constexpr const char* user = "U0K3ZT9QW1B7M";

}  // namespace

TEST_CASE("entity name: every sort is read and written back") {
  for (std::string text : {"channel/C0K3ZT9QW1B7M", "channel/D0K3ZT9QW1B7M", "user/U0K3ZT9QW1B7M",
                           "slot/0", "slot/12", "hub/host-2", "session/a:281474976710657",
                           "sessions/U0K3ZT9QW1B7M"}) {
    CAPTURE(text);
    auto name = parse_entity_name(text);
    REQUIRE(name);
    CHECK(name->text() == text);
  }
}

TEST_CASE("entity name: an id alone is a channel or a user") {
  REQUIRE(parse_entity_name(channel));
  CHECK(parse_entity_name(channel)->text() == "channel/C0K3ZT9QW1B7M");
  REQUIRE(parse_entity_name(user));
  CHECK(parse_entity_name(user)->text() == "user/U0K3ZT9QW1B7M");
}

TEST_CASE("entity name: what people call it is read with its sign or without, and written with it") {
  for (auto [text, written] : {std::pair{"channel/#planning", "channel/#planning"},
                               {"channel/planning", "channel/#planning"},
                               {"#Planning", "channel/#planning"},
                               {"channel/Bell & Sons/#planning", "channel/Bell & Sons/#planning"},
                               {"user/@eva", "user/@eva"},
                               {"user/eva", "user/@eva"},
                               {"@eva", "user/@eva"},
                               {"user/a/b/@eva", "user/a/b/@eva"},
                               {"sessions/@eva", "sessions/@eva"},
                               {"sessions/eva.b", "sessions/@eva.b"}}) {
    CAPTURE(text);
    auto name = parse_entity_name(text);
    REQUIRE(name);
    CHECK(name->is_called());
    CHECK_FALSE(name->id);
    CHECK(name->text() == written);
    REQUIRE(parse_entity_name(written));
    CHECK(parse_entity_name(written)->text() == written);
  }
  const auto other = parse_entity_name("channel/Bell & Sons/#planning");
  CHECK(other->team == "Bell & Sons");
  CHECK(other->called == "planning");
  CHECK_FALSE(parse_entity_name("user/U0K3ZT9QW1B7M")->is_called());
}

TEST_CASE("entity name: anything else is refused and told what names look like") {
  for (std::string text :
       {"", "/", "channel/", "channel/C1", "channel/U0K3ZT9QW1B7M", "user/C0K3ZT9QW1B7M", "slot/",
        "slot/-1", "slot/1x", "slot/99999999999", "hub/", "hub/a b", "hub/\xff", "session/a",
        "session/a:", "session/:1", "session/a:b", "sessions/C0K3ZT9QW1B7M", "T0K3ZT9QW1B7M",
        "else/C0K3ZT9QW1B7M", "nothing", "#", "@", "channel/#", "channel/@eva", "user/#planning",
        "user/@", "user/e va", "user/@eva\n", "channel//#planning", "channel/team/planning",
        "channel/##x", "slot/#x", "hub/@a", "user/eva@bell.example"}) {
    CAPTURE(text);
    auto name = parse_entity_name(text);
    REQUIRE_FALSE(name);
    CHECK(name.code() == errc::invalid_arguments);
    CHECK(name.error().detail.find("channel/C") != std::string::npos);
    CHECK(name.error().detail.find("sessions/@NAME") != std::string::npos);
    CHECK(name.error().detail.find("carillon user list") != std::string::npos);
  }
}
