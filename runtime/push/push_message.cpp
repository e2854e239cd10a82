#include "runtime/push/push_message.hpp"

#include <algorithm>
#include <array>

#include "runtime/push/apns.hpp"
#include "runtime/push/base64url.hpp"
#include "runtime/push/digests.hpp"
#include "runtime/push/private_key.hpp"
#include "runtime/push/url_origin.hpp"
#include "runtime/push/web_push_encryption.hpp"

namespace carillon::push {
namespace {

constexpr std::array<std::string_view, provider_count> provider_names = {"apns", "fcm", "web_push", "webhook"};
constexpr std::array<std::string_view, push_fate_count> fate_names = {
    "delivered", "token_is_dead", "try_again", "refused", "credentials_refused", "no_answer"};
constexpr std::array<std::string_view, 4> urgency_names = {"very-low", "low", "normal", "high"};

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

error wrong(std::string what) {
  return make_error(errc::invalid_arguments, std::move(what));
}

status check_subscription(const destination& to) {
  if (!to.token.starts_with("https://") || url_origin(to.token).empty())
    return wrong("endpoint must be an https URL");
  const auto point = from_base64url(to.p256dh);
  if (!point || !is_p256_point(*point))
    return wrong("p256dh must be a point of P-256, 65 bytes as base64url");
  const auto secret = from_base64url(to.auth);
  if (!secret || secret->size() != auth_bytes)
    return wrong("auth must be 16 bytes as base64url");
  return ok;
}

}  // namespace

std::string_view to_string(provider which) {
  return provider_names[static_cast<std::size_t>(which)];
}

std::optional<provider> provider_named(std::string_view name) {
  const auto at = std::find(provider_names.begin(), provider_names.end(), name);
  if (at == provider_names.end())
    return std::nullopt;
  return static_cast<provider>(at - provider_names.begin());
}

std::string_view to_string(urgency which) {
  return urgency_names[static_cast<std::size_t>(which)];
}

std::string_view to_string(push_fate fate) {
  return fate_names[static_cast<std::size_t>(fate)];
}

status check_destination(const destination& to) {
  if (to.token.empty() || to.token.size() > token_max_bytes)
    return wrong("token must have 1 to " + std::to_string(token_max_bytes) + " bytes");
  switch (to.via) {
  case provider::apns:
    // It becomes a part of a path.
    if (to.token.size() > apns_token_max_digits || to.token.size() % 2 != 0 || !is_hex(to.token))
      return wrong("token must be hexadecimal, at most " + std::to_string(apns_token_max_digits) + " digits");
    return ok;
  case provider::fcm:
    if (!is_visible(to.token))
      return wrong("token must be visible ASCII");
    return ok;
  case provider::web_push:
    return check_subscription(to);
  case provider::webhook:
    break;
  }
  return ok;
}

std::string endpoint_hash(const destination& to) {
  std::string token = to.token;
  if (to.via == provider::apns)  // hexadecimal, in either case
    std::transform(token.begin(), token.end(), token.begin(),
                   [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  return sha256(std::string(to_string(to.via)) + '\n' + token);
}

std::string push_outcome::describe() const {
  std::string out(to_string(fate));
  if (const std::string more = words(); !more.empty())
    out += ' ' + more;
  if (retry_after.count() > 0)
    out += " retry_after=" + std::to_string(retry_after.count()) + 's';
  return out;
}

std::string push_outcome::words() const {
  std::string out = status == 0 ? "" : std::to_string(status);
  if (!reason.empty())
    out += (out.empty() ? "" : " ") + reason;
  return out;
}

}  // namespace carillon::push
