#include "runtime/push/web_push.hpp"

#include <algorithm>

#include "runtime/push/answer_words.hpp"
#include "runtime/push/base64url.hpp"
#include "runtime/push/collapse.hpp"
#include "runtime/push/fitted_text.hpp"
#include "runtime/push/jwt.hpp"
#include "runtime/push/url_origin.hpp"
#include "runtime/push/web_push_encryption.hpp"

namespace carillon::push {
namespace {

constexpr timestamp second = 1'000'000;
constexpr timestamp vapid_lives_s = 12 * 3'600;  // RFC 8292 section 2: not more than 24 hours
constexpr std::chrono::seconds ttl_max{28 * 24 * 3'600};
// Texts of about one length look alike to the service.
constexpr std::size_t padded_to = 128;

// What the page's service worker reads.
std::string payload(const push_message& what, std::string_view title, std::string_view body) {
  boost::json::object out{{"type", "message"}, {"title", title}, {"body", body}};
  if (what.badge)
    out["badge"] = *what.badge;
  if (!what.collapse_id.empty())
    out["tag"] = what.collapse_id;
  out["user"] = what.user;
  out["channel"] = what.channel;
  out["ts"] = what.ts;
  return boost::json::serialize(out);
}

std::size_t padding_for(std::size_t size) {
  const std::size_t padded = (size + padded_to - 1) / padded_to * padded_to;
  return std::min(padded, web_push_plain_max) - size;
}

}  // namespace

std::string vapid_authorization(std::string_view endpoint, const std::string& subject, const private_key& key,
                                timestamp now) {
  boost::json::object claims{{"aud", url_origin(endpoint)}, {"exp", now / second + vapid_lives_s}, {"sub", subject}};
  std::string out = "vapid t=";
  out += signed_jwt(boost::json::serialize(claims), key);
  out += ", k=";
  out += base64url(key.public_point());
  return out;
}

result<http_request> web_push_request(const push_message& what, const vapid& from, const private_key& once,
                                      std::string_view salt, timestamp now) {
  if (what.clear)
    return make_error(errc::invalid_arguments, "browsers show something for every push");
  const auto point = from_base64url(what.to.p256dh);
  const auto secret = from_base64url(what.to.auth);
  if (!point || !secret)
    return make_error(errc::invalid_arguments, "p256dh or auth is not base64url");
  const auto text = fitted(what.title, what.body, web_push_plain_max,
                           [&](std::string_view title, std::string_view body) { return payload(what, title, body); });
  if (!text)
    return make_error(errc::invalid_arguments, "too large without any text");
  auto body = encrypted_for({*point, *secret}, *text, padding_for(text->size()), once, salt);
  if (!body)
    return body.error();
  const auto ttl = std::clamp(what.ttl, std::chrono::seconds(0), ttl_max);
  http_request out;
  out.url = what.to.token;
  out.headers = {"authorization: " + vapid_authorization(what.to.token, from.subject, from.key, now),
                 "content-encoding: aes128gcm",
                 "content-type: application/octet-stream",
                 "ttl: " + std::to_string(ttl.count()),
                 "urgency: " + std::string(to_string(what.urgency))};
  if (!what.collapse_id.empty())
    out.headers.push_back("topic: " + collapse_topic(what.collapse_id));
  out.body = std::move(*body);
  return out;
}

// Services word their refusals each as they like; the statuses are RFC 8030's (5, 7.3) and RFC 8292's (4.2).
push_outcome web_push_outcome(const http_answer& answer) {
  push_fate fate = fate_of_status(answer.status);
  if (answer.status == 404 || answer.status == 410)
    fate = push_fate::token_is_dead;
  else if (answer.status == 401 || answer.status == 403)
    fate = push_fate::credentials_refused;
  return outcome_of(answer, fate, fate == push_fate::delivered ? "" : answer.body);
}

}  // namespace carillon::push
