#include "runtime/push/webhook.hpp"

#include "runtime/base/hex.hpp"
#include "runtime/push/answer_words.hpp"
#include "runtime/push/collapse.hpp"
#include "runtime/push/digests.hpp"
#include "runtime/push/fitted_text.hpp"

namespace carillon::push {
namespace {

constexpr timestamp second = 1'000'000;
constexpr std::size_t header_id_max = 128;

std::string payload(const push_message& what, std::string_view title, std::string_view body) {
  boost::json::object out{{"type", what.clear ? "clear" : "message"},
                          {"device", what.to.token},
                          {"user", what.user}};
  if (!what.clear) {
    out["title"] = title;
    out["body"] = body;
  }
  if (what.badge)
    out["badge"] = *what.badge;
  out["collapse_id"] = what.collapse_id;
  out["urgency"] = to_string(what.urgency);
  out["ttl"] = what.ttl.count();
  out["channel"] = what.channel;
  if (!what.ts.empty())
    out["ts"] = what.ts;
  return boost::json::serialize(out);
}

}  // namespace

std::string webhook_signature(std::string_view secret, std::string_view unix_seconds, std::string_view body) {
  std::string base = "v0:";
  base.append(unix_seconds).append(":").append(body);
  return "v0=" + to_hex(hmac_sha256(secret, base));
}

std::optional<http_request> webhook_request(const push_message& what, const std::string& url,
                                            std::string_view secret, timestamp now) {
  auto text = fitted(what.title, what.body, webhook_body_max,
                     [&](std::string_view title, std::string_view body) { return payload(what, title, body); });
  if (!text)
    return std::nullopt;
  const std::string unix_seconds = std::to_string(now / second);
  http_request out;
  out.url = url;
  out.headers = {"content-type: application/json; charset=utf-8",
                 "x-carillon-request-timestamp: " + unix_seconds,
                 "x-carillon-signature: " + webhook_signature(secret, unix_seconds, *text)};
  if (!what.collapse_id.empty())
    out.headers.push_back("x-carillon-collapse-id: " + collapse_text(what.collapse_id, header_id_max));
  out.body = std::move(*text);
  return out;
}

push_outcome webhook_outcome(const http_answer& answer) {
  push_fate fate = fate_of_status(answer.status);
  if (answer.status == 410)
    fate = push_fate::token_is_dead;
  else if (answer.status == 401 || answer.status == 403)
    fate = push_fate::credentials_refused;
  return outcome_of(answer, fate, fate == push_fate::delivered ? "" : answer.body);
}

}  // namespace carillon::push
