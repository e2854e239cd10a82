// The bytes of an event stream, as values.
#include <cstddef>
#include <new>
#include <string>

#include <doctest/doctest.h>

#include "runtime/edge/event_text.hpp"

using namespace carillon::edge;

TEST_CASE("event text: a frame is one event, bare or as a chunk that says its size") {
  event_text events;
  const auto what = make_text_frame(R"({"type":"hello"})");
  CHECK(events.of(*what, false) == "data: {\"type\":\"hello\"}\n\n");
  CHECK(events.of(*what, true) == "18\r\ndata: {\"type\":\"hello\"}\n\n\r\n");
}

TEST_CASE("event text: the size is that of the event on both sides of a digit more") {
  event_text events;
  for (const std::size_t size : {0u, 7u, 8u, 247u, 248u, 4'087u, 4'088u, 100'000u}) {
    const auto what = make_text_frame(std::string(size, 'x'));
    const std::string bare(events.of(*what, false));
    CHECK(bare == "data: " + std::string(size, 'x') + "\n\n");
    const std::string chunk(events.of(*what, true));
    const auto header = chunk.find("\r\n");
    CHECK(std::stoul(chunk.substr(0, header), nullptr, 16) == bare.size());
    CHECK(chunk.substr(header + 2) == bare + "\r\n");
    events.forget();
  }
}

TEST_CASE("event text: a line break in a payload begins no field of its own") {
  event_text events;
  const auto what = make_text_frame("one\nevent: close\r\rlast\n");
  CHECK(events.of(*what, false) == "data: one\ndata: event: close\ndata: \ndata: last\ndata: \n\n");
  CHECK(events.of(*what, true) == "37\r\ndata: one\ndata: event: close\ndata: \ndata: last\ndata: \n\n\r\n");
}

TEST_CASE("event text: another frame is another event, also at the same address once it may forget") {
  event_text events;
  const auto one = make_text_frame("one"), two = make_text_frame("two");
  CHECK(events.of(*one, false) == "data: one\n\n");
  CHECK(events.of(*two, false) == "data: two\n\n");
  CHECK(events.of(*one, false) == "data: one\n\n");
  alignas(frame) std::byte place[sizeof(frame)];
  for (const char* payload : {"first", "then"}) {
    auto* here = new (place) frame(opcode::text, payload);
    CHECK(events.of(*here, false) == "data: " + std::string(payload) + "\n\n");
    events.forget();
    here->~frame();
  }
}

TEST_CASE("event text: the last event is JSON whatever the reason says, and in chunks the body ends") {
  CHECK(close_event_text(4010, "the token was revoked", false) ==
        "event: close\ndata: {\"code\":4010,\"reason\":\"the token was revoked\"}\n\n");
  CHECK(close_event_text(1001, "a \"b\" \\ c\nd", false) ==
        "event: close\ndata: {\"code\":1001,\"reason\":\"a \\\"b\\\" \\\\ c d\"}\n\n");
  CHECK(close_event_text(1001, "", true) ==
        "2e\r\nevent: close\ndata: {\"code\":1001,\"reason\":\"\"}\n\n\r\n0\r\n\r\n");
}

TEST_CASE("event text: a mark is a line of the event that follows") {
  CHECK(event_id_text("abc", false) == "id: abc\n");
  CHECK(event_id_text("abc", true) == "8\r\nid: abc\n\r\n");
}

TEST_CASE("event text: a heartbeat is a comment") {
  CHECK(heartbeat_text(false) == ":\n");
  CHECK(heartbeat_text(true) == "2\r\n:\n\r\n");
}
