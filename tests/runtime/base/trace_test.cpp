#include <mutex>
#include <set>
#include <thread>

#include <doctest/doctest.h>

#include "runtime/base/trace.hpp"

using namespace carillon;

namespace {

const std::string example = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

trace_record record(const trace_id& trace, trace_step step) {
  trace_record out;
  out.trace = trace;
  out.step = step;
  return out;
}

}  // namespace

TEST_CASE("a traceparent is passed on as it came") {
  auto context = parse_traceparent(example);
  REQUIRE(context);
  CHECK(trace_text(context->trace) == "4bf92f3577b34da6a3ce929d0e0e4736");
  CHECK(context->sampled);
  CHECK(format_traceparent(*context) == example);
}

TEST_CASE("only the last bit of the flags says that a trace is marked") {
  auto context = parse_traceparent(example.substr(0, 53) + "02");
  REQUIRE(context);
  CHECK_FALSE(context->sampled);
}

TEST_CASE("a later version may say more behind what version 00 says, and 00 may not") {
  std::string later = example;
  later[1] = '1';
  CHECK(parse_traceparent(later));
  CHECK(parse_traceparent(later + "-more"));
  CHECK_FALSE(parse_traceparent(later + "more"));
  CHECK_FALSE(parse_traceparent(example + "-more"));
}

TEST_CASE("what is no traceparent is none") {
  CHECK_FALSE(parse_traceparent(""));
  CHECK_FALSE(parse_traceparent(example.substr(0, 54)));
  CHECK_FALSE(parse_traceparent("ff" + example.substr(2)));
  CHECK_FALSE(parse_traceparent("00-00000000000000000000000000000000-00f067aa0ba902b7-01"));
  CHECK_FALSE(parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"));
  CHECK_FALSE(parse_traceparent("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"));
  CHECK_FALSE(parse_traceparent("00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
}

TEST_CASE("a drawn trace can be told and read again") {
  seeded_random random(7);
  auto context = draw_trace(random, true);
  CHECK(context.trace.size() == 16);
  auto again = parse_traceparent(format_traceparent(context));
  REQUIRE(again);
  CHECK(again->trace == context.trace);
  CHECK(parse_trace_text(trace_text(context.trace)) == context.trace);
  CHECK_FALSE(parse_trace_text("12"));
}

TEST_CASE("a full book forgets its oldest record, and only that") {
  seeded_random random(1);
  const trace_id old = draw_trace(random, true).trace;
  const trace_id fresh = draw_trace(random, true).trace;
  trace_book book(2);
  book.note(record(old, trace_step::received));
  book.note(record(fresh, trace_step::received));
  CHECK(book.of(old).size() == 1);
  book.note(record(fresh, trace_step::replied));
  CHECK(book.of(old).empty());
  auto steps = book.of(fresh);
  REQUIRE(steps.size() == 2);
  CHECK(steps[0].step == trace_step::received);
  CHECK(to_string(steps[1].step) == "replied");
}

TEST_CASE("requests that are only told apart have ids of their own, on every thread") {
  std::set<trace_id> seen;
  std::mutex mutex;
  auto draw = [&] {
    for (int i = 0; i < 1'000; ++i) {
      const trace_context drawn = next_trace(false);
      CHECK(drawn.trace.size() == 16);
      CHECK_FALSE(drawn.sampled);
      std::lock_guard lock(mutex);
      seen.insert(drawn.trace);
    }
  };
  std::thread other(draw);
  draw();
  other.join();
  CHECK(seen.size() == 2'000);
}

TEST_CASE("a host marks so many requests a second and no more") {
  trace_book book;
  const tick_time start{std::chrono::hours(1)};
  for (std::uint32_t i = 0; i < trace_book::marks_per_second; ++i)
    CHECK(book.admit(start + std::chrono::milliseconds(i)));
  CHECK_FALSE(book.admit(start + std::chrono::milliseconds(999)));
  CHECK(book.admit(start + std::chrono::seconds(1)));
}

TEST_CASE("what was a while ago by the steady clock was as long ago by the other") {
  const timestamp before = wall_now();
  const timestamp then = wall_time_of(steady_now() - std::chrono::seconds(10));
  CHECK(then + 10'000'000 >= before);
  CHECK(then + 10'000'000 <= wall_now() + 1'000'000);
}
