// The one table of errors: every name has its row, refusals are HTTP 200, and only what a wait can
// cure is 429 or 503.
#include "actors/slack_json.hpp"

#include <set>

#include <doctest/doctest.h>

namespace carillon::test {
namespace {

std::vector<errc> all_codes() {
  std::vector<errc> out;
  for (int i = 0; i <= static_cast<int>(last_errc); ++i)
    out.push_back(static_cast<errc>(i));
  return out;
}

TEST_CASE("errors: every name of the vocabulary has a row") {
  for (errc code : all_codes()) {
    CAPTURE(to_string(code));
    slack::error_row row = slack::row_of(code);
    CHECK_FALSE(row.slack.empty());
    CHECK(row.rtm_code != 0);
    bool ours = code == errc::internal_error || code == errc::invalid_config;
    CHECK((row.slack != "internal_error" || ours));
  }
}

TEST_CASE("errors: a refusal is HTTP 200, and what a retry can cure is never 200") {
  for (errc code : all_codes()) {
    CAPTURE(to_string(code));
    slack::error_row row = slack::row_of(code);
    CHECK(row.retry_helps == (row.http_status == 429 || row.http_status == 503));
    CHECK((row.http_status == 200 || row.http_status == 429 || row.http_status == 500 ||
           row.http_status == 503));
  }
  CHECK(slack::row_of(errc::ratelimited).http_status == 429);
  // The host is busy, not away: Slack's SDKs wait after 429, and some give up after 503.
  CHECK(slack::row_of(errc::overloaded).http_status == 429);
  CHECK(slack::row_of(errc::overloaded).slack == "ratelimited");
  CHECK(slack::row_of(errc::timed_out).http_status == 503);
}

TEST_CASE("errors: no two share an RTM code but those that are one to the client") {
  std::set<int> seen;
  for (errc code : all_codes())
    if (code != errc::invalid_config)
      CHECK(seen.insert(slack::row_of(code).rtm_code).second);
}

TEST_CASE("errors: the body names the error, and the detail where it helps the caller") {
  CHECK(slack::error_body(make_error(errc::invalid_auth)) ==
        R"({"ok":false,"error":"invalid_auth"})");
  CHECK(slack::error_body(make_error(errc::missing_scope, "chat:write")) ==
        R"({"ok":false,"error":"missing_scope","needed":"chat:write"})");
  CHECK(slack::error_body(make_error(errc::invalid_arguments, "missing required field: ts")) ==
        R"({"ok":false,"error":"invalid_arguments",)"
        R"("response_metadata":{"messages":["[ERROR] missing required field: ts"]}})");
}

TEST_CASE("errors: keys, files and words of the machine stay in the log") {
  for (errc code :
       {errc::corrupt_record, errc::io_error, errc::internal_error, errc::storage_unavailable})
    CHECK(slack::error_body(make_error(code, "/secret/path")).find("secret") == std::string::npos);
}

}  // namespace
}  // namespace carillon::test
