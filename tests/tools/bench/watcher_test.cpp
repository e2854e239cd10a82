// What a client of the presence workload believes, from frames as hosts send them.
#include "tools/bench/presence/watcher.hpp"

#include <doctest/doctest.h>

namespace carillon::bench::test {
namespace {

entity_id person(std::size_t number) {
  return {id_kind::user, 100 + number};
}

std::unordered_map<entity_id, std::size_t> numbers(std::size_t people) {
  std::unordered_map<entity_id, std::size_t> out;
  for (std::size_t i = 0; i < people; ++i)
    out.emplace(person(i), i);
  return out;
}

TEST_CASE("watchers: each has as many others in its list as it should, never itself, and finds them again") {
  for (const watch_shape shape : {watch_shape{10, 9}, watch_shape{100, 7}, watch_shape{40, 10}}) {
    std::vector<std::size_t> watched(shape.people);
    for (std::size_t who = 0; who < shape.people; ++who)
      for (std::size_t place = 0; place < shape.watched; ++place) {
        const std::size_t other = shape.person(who, place);
        CHECK(other != who);
        CHECK(shape.place(who, other) == place);
        ++watched[other];
      }
    for (std::size_t count : watched)
      CHECK(count == shape.watched);
  }
}

TEST_CASE("watchers: a frame for one and a frame for many change the view, others do not") {
  const auto all = numbers(10);
  watcher it({10, 9}, 0);
  it.forget();
  const auto here = [](std::size_t) { return true; };
  CHECK(it.wrong(here) == 9);
  std::string many = R"({"type":"presence_change","presence":"active","users":[)";
  for (std::size_t i = 1; i < 9; ++i)
    many += (i == 1 ? "\"" : ",\"") + person(i).text() + '"';
  CHECK(it.hear(many + "]}", all) == 8);
  CHECK(it.wrong(here) == 1);
  CHECK(it.hear(R"({"type":"presence_change","user":")" + person(9).text() + R"(","presence":"active"})", all) == 1);
  CHECK(it.wrong(here) == 0);
  CHECK(it.hear(R"({"type":"presence_change","user":")" + person(3).text() + R"(","presence":"away"})", all) == 1);
  CHECK(it.wrong(here) == 1);
  CHECK(it.wrong([](std::size_t who) { return who != 3; }) == 0);
  CHECK(it.hear(R"({"type":"message","text":"presence_change"})", all) == 0);
  it.forget();
  CHECK(it.wrong(here) == 9);
}

}  // namespace
}  // namespace carillon::bench::test
