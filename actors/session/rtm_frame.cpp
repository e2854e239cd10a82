#include "actors/session/rtm_frame.hpp"

#include "actors/slack_json.hpp"
#include "actors/slack_json_input.hpp"

namespace carillon {
namespace {

namespace json = boost::json;

std::string text_field(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  if (found == nullptr || !found->is_string())
    return {};
  return std::string(found->as_string());
}

std::size_t characters(std::string_view utf8) {
  std::size_t count = 0;
  for (char c : utf8)
    count += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  return count;
}

status read_message(const json::object& object, const rtm_limits& limits, rtm_frame& frame) {
  frame.what = rtm_frame::kind::message;
  if (frame.channel.empty())
    return make_error(errc::invalid_arguments, "channel is missing");
  frame.post.set_text(text_field(object, "text"));
  if (characters(frame.post.text()) > limits.text_max_characters)
    return make_error(errc::msg_too_long);
  frame.traceparent = text_field(object, "traceparent");
  if (frame.post.text().find('\0') != std::string::npos)
    return make_error(errc::invalid_utf8, "text holds a NUL");
  frame.post.set_client_msg_id(text_field(object, "client_msg_id"));
  if (frame.post.client_msg_id().size() > limits.client_msg_id_max_bytes)
    return make_error(errc::invalid_arguments, "client_msg_id is too long");
  if (frame.post.client_msg_id().find('\0') != std::string::npos)
    return make_error(errc::invalid_utf8, "client_msg_id holds a NUL");
  if (std::string thread = text_field(object, "thread_ts"); !thread.empty()) {
    auto ts = parse_ts(thread);
    if (!ts)
      return make_error(errc::invalid_arguments, "thread_ts is not a ts");
    frame.post.set_thread_ts(*ts);
  }
  return ok;
}

status read_presence(const json::object& object, const rtm_limits& limits, rtm_frame& frame) {
  const json::value* ids = object.if_contains("ids");
  if (ids == nullptr || !ids->is_array())
    return make_error(errc::invalid_arguments, "ids is not a list");
  if (ids->as_array().size() > limits.ids_max)
    return make_error(errc::too_many_users,
                      "at most " + std::to_string(limits.ids_max) + " ids in one frame");
  for (const json::value& id : ids->as_array()) {
    auto user = id.is_string() ? entity_id::parse(std::string_view(id.as_string())) : std::nullopt;
    if (!user || user->kind != id_kind::user)
      return make_error(errc::invalid_arguments, "ids holds something that is not a user id");
    frame.ids.push_back(*user);
  }
  return ok;
}

}  // namespace

status read_rtm_frame(std::string_view text, const rtm_limits& limits, rtm_frame& frame) {
  result<json::value> parsed = slack::read_json(text);
  if (!parsed || !parsed->is_object())
    return make_error(errc::invalid_json);
  json::object& object = parsed->as_object();
  if (const json::value* id = object.if_contains("id");
      id != nullptr && (id->is_number() || id->is_string()))
    frame.id = *id;
  frame.type = text_field(object, "type");
  frame.channel = text_field(object, "channel");
  if (frame.type == "message")
    return read_message(object, limits, frame);
  if (frame.type == "typing" || frame.type == "user_typing") {
    frame.what = rtm_frame::kind::typing;
    return frame.channel.empty() ? status(make_error(errc::invalid_arguments, "channel is missing"))
                                 : status(ok);
  }
  if (frame.type == "ping") {
    frame.what = rtm_frame::kind::ping;
    object["type"] = "pong";
    object.erase("id");
    if (!frame.id.is_null())
      object["reply_to"] = frame.id;
    frame.pong = json::serialize(object);
    return ok;
  }
  if (frame.type == "presence_sub" || frame.type == "presence_query") {
    frame.what = frame.type == "presence_sub" ? rtm_frame::kind::presence_sub
                                              : rtm_frame::kind::presence_query;
    return read_presence(object, limits, frame);
  }
  if (frame.type == "carillon.active") {  // ours: somebody is at the device, and does nothing else
    frame.what = rtm_frame::kind::active;
    return ok;
  }
  return make_error(errc::invalid_arguments, frame.type.empty()
                                                 ? "type is missing"
                                                 : "there is no frame of type " + frame.type);
}

std::string rtm_ack(const json::value& id, timestamp ts, std::uint64_t seq, std::string_view text,
                    const std::string& traceparent) {
  json::object ack{{"ok", true}};
  if (!id.is_null())
    ack["reply_to"] = id;
  ack["ts"] = format_ts(ts);
  ack["seq"] = seq;
  ack["text"] = json::string_view(text.data(), text.size());
  if (!traceparent.empty())
    ack["traceparent"] = traceparent;
  return json::serialize(ack);
}

std::string rtm_done(const json::value& id) {
  return json::serialize(json::object{{"ok", true}, {"reply_to", id}});
}

std::string rtm_refusal(const json::value& id, const error& why, std::uint32_t retry_after) {
  slack::error_row row = slack::row_of(why.code);
  std::string words(row.slack);
  if (!why.detail.empty() && why.code != errc::internal_error)
    words += ": " + why.detail;
  json::object refusal{{"ok", false}};
  if (!id.is_null())
    refusal["reply_to"] = id;
  else
    refusal["type"] = "error";  // clients pass unknown types through; one without type is dropped
  json::object& told = (refusal["error"] = json::object{{"code", row.rtm_code}, {"msg", words}}).as_object();
  if (retry_after != 0)
    told["retry_after"] = retry_after;
  return json::serialize(refusal);
}

}  // namespace carillon
