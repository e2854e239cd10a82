// What browsers and query strings encode is read back, and what is not encoded stays as it is.
#include <doctest/doctest.h>

#include "runtime/base/form_text.hpp"

using namespace carillon;

TEST_CASE("form text: a plus is a space, and two hexadecimal digits in either case are a byte") {
  CHECK(form_decoded("") == "");
  CHECK(form_decoded("plain") == "plain");
  CHECK(form_decoded("a+b%20c") == "a b c");
  CHECK(form_decoded("%2B%2b%25") == "++%");
  CHECK(form_decoded("+%2B+a%20b++%zz+c%") == " + a b  %zz c%");
  CHECK(form_decoded("%EC%95%88") == "\xec\x95\x88");
  CHECK(form_decoded("%00") == std::string(1, '\0'));
}

TEST_CASE("form text: a percent sign that is no escape stays what it is") {
  CHECK(form_decoded("100%") == "100%");
  CHECK(form_decoded("%4") == "%4");
  CHECK(form_decoded("%41") == "A");
  CHECK(form_decoded("%zz%4g%g4") == "%zz%4g%g4");
  CHECK(form_decoded("%%41") == "%A");
}

TEST_CASE("form text: what was decoded is not decoded again") {
  CHECK(form_decoded("%2541") == "%41");
}
