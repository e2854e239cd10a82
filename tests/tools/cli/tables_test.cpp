// Tables for people: widths in characters, missing values, time.
#include "tools/cli/tables.hpp"

#include <doctest/doctest.h>

using namespace carillon::cli;

TEST_CASE("tables: columns are as wide as their widest cell, lines end without spaces") {
  CHECK(format_table({{"A", "BB", "C"}, {"long", "x", ""}}) == "A     BB  C\nlong  x\n");
  CHECK(format_table({}) == "");
  CHECK(format_table({{"a"}, {"b", "c"}}) == "a\nb  c\n");
}

TEST_CASE("tables: accents count once, Hangul and emoji twice") {
  CHECK(format_table({{"é", "1"}, {"ab", "2"}}) == "é   1\nab  2\n");
  CHECK(format_table({{"안나", "1"}, {"abcde", "2"}}) == "안나   1\nabcde  2\n");
  CHECK(format_table({{"🙂", "1"}, {"abc", "2"}}) == "🙂   1\nabc  2\n");
}

TEST_CASE("tables: text that is not UTF-8 does not break them") {
  CHECK(format_table({{"\xff", "1"}, {"\xe3", "2"}}) == "\xff  1\n\xe3  2\n");
}

TEST_CASE("tables: an answer without its list is a table without rows") {
  CHECK(format_users({}) == "ID  NAME  EMAIL  ROLE  STATE  REAL NAME\n");
  CHECK(format_tokens({{"tokens", "none"}}) == "ID  KIND  CREATED  EXPIRES  DEVICE\n");
}

TEST_CASE("tables: time is UTC to the minute, zero is never") {
  CHECK(format_time(0) == "never");
  CHECK(format_time(59) == "1970-01-01 00:00");
  CHECK(format_time(60) == "1970-01-01 00:01");
}
