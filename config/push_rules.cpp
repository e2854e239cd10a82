#include "config/push_rules.hpp"

#include <algorithm>

#include "config/keys.hpp"

namespace carillon {
namespace {

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > ' ' && c < 0x7f; });
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}


}  // namespace

bool is_provider_url(std::string_view text) {
  return text.starts_with("https://") && is_public_url(text) && is_visible(text) &&
         text.find('@') == std::string_view::npos;
}

// A name and password before '@' would stand in logs, and what is behind '#' is sent to nobody.
bool is_hook_url(std::string_view text) {
  if (text.empty())
    return true;
  const std::size_t scheme = text.starts_with("http://") ? 7 : text.starts_with("https://") ? 8 : 0;
  return scheme > 0 && text.size() > scheme && is_visible(text) &&
         text.find_first_of("#@") == std::string_view::npos && text[scheme] != '/' &&
         text[scheme] != '?';
}

bool is_apple_id(std::string_view text) {
  return text.empty() ||
         (text.size() == 10 && std::all_of(text.begin(), text.end(), [](char c) {
            return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
          }));
}

bool is_bundle_id(std::string_view text) {
  return text.size() <= 255 && std::all_of(text.begin(), text.end(), [](char c) {
           return is_letter_or_digit(c) || c == '-' || c == '.';
         });
}

// RFC 8292 section 2.1.
bool is_contact(std::string_view text) {
  const std::size_t scheme = text.starts_with("mailto:") ? 7 : text.starts_with("https://") ? 8 : 0;
  return text.empty() || (scheme > 0 && text.size() > scheme && is_visible(text));
}

void check_push(const settings::push_settings& push, const std::set<std::string>& refused,
                std::vector<std::string>& complaints) {
  // "push.apns.key_file needs push.apns.key_id"
  const auto need = [&](const std::string& given, const std::string& given_name, const std::string& needed,
                        const std::string& needed_name) {
    if (!given.empty() && needed.empty() && !refused.contains(needed_name))
      complaints.push_back(given_name + " needs " + needed_name);
  };
  const auto& apns = push.apns;
  need(apns.key_file, "push.apns.key_file", apns.key_id, "push.apns.key_id");
  need(apns.key_file, "push.apns.key_file", apns.team_id, "push.apns.team_id");
  need(apns.key_file, "push.apns.key_file", apns.topic, "push.apns.topic");
  need(apns.key_id, "push.apns.key_id", apns.key_file, "push.apns.key_file");
  need(push.web.key_file, "push.web.key_file", push.web.subject, "push.web.subject");
  need(push.web.subject, "push.web.subject", push.web.key_file, "push.web.key_file");
  const auto& hook = push.webhook;
  need(hook.url, "push.webhook.url", hook.secret_file, "push.webhook.secret_file");
  need(hook.secret_file, "push.webhook.secret_file", hook.url, "push.webhook.url");
}

}  // namespace carillon
