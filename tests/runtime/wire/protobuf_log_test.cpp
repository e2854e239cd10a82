// Bytes that Protobuf refuses, and where it says so.
#include "runtime/wire/protobuf_log.hpp"

#include <doctest/doctest.h>

#include "runtime/base/logging.hpp"
#include "runtime/wire/event.pb.h"

using namespace carillon;

TEST_CASE("protobuf: what it says of bad bytes is a line of our log, at debug level") {
  take_protobuf_log();
  wire::chat_message message;
  message.set_text("\xff");  // no UTF-8: it is written with a word on it, and refused when it is read
  const std::string bytes = message.SerializeAsString();
  const auto read = [&] { return wire::chat_message().ParseFromString(bytes); };
  start_logging(log_level::info, false);
  const std::uint64_t errors = log_lines(log_level::error), before = log_lines(log_level::debug);
  CHECK(!read());
  CHECK(log_lines(log_level::debug) == before);
  start_logging(log_level::debug, false);
  CHECK(!read());
  CHECK(log_lines(log_level::debug) == before + 1);
  CHECK(log_lines(log_level::error) == errors);
}
