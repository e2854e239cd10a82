// What an RTM client says in one text frame, and what is said back: whatever comes, the answer is one
// line of JSON that names what it answers.
#include <string>

#include <boost/json.hpp>

#include "actors/api/text_rules.hpp"
#include "actors/session/rtm_frame.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/same_json.hpp"

namespace carillon {
namespace {

namespace json = boost::json;

constexpr rtm_limits limits{.text_max_characters = 40, .client_msg_id_max_bytes = 16, .ids_max = 4};

json::object read_line(const std::string& text) {
  for (unsigned char c : text)
    ENSURE(c >= 0x20, "an answer is one line");
  json::error_code failure;
  json::value parsed = json::parse(text, failure);
  ENSURE(!failure && parsed.is_object(), "an answer is a JSON object");
  return parsed.as_object();
}

void check_reply_to(const json::object& answer, const json::value& id) {
  const json::value* named = answer.if_contains("reply_to");
  ENSURE((named == nullptr) == id.is_null(), "an answer names the request that had an id");
  ENSURE(named == nullptr || fuzz::same_json(*named, id), "by that id");
}

void check_pong(const rtm_frame& frame, std::string_view asked) {
  json::object pong = read_line(frame.pong);
  ENSURE(pong["type"] == "pong", "a ping is answered by a pong");
  if (!frame.id.is_null())
    check_reply_to(pong, frame.id);
  const json::object ping = json::parse(asked).as_object();
  for (const auto& [name, value] : ping)
    if (name != "type" && name != "id" && (name != "reply_to" || frame.id.is_null()))
      ENSURE(pong.contains(name) && fuzz::same_json(pong[name], value), "every field is echoed");
}

void check_message(const rtm_frame& frame) {
  const std::string& text = frame.post.text();
  ENSURE(api::is_clean_text(text) && api::is_clean_text(frame.post.client_msg_id()), "all is text");
  ENSURE(api::count_characters(text) <= limits.text_max_characters, "text is bounded");
  ENSURE(frame.post.client_msg_id().size() <= limits.client_msg_id_max_bytes, "so is its id");
  ENSURE(!frame.channel.empty(), "a message goes somewhere");
  json::object ack = read_line(rtm_ack(frame.id, 1'700'000'000'000'001, 7, text, frame.traceparent));
  check_reply_to(ack, frame.id);
  ENSURE(ack["ok"].as_bool() && ack["text"] == json::string_view(text), "the ack has the text");
}

}  // namespace
}  // namespace carillon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  rtm_frame frame;
  const status read = read_rtm_frame(text, limits, frame);
  if (!read) {
    const json::object refusal = read_line(rtm_refusal(frame.id, read.error()));
    check_reply_to(refusal, frame.id);
    ENSURE(refusal.contains("error") && !refusal.at("ok").as_bool(), "a refusal says why");
    return 0;
  }
  ENSURE(frame.what != rtm_frame::kind::unknown, "what is taken is known");
  ENSURE(frame.ids.size() <= limits.ids_max, "ids are bounded");
  if (frame.what == rtm_frame::kind::ping)
    check_pong(frame, text);
  if (frame.what == rtm_frame::kind::message)
    check_message(frame);
  return 0;
}
