// A result is a value or an error, and every errc has a name of its own.
#include <doctest/doctest.h>

#include <memory>
#include <set>

#include "runtime/base/result.hpp"

namespace carillon {
namespace {

result<int> half(int x) {
  if (x % 2 != 0)
    return make_error(errc::invalid_arguments, "odd");
  return x / 2;
}

status check(bool good) {
  if (!good)
    return errc::overloaded;
  return ok;
}

}  // namespace

TEST_CASE("result: a value is a value") {
  result<int> four = half(8);
  REQUIRE(four);
  CHECK(four.has_value());
  CHECK(*four == 4);
  *four = 5;
  CHECK(four.value() == 5);
}

TEST_CASE("result: a failure has a code and words for people") {
  result<int> failed = half(3);
  REQUIRE_FALSE(failed);
  CHECK(failed.code() == errc::invalid_arguments);
  CHECK(failed.error().detail == "odd");
  CHECK(failed.error().describe() == "invalid_arguments: odd");
  CHECK(error{errc::overloaded, {}}.describe() == "overloaded");
}

TEST_CASE("result: a status is good or says why not") {
  CHECK(check(true));
  REQUIRE_FALSE(check(false));
  CHECK(check(false).code() == errc::overloaded);
}

TEST_CASE("result: a value can be moved out, also one that cannot be copied") {
  result<std::unique_ptr<int>> made = std::make_unique<int>(7);
  std::unique_ptr<int> taken = *std::move(made);
  CHECK(*taken == 7);
  result<std::string> words = std::string("abc");
  CHECK(words->size() == 3);
}

TEST_CASE("result: every errc has one name, and no two share it") {
  std::set<std::string_view> names;
  int last = static_cast<int>(last_errc);
  for (int i = 0; i <= last; ++i) {
    std::string_view name = to_string(static_cast<errc>(i));
    CAPTURE(i);
    CHECK_FALSE(name.empty());
    CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789") == name.npos);
    CHECK(names.insert(name).second);
  }
}

}  // namespace carillon
