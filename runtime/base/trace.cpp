#include "runtime/base/trace.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "runtime/base/ensure.hpp"
#include "runtime/base/hex.hpp"

namespace carillon {
namespace {

constexpr std::size_t trace_bytes = 16;
constexpr std::size_t span_bytes = 8;
// "00-" 32 digits "-" 16 digits "-" 2 digits
constexpr std::size_t version_0_length = 55;

bool all_zero(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

// Two digits a byte; where they end.
char* write_hex(std::string_view bytes, char* to) {
  static constexpr char digits[] = "0123456789abcdef";
  for (unsigned char byte : bytes) {
    *to++ = digits[byte >> 4];
    *to++ = digits[byte & 15];
  }
  return to;
}

// REQUIRES: `size` is a multiple of 8.
void draw_bytes(random_source& random, char* to, std::size_t size) {
  do {
    for (std::size_t at = 0; at < size; at += sizeof(std::uint64_t)) {
      const std::uint64_t bits = random.next();
      std::memcpy(to + at, &bits, sizeof bits);
    }
  } while (all_zero({to, size}));
}

}  // namespace

// Section 3.2.2: lower-case digits; a version above 00 may have more behind another dash; ff is none.
std::optional<trace_context> parse_traceparent(std::string_view header) {
  if (header.size() < version_0_length || header[2] != '-' || header[35] != '-' ||
      header[52] != '-')
    return std::nullopt;
  const auto version = from_hex(header.substr(0, 2));
  const auto trace = from_hex(header.substr(3, 2 * trace_bytes));
  const auto span = from_hex(header.substr(36, 2 * span_bytes));
  const auto flags = from_hex(header.substr(53, 2));
  if (!version || !trace || !span || !flags || *version == "\xff")
    return std::nullopt;
  if (header.size() > version_0_length &&
      (*version == std::string(1, '\0') || header[version_0_length] != '-'))
    return std::nullopt;
  if (all_zero(*trace) || all_zero(*span))
    return std::nullopt;
  trace_context out;
  out.trace = *trace;
  std::copy(span->begin(), span->end(), out.parent.begin());
  out.sampled = (flags->front() & 1) != 0;
  return out;
}

// Written in place: every answer has one.
std::string format_traceparent(const trace_context& context) {
  ENSURE(context.trace.size() == trace_bytes, "a request has an id");
  std::string out(version_0_length, '-');
  char* at = write_hex(context.trace, write_hex({"\0", 1}, out.data()) + 1) + 1;
  at = write_hex({reinterpret_cast<const char*>(context.parent.data()), span_bytes}, at) + 1;
  write_hex({context.sampled ? "\1" : "\0", 1}, at);
  return out;
}

trace_context draw_trace(random_source& random, bool sampled) {
  trace_context out;
  out.trace.resize(trace_bytes);
  draw_bytes(random, out.trace.data(), trace_bytes);
  draw_bytes(random, reinterpret_cast<char*>(out.parent.data()), span_bytes);
  out.sampled = sampled;
  return out;
}

trace_context next_trace(bool sampled) {
  thread_local seeded_random random(secure_random().next());
  return draw_trace(random, sampled);
}

timestamp wall_time_of(tick_time then) {
  const auto ago = std::chrono::duration_cast<std::chrono::microseconds>(steady_now() - then);
  return wall_now() - static_cast<timestamp>(std::max<std::int64_t>(ago.count(), 0));
}

std::string trace_text(const trace_id& trace) {
  return to_hex(trace);
}

std::optional<trace_id> parse_trace_text(std::string_view text) {
  auto bytes = from_hex(text);
  if (!bytes || bytes->size() != trace_bytes || all_zero(*bytes))
    return std::nullopt;
  return bytes;
}

std::string_view to_string(trace_step step) {
  switch (step) {
    case trace_step::received:
      return "received";
    case trace_step::asked:
      return "asked";
    case trace_step::request_in:
      return "request_in";
    case trace_step::arrived:
      return "arrived";
    case trace_step::admitted:
      return "admitted";
    case trace_step::proposed:
      return "proposed";
    case trace_step::entry_in:
      return "entry_in";
    case trace_step::appended:
      return "appended";
    case trace_step::fsynced:
      return "fsynced";
    case trace_step::committed:
      return "committed";
    case trace_step::applied:
      return "applied";
    case trace_step::answered:
      return "answered";
    case trace_step::replied:
      return "replied";
    case trace_step::sent:
      return "sent";
    case trace_step::event_in:
      return "event_in";
    case trace_step::at_hub:
      return "at_hub";
    case trace_step::published:
      return "published";
    case trace_step::written:
      return "written";
  }
  return "unknown";
}

bool trace_book::admit(tick_time now) {
  std::lock_guard lock(mutex_);
  if (now - second_began_ >= std::chrono::seconds(1)) {
    second_began_ = now;
    marks_ = 0;
  }
  if (marks_ == marks_per_second)
    return false;
  ++marks_;
  return true;
}

void trace_book::note(trace_record record) {
  std::lock_guard lock(mutex_);
  if (records_.size() == records_max_)
    records_.pop_front();
  records_.push_back(std::move(record));
}

std::vector<trace_record> trace_book::of(const trace_id& trace) const {
  std::lock_guard lock(mutex_);
  std::vector<trace_record> out;
  std::copy_if(records_.begin(), records_.end(), std::back_inserter(out),
               [&](const trace_record& record) { return record.trace == trace; });
  return out;
}

}  // namespace carillon
