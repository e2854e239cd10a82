#include "runtime/push/fcm.hpp"

#include <algorithm>

#include "runtime/push/answer_words.hpp"
#include "runtime/push/collapse.hpp"
#include "runtime/push/fitted_text.hpp"

namespace carillon::push {
namespace {

constexpr std::size_t collapse_key_max = 64;  // FCM names no limit; APNs behind it does
// "If no retry-after header is set, default to 60 seconds" (ErrorCode QUOTA_EXCEEDED).
constexpr std::chrono::seconds quota_rest{60};

std::string message_json(const push_message& what, std::string_view title, std::string_view body) {
  // Data's values are text, whatever they are.
  boost::json::object data{{"type", what.clear ? "clear" : "message"},
                           {"user", what.user},
                           {"channel", what.channel}};
  if (!what.ts.empty())
    data["ts"] = what.ts;
  if (what.badge)
    data["badge"] = std::to_string(*what.badge);
  const auto ttl = std::clamp(what.ttl, std::chrono::seconds(0), fcm_ttl_max);
  boost::json::object android{
      {"priority", !what.clear && what.urgency == urgency::high ? "HIGH" : "NORMAL"},
      {"ttl", std::to_string(ttl.count()) + 's'}};
  const std::string collapse = collapse_text(what.collapse_id, collapse_key_max);
  if (!collapse.empty())
    android["collapse_key"] = collapse;  // of those that wait for the device
  boost::json::object message{{"token", what.to.token}};
  if (!what.clear) {
    boost::json::object notification;
    if (!title.empty())
      notification["title"] = title;
    notification["body"] = body;
    message["notification"] = std::move(notification);
    boost::json::object shown{{"sound", "default"}};
    if (!collapse.empty())
      shown["tag"] = collapse;  // of those that the device shows
    if (what.badge)
      shown["notification_count"] = *what.badge;
    android["notification"] = std::move(shown);
  }
  message["data"] = std::move(data);
  message["android"] = std::move(android);
  boost::json::object out;
  out["message"] = std::move(message);
  return boost::json::serialize(out);
}

// google.rpc.Status: the FcmError among the details has FCM's own word, `status` the general one.
struct failure {
  std::string code;
  bool names_token = false;  // a BadRequest that says the token is no token
};

failure failure_in(const http_answer& answer) {
  const boost::json::value said = json_of(answer.body);
  failure out;
  out.code = text_at(said, {"error", "status"});
  const auto* error = said.is_object() ? said.get_object().if_contains("error") : nullptr;
  const auto* fields = error ? error->if_object() : nullptr;
  const auto* found = fields ? fields->if_contains("details") : nullptr;
  const auto* details = found ? found->if_array() : nullptr;
  if (!details)
    return out;
  for (const boost::json::value& detail : *details) {
    if (const std::string own = text_at(detail, {"errorCode"}); !own.empty())
      out.code = own;
    const auto* object = detail.if_object();
    const auto* violations = object ? object->if_contains("fieldViolations") : nullptr;
    if (violations && violations->is_array())
      for (const boost::json::value& each : violations->get_array())
        out.names_token = out.names_token || text_at(each, {"field"}) == "message.token";
  }
  return out;
}

push_fate fate_of(int status, const failure& why) {
  if (why.code == "UNREGISTERED" || (status == 404 && why.code == "NOT_FOUND") ||
      (status == 400 && why.names_token))
    return push_fate::token_is_dead;
  // A token of another project. With the wrong key file it is said of every device: it costs this push
  // and no destination.
  if (why.code == "SENDER_ID_MISMATCH")
    return push_fate::refused;
  if (status == 401 || status == 403)
    return push_fate::credentials_refused;
  if (status == 404)  // nothing that FCM says: another server, or another path
    return push_fate::try_again;
  return fate_of_status(status);
}

}  // namespace

std::optional<http_request> fcm_request(const push_message& what, const std::string& url,
                                        const std::string& project, std::string_view access_token) {
  auto text = fitted(what.title, what.body, fcm_message_max, [&](std::string_view title, std::string_view body) {
    return message_json(what, title, body);
  });
  if (!text)
    return std::nullopt;
  http_request out;
  out.url = url + "/v1/projects/" + project + "/messages:send";
  out.headers = {"authorization: Bearer " + std::string(access_token),
                 "content-type: application/json; charset=utf-8"};
  out.body = std::move(*text);
  return out;
}

push_outcome fcm_outcome(const http_answer& answer) {
  if (is_success(answer)) {
    push_outcome out = outcome_of(answer, push_fate::delivered);
    out.provider_id = text_at(json_of(answer.body), {"name"});
    return out;
  }
  const failure why = failure_in(answer);
  push_outcome out = outcome_of(answer, fate_of(answer.status, why), why.code);
  if (answer.status == 429 && out.retry_after == std::chrono::seconds(0))
    out.retry_after = quota_rest;
  return out;
}

bool fcm_token_refused(const http_answer& answer) {
  return answer.status == 401 && failure_in(answer).code != "THIRD_PARTY_AUTH_ERROR";
}

}  // namespace carillon::push
