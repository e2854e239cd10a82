// Comparing names and making domains: both are stored, so the answers are pinned here.
#include "storage/directory_names.hpp"

#include <doctest/doctest.h>

using namespace carillon::storage;

TEST_CASE("names: capitals of ASCII, Latin-1, Greek and Cyrillic become small") {
  CHECK(fold_case("Anna-Z9[@`") == "anna-z9[@`");
  CHECK(fold_case("ÀÖØÞ") == "àöøþ");
  CHECK(fold_case("ΑΩ") == "αω");
  CHECK(fold_case("АЯЀЏ") == "аяѐџ");
}

TEST_CASE("names: what has no capitals, and what only looks like one, stays") {
  CHECK(fold_case("우리 팀 日本") == "우리 팀 日本");
  CHECK(fold_case("×÷ßÿ") == "×÷ßÿ");
  CHECK(fold_case("аяΐϊ") == "аяΐϊ");
  CHECK(fold_case("") == "");
}

TEST_CASE("names: bytes that are not UTF-8 pass through") {
  CHECK(fold_case("A\xc3") == "a\xc3");
  CHECK(fold_case("\xff\xc3Z") == "\xff\xc3z");
}

TEST_CASE("names: a domain has small letters, digits and single dashes inside") {
  CHECK(domain_of("My Team!") == "my-team");
  CHECK(domain_of("  --A  &  B2-- ") == "a-b2");
  CHECK(domain_of("Café Crème") == "caf-cr-me");
  CHECK(domain_of("carillon") == "carillon");
}

TEST_CASE("names: a name without letters for a domain gives \"team\"") {
  CHECK(domain_of("우리 팀") == "team");
  CHECK(domain_of("!?") == "team");
  CHECK(domain_of("") == "team");
}

TEST_CASE("names: a domain ends at 60 bytes, never with a dash") {
  CHECK(domain_of(std::string(60, 'a')) == std::string(60, 'a'));
  CHECK(domain_of(std::string(61, 'a')) == std::string(60, 'a'));
  CHECK(domain_of(std::string(58, 'a').append(" b")) == std::string(58, 'a').append("-b"));
  CHECK(domain_of(std::string(59, 'a').append(" b")) == std::string(59, 'a'));
}
