#include "tools/bench/actor_times.hpp"

#include <doctest/doctest.h>

namespace carillon::bench {

TEST_CASE("actor times: the sums of a page, by kind; other lines and other metrics are nothing") {
  const auto times = actor_times("# TYPE carillon_handler_seconds histogram\n"
                                 "carillon_handler_seconds_bucket{actor=\"hub\",le=\"0.1\"} 7\n"
                                 "carillon_handler_seconds_sum{actor=\"hub\"} 1.5\n"
                                 "carillon_handler_seconds_count{actor=\"hub\"} 7\n"
                                 "carillon_fsync_seconds_sum 3\n"
                                 "carillon_handler_seconds_sum{host=\"a\",actor=\"channel\"} 2.5e-3");
  CHECK(times.size() == 2);
  CHECK(times.at("hub") == doctest::Approx(1.5));
  CHECK(times.at("channel") == doctest::Approx(0.0025));
}

TEST_CASE("actor times: a page without any, or that is cut off in the middle of a line") {
  CHECK(actor_times("").empty());
  CHECK(actor_times("carillon_up 1\n").empty());
  CHECK(actor_times("carillon_handler_seconds_sum{").empty());
  CHECK(actor_times("carillon_handler_seconds_sum{actor=\"hub").empty());
}

}  // namespace carillon::bench
