// What makes a message: text or blocks or attachments, each within its bounds.
#include "actors/api/message_argument.hpp"

#include <doctest/doctest.h>

namespace carillon::api {
namespace {

const settings::limits_settings limits;

arguments args(std::vector<std::pair<std::string, std::string>> fields) {
  edge::http_request request;
  request.content_type = "application/x-www-form-urlencoded";
  for (const auto& [name, value] : fields) {
    request.body += name + '=';
    for (unsigned char c : value) {
      static constexpr char hex[] = "0123456789ABCDEF";
      request.body += '%';
      request.body += hex[c >> 4];
      request.body += hex[c & 15];
    }
    request.body += '&';
  }
  return *arguments::read(request);
}

errc refusal(std::vector<std::pair<std::string, std::string>> fields) {
  auto out = message_argument(args(std::move(fields)), limits);
  REQUIRE_FALSE(out);
  return out.code();
}

TEST_CASE("message argument: text alone, blocks alone, attachments alone are enough") {
  CHECK(message_argument(args({{"text", "hi"}}), limits));
  CHECK(message_argument(args({{"blocks", R"([{"type":"divider"}])"}}), limits));
  CHECK(message_argument(args({{"attachments", R"([{"text":"x"}])"}}), limits));
  CHECK(refusal({}) == errc::no_text);
  CHECK(refusal({{"text", ""}}) == errc::no_text);
  CHECK(refusal({{"blocks", "[]"}}) == errc::no_text);
}

TEST_CASE("message argument: 40,000 characters fit, one more does not, whatever their bytes") {
  std::string hangul;
  for (int i = 0; i < 40'000; ++i)
    hangul += "가";
  CHECK(message_argument(args({{"text", hangul}}), limits));
  CHECK(message_argument(args({{"text", std::string(40'000, 'a')}}), limits));
  CHECK(refusal({{"text", hangul + "가"}}) == errc::msg_too_long);
  CHECK(refusal({{"text", std::string(40'001, 'a')}}) == errc::msg_too_long);
}

TEST_CASE("message argument: blocks and attachments are JSON arrays of objects, kept on one line") {
  auto out = message_argument(args({{"blocks", "[\n {\"type\" : \"divider\"} ]"}}), limits);
  REQUIRE(out);
  CHECK(out->blocks() == R"([{"type":"divider"}])");
  for (std::string bad : {"{", "{}", "[1]", "\"x\"", "[{}"}) {
    CHECK(refusal({{"text", "a"}, {"blocks", bad}}) == errc::invalid_blocks);
    CHECK(refusal({{"text", "a"}, {"attachments", bad}}) == errc::invalid_attachments);
  }
  std::string big = R"([{"t":")" + std::string(limits.blocks_max_bytes, 'a') + R"("}])";
  CHECK(refusal({{"blocks", big}}) == errc::invalid_blocks);
  std::string many = "[{}";
  for (int i = 1; i < 100; ++i)
    many += ",{}";
  CHECK(message_argument(args({{"blocks", many + "]"}}), limits));
  CHECK(refusal({{"blocks", many + ",{}]"}}) == errc::invalid_blocks);
}

TEST_CASE("message argument: metadata, thread_ts and client_msg_id") {
  CHECK(refusal({{"text", "a"}, {"metadata", "[]"}}) == errc::invalid_metadata_format);
  CHECK(refusal({{"text", "a"}, {"thread_ts", "soon"}}) == errc::invalid_arguments);
  CHECK(message_argument(args({{"text", "a"}, {"client_msg_id", std::string(128, 'k')}}), limits));
  CHECK(refusal({{"text", "a"}, {"client_msg_id", std::string(129, 'k')}}) ==
        errc::invalid_arguments);
  auto out = message_argument(args({{"text", "a"}, {"thread_ts", "5.000001"}}), limits);
  REQUIRE(out);
  CHECK(out->thread_ts() == 5'000'001);
}

TEST_CASE("message argument: metadata is bounded as it is written again, where numbers are longer") {
  std::string numbers = "0.5";
  while (numbers.size() + 20 < limits.blocks_max_bytes)
    numbers += ",0.5";
  CHECK(refusal({{"text", "a"}, {"metadata", "{\"a\":[" + numbers + "]}"}}) ==
        errc::invalid_metadata_format);
}

TEST_CASE("message argument: a number that no double holds is not passed on as the word Infinity") {
  CHECK(refusal({{"blocks", R"([{"x":1e400}])"}}) == errc::invalid_blocks);
  CHECK(refusal({{"blocks", R"([{"x":0e400}])"}}) == errc::invalid_blocks);
  CHECK(refusal({{"attachments", R"([{"x":[{"y":-1e400}]}])"}}) == errc::invalid_attachments);
  CHECK(refusal({{"text", "a"}, {"metadata", R"({"x":1e400})"}}) == errc::invalid_metadata_format);
  auto out = message_argument(args({{"blocks", R"([{"x":1e308}])"}}), limits);
  REQUIRE(out);
  CHECK(out->blocks() == R"([{"x":1E308}])");
}

}  // namespace
}  // namespace carillon::api
