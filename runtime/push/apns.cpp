#include "runtime/push/apns.hpp"

#include <algorithm>

#include "runtime/push/answer_words.hpp"
#include "runtime/push/collapse.hpp"
#include "runtime/push/fitted_text.hpp"
#include "runtime/push/jwt.hpp"

namespace carillon::push {
namespace {

constexpr timestamp second = 1'000'000;
constexpr timestamp minute = 60 * second;
constexpr timestamp sign_anew_after = 40 * minute;
constexpr timestamp renew_not_before = 20 * minute;

std::string payload(const push_message& what, std::string_view title, std::string_view body) {
  boost::json::object aps;
  if (what.clear) {
    aps["content-available"] = 1;
  } else {
    boost::json::object alert;
    if (!title.empty())
      alert["title"] = title;
    alert["body"] = body;
    aps["alert"] = std::move(alert);
    aps["sound"] = "default";
    if (!what.channel.empty())
      aps["thread-id"] = what.channel;
  }
  if (what.badge)
    aps["badge"] = *what.badge;
  boost::json::object out{{"aps", std::move(aps)},
                          {"type", what.clear ? "clear" : "message"},
                          {"user", what.user},
                          {"channel", what.channel}};
  if (!what.ts.empty())
    out["ts"] = what.ts;
  return boost::json::serialize(out);
}

// A badge is shown to the person, which a background push must not do: with one it is an alert
// without words, that wakes the app all the same.
bool is_background(const push_message& what) {
  return what.clear && !what.badge;
}

// Background pushes are refused with 10.
std::string_view priority(const push_message& what) {
  return !what.clear && what.urgency == urgency::high ? "10" : "5";
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// What Apple's table says, by reason where there is one: a status has reasons of every kind.
push_fate fate_of(int status, std::string_view reason) {
  if (status == 410 || reason == "BadDeviceToken")
    return push_fate::token_is_dead;
  // The settings' fault. DeviceTokenNotForTopic may be, too, and then it is said of every device: it
  // costs this push and no destination.
  if (status == 403 || is_one_of(reason, {"BadTopic", "MissingTopic", "TopicDisallowed"}))
    return push_fate::credentials_refused;
  if (reason == "IdleTimeout")
    return push_fate::try_again;
  return fate_of_status(status);
}

}  // namespace

std::optional<http_request> apns_request(const push_message& what, const std::string& url,
                                         const std::string& topic, std::string_view bearer, timestamp now) {
  auto text = fitted(what.title, what.body, apns_payload_max,
                     [&](std::string_view title, std::string_view body) { return payload(what, title, body); });
  if (!text)
    return std::nullopt;
  http_request out;
  out.url = url + "/3/device/" + what.to.token;
  out.headers = {"authorization: bearer " + std::string(bearer),
                 "apns-topic: " + topic,
                 std::string("apns-push-type: ") + (is_background(what) ? "background" : "alert"),
                 "apns-priority: " + std::string(priority(what)),
                 // 0 would mean: now or never.
                 "apns-expiration: " + std::to_string(what.ttl.count() <= 0 ? 0 : now / second + what.ttl.count()),
                 "content-type: application/json"};
  if (!what.collapse_id.empty())
    out.headers.push_back("apns-collapse-id: " + collapse_text(what.collapse_id, apns_collapse_id_max));
  out.body = std::move(*text);
  return out;
}

push_outcome apns_outcome(const http_answer& answer) {
  if (is_success(answer))
    return outcome_of(answer, push_fate::delivered);
  const boost::json::value said = json_of(answer.body);
  const std::string reason = text_at(said, {"reason"});
  push_outcome out = outcome_of(answer, fate_of(answer.status, reason), reason);
  // "The time, in milliseconds, at which APNs confirmed the token was no longer valid."
  if (out.fate == push_fate::token_is_dead)
    if (const auto* object = said.if_object())
      if (const auto* since = object->if_contains("timestamp"); since && since->is_int64() && since->get_int64() > 0)
        out.dead_since = static_cast<timestamp>(since->get_int64()) * 1'000;
  return out;
}

bool apns_token_expired(const http_answer& answer) {
  return answer.status == 403 && text_at(json_of(answer.body), {"reason"}) == "ExpiredProviderToken";
}

void apns_token::sign(timestamp now) {
  boost::json::object claims{{"iss", team_id_}, {"iat", now / second}};
  text_ = signed_jwt(boost::json::serialize(claims), key_, key_id_);
  signed_at_ = now;
}

// A clock that was set back makes a token of the future, which nobody takes.
const std::string& apns_token::at(timestamp now) {
  if (text_.empty() || now < signed_at_ || now - signed_at_ >= sign_anew_after)
    sign(now);
  return text_;
}

bool apns_token::renew(timestamp now) {
  if (now >= signed_at_ && now - signed_at_ < renew_not_before)
    return false;
  sign(now);
  return true;
}

}  // namespace carillon::push
