// Short texts that name something: entities, ids, ts, and the trace in a header. What is read is
// written to the same, or to the one form that means the same.
#include <string>

#include "actors/inspect/entity_name.hpp"
#include "runtime/base/form_text.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/base/trace.hpp"
#include "tests/fuzz/input.hpp"

namespace carillon {
namespace {

void check_entity(std::string_view text) {
  const auto name = parse_entity_name(text);
  if (!name) {
    ENSURE(name.code() == errc::invalid_arguments && !name.error().detail.empty(), "and says how");
    return;
  }
  const std::string written = name->text();
  ENSURE(written.size() <= text.size() + 8, "a folder may be added, no more");
  const auto again = parse_entity_name(written);
  ENSURE(again && again->what == name->what && again->text() == written, "a name has one form");
  ENSURE(again->id == name->id && again->slot == name->slot && again->host == name->host &&
             again->connection == name->connection,
         "which means the same");
}

void check_id(std::string_view text) {
  if (auto id = entity_id::parse(text))
    ENSURE(*id && id->number < entity_id::number_end && id->text() == text, "an id has one form");
}

void check_ts(std::string_view text) {
  if (auto ts = parse_ts(text)) {
    const std::string written = format_ts(*ts);
    ENSURE(parse_ts(written) == ts, "a ts is read as it is written");
    ENSURE(written.size() <= 18, "and has eleven digits and six");
  }
}

void check_trace(std::string_view text) {
  if (auto context = parse_traceparent(text)) {
    const std::string written = format_traceparent(*context);
    const auto again = parse_traceparent(written);
    ENSURE(again && again->trace == context->trace && again->parent == context->parent &&
               again->sampled == context->sampled,
           "a traceparent is read as it is written");
    ENSURE(written.substr(2, 50) == text.substr(2, 50), "with the ids as they came");
    ENSURE(parse_trace_text(trace_text(context->trace)) == context->trace, "and so is its id");
  }
  if (auto trace = parse_trace_text(text))
    ENSURE(trace_text(*trace) == text, "an id of a trace has one form");
  if (auto bytes = from_hex(text))
    ENSURE(to_hex(*bytes) == text, "hexadecimal has one form");
  ENSURE(from_hex(to_hex(text)) == text, "and holds any bytes");
}

}  // namespace
}  // namespace carillon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_entity(text);
  check_id(text);
  check_ts(text);
  check_trace(text);
  const std::string decoded = form_decoded(text);
  ENSURE(decoded.size() <= text.size(), "decoding makes nothing longer");
  if (text.find_first_of("%+") == std::string_view::npos)
    ENSURE(decoded == text, "and leaves plain text alone");
  return 0;
}
