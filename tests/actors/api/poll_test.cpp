// How long a poll may wait: what the handler reads and what the edge is told.
#include <chrono>
#include <string>

#include <doctest/doctest.h>

#include "actors/api/poll.hpp"

namespace carillon::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

edge::http_request get(const std::string& path, const std::string& query) {
  edge::http_request request;
  request.method = "GET";
  request.path = path;
  request.query = query;
  return request;
}

result<seconds> wait_in(const std::string& query) {
  return read_wait(*arguments::read(get("/api/carillon.poll", query)));
}

}  // namespace

TEST_CASE("poll: waits 30 seconds unless it says another number from 0 to 60") {
  CHECK(*wait_in("device=phone") == seconds(30));
  CHECK(*wait_in("wait=") == seconds(30));
  CHECK(*wait_in("wait=0") == seconds(0));
  CHECK(*wait_in("wait=60") == seconds(60));
  for (const char* wrong : {"wait=61", "wait=-1", "wait=1.5", "wait=long", "wait=10s", "wait=99999999999"}) {
    CAPTURE(wrong);
    const auto wait = wait_in(wrong);
    REQUIRE_FALSE(wait);
    CHECK(wait.error().code == errc::invalid_arguments);
  }
}

TEST_CASE("poll: the edge has as much patience as the poll asks for, and none with other calls") {
  CHECK(poll_patience(get("/api/carillon.poll", "wait=7")) == seconds(7));
  CHECK(poll_patience(get("/api/carillon.poll", "device=phone")) == seconds(30));
  CHECK(poll_patience(get("/api/carillon.poll", "wait=0")) == seconds(0));
  CHECK(poll_patience(get("/api/carillon.poll", "wait=61")) == seconds(0));
  CHECK(poll_patience(get("/api/carillon.poll", "wait=%ff")) == seconds(0));
  CHECK(poll_patience(get("/api/carillon.sync", "wait=7")) == seconds(0));
  edge::http_request posted = get("/api/carillon.poll", "");
  posted.method = "POST";
  posted.body = "wait=7";
  CHECK(poll_patience(posted) == seconds(60));
}

}  // namespace carillon::api
