#include "runtime/push/google_account.hpp"

#include <algorithm>

#include "runtime/push/answer_words.hpp"
#include "runtime/push/jwt.hpp"
#include "runtime/push/url_origin.hpp"

namespace carillon::push {
namespace {

constexpr timestamp second = 1'000'000;
constexpr std::int64_t lifetime_s = 3'600;  // the longest that Google gives
constexpr std::int64_t margin_s = 60;
constexpr int rsa_bits_min = 2'048;
constexpr std::string_view scope = "https://www.googleapis.com/auth/firebase.messaging";

error wrong(std::string what) {
  return make_error(errc::invalid_config, std::move(what));
}

// It becomes a part of a path.
bool is_project_id(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == ':';
  });
}

}  // namespace

result<google_account> google_account::read(std::string_view json) {
  const boost::json::value all = json_of(json);
  if (!all.is_object())
    return wrong("is not JSON");
  if (text_at(all, {"type"}) != "service_account")
    return wrong("is no service account's key: its \"type\" is another");
  for (const std::string_view name : {"project_id", "client_email", "private_key", "token_uri"})
    if (text_at(all, {name}).empty())
      return wrong("has no \"" + std::string(name) + '"');
  if (!is_project_id(text_at(all, {"project_id"})))
    return wrong("has a \"project_id\" that is none");
  auto key = private_key::from_pem(text_at(all, {"private_key"}));
  if (!key)
    return wrong("\"private_key\" " + key.error().detail);
  if (key->what() != private_key::kind::rsa || key->bits() < rsa_bits_min)
    return wrong("\"private_key\" is not an RSA key of 2048 bits or more");
  const std::string token_url = text_at(all, {"token_uri"});
  if (!token_url.starts_with("https://") || url_origin(token_url).empty())
    return wrong("has a \"token_uri\" that is no https URL");
  return google_account{text_at(all, {"project_id"}), text_at(all, {"client_email"}),
                        text_at(all, {"private_key_id"}), token_url, std::move(*key)};
}

http_request access_token_request(const google_account& account, timestamp now) {
  const auto issued = static_cast<std::int64_t>(now / second);
  boost::json::object claims{{"iss", account.email},
                             {"scope", scope},
                             {"aud", account.token_url},
                             {"iat", issued},
                             {"exp", issued + lifetime_s}};
  http_request out;
  out.url = account.token_url;
  out.headers = {"content-type: application/x-www-form-urlencoded"};
  // A JWT has no character that a form would escape.
  out.body = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" +
             signed_jwt(boost::json::serialize(claims), account.key, account.key_id);
  return out;
}

std::optional<access_token> access_token_in(const http_answer& answer, timestamp now) {
  if (!is_success(answer))
    return std::nullopt;
  const boost::json::value said = json_of(answer.body);
  access_token out;
  out.text = text_at(said, {"access_token"});
  // It goes into a header as it is (RFC 6750 section 2.1).
  if (out.text.empty() || !std::all_of(out.text.begin(), out.text.end(), [](char c) { return c > ' ' && c < 0x7f; }))
    return std::nullopt;
  std::int64_t lives_s = lifetime_s;
  if (const auto* told = said.get_object().if_contains("expires_in"); told && told->is_int64())
    lives_s = std::clamp<std::int64_t>(told->get_int64(), 0, 24 * lifetime_s);
  out.good_until = now + static_cast<timestamp>(std::max<std::int64_t>(lives_s - margin_s, lives_s / 2)) * second;
  return out;
}

push_outcome access_refusal(const http_answer& answer) {
  // RFC 6749 section 5.2: invalid_grant, invalid_client and their like, with a 400 or 401.
  const std::string word = text_at(json_of(answer.body), {"error"});
  push_fate fate = fate_of_status(answer.status);
  if (fate == push_fate::refused)
    fate = push_fate::credentials_refused;
  if (fate == push_fate::delivered)
    fate = push_fate::try_again;  // a 200 without a token: not the server we think it is
  return outcome_of(answer, fate, "access token: " + (word.empty() ? "none given" : word));
}

}  // namespace carillon::push
