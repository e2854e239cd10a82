// One request followed through the house: its id (W3C Trace Context, https://www.w3.org/TR/trace-context/),
// and the book in which the steps of marked requests are written down. Every request of a client has
// an id, which log lines carry; only those whose sender asked for it (flag "sampled") are marked, and
// only marked ones cost anything.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/random.hpp"

namespace carillon {

// As it travels in wire::caller: 16 bytes, or empty for none.
using trace_id = std::string;

struct trace_context {
  trace_id trace;                            // 16 bytes, not all zero
  std::array<unsigned char, 8> parent{};     // the span of who called us
  bool sampled = false;
};

// nullopt: not a traceparent of version 00 or a later one that starts like it (section 3.2).
std::optional<trace_context> parse_traceparent(std::string_view header);
// What is passed on: the same trace and flag, our own span.
std::string format_traceparent(const trace_context& context);
trace_context draw_trace(random_source& random, bool sampled);
// One that no other request of any host has, without asking the operating system for each: for
// telling requests apart, not for secrets. Any thread.
trace_context next_trace(bool sampled);
std::string trace_text(const trace_id& trace);  // 32 hex digits, for logs and addresses
std::optional<trace_id> parse_trace_text(std::string_view text);

// The trip of a post, in the order of DESIGN 9. Some steps happen on several hosts.
enum class trace_step : std::uint8_t {
  received,    // the edge has the whole request
  asked,       // the asking side knows who leads and hands it on
  request_in,  // the link of the leader's host has it from another host
  arrived,     // the leader's slot has it
  admitted,    // the channel actor takes it up
  proposed,    // it has its seq and ts, and stands in the leader's log in memory
  entry_in,    // the link of a follower's host has word of it
  appended,    // a follower has it in memory
  fsynced,     // it is on this host's disk
  committed,   // a majority has it on disk
  applied,     // the tables of this host hold it
  answered,    // the asking side has the answer
  replied,     // the answer is handed to the poster's socket
  sent,        // the batch for one interested host is handed to the link or the hub
  event_in,    // the link of an interested host has it from the leader's host
  at_hub,      // a hub has it
  published,   // the encoded frame is handed to the I/O threads
  written,     // the first subscriber's socket took it
};
std::string_view to_string(trace_step step);

struct trace_record {
  trace_id trace;
  trace_step step = trace_step::received;
  timestamp at = 0;
  std::string detail = {};  // for people
  std::uint32_t slot = 0;   // with `index`: where it stands in a slot's log, from `proposed` on
  std::uint64_t index = 0;  // 0: nowhere
  std::string channel = {};  // where known: what was posted
  std::uint64_t seq = 0;     // in the channel; 0: not known here
};

// By the wall clock: when it was `then`.
timestamp wall_time_of(tick_time then);

// The last records of this host, bounded. Thread-safe.
class trace_book {
public:
  // Any client may ask for a mark, and each costs some twenty records on every host: a host takes so
  // many a second, and goes on with the others unmarked.
  static constexpr std::uint32_t marks_per_second = 10;

  explicit trace_book(std::size_t records_max = 4'096) : records_max_(records_max) {}

  // True: one more request may be marked. (An operator's is, without asking.)
  bool admit(tick_time now);
  void note(trace_record record);
  std::vector<trace_record> of(const trace_id& trace) const;  // in the order of writing

private:
  const std::size_t records_max_;
  mutable std::mutex mutex_;
  std::deque<trace_record> records_;
  tick_time second_began_{};  // in which `marks_` were admitted
  std::uint32_t marks_ = 0;
};

}  // namespace carillon
