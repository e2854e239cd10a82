// What the providers' answers have in common. Inline and pure; any thread.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "runtime/push/http_exchange.hpp"
#include "runtime/push/push_message.hpp"

namespace carillon::push {

// JSON, or null where it is none.
inline boost::json::value json_of(std::string_view text) {
  boost::json::error_code failed;
  boost::json::value out = boost::json::parse({text.data(), text.size()}, failed);
  return failed ? boost::json::value() : out;
}

// The text at this path of objects; empty where there is none.
inline std::string text_at(const boost::json::value& in, std::initializer_list<std::string_view> path) {
  const boost::json::value* at = &in;
  for (const std::string_view key : path) {
    const auto* object = at->if_object();
    at = object ? object->if_contains({key.data(), key.size()}) : nullptr;
    if (at == nullptr)
      return {};
  }
  const auto* text = at->if_string();
  return text ? std::string(text->data(), text->size()) : std::string();
}

inline bool is_success(const http_answer& answer) {
  return answer.status >= 200 && answer.status < 300;
}

// By status alone, where the provider says no more (RFC 9110 section 15): whether it may go well later.
// Anything from 300 to 399 is not the provider: it never redirects, but what stands before it (a portal,
// a proxy) does.
inline push_fate fate_of_status(int status) {
  if (status >= 200 && status < 300)
    return push_fate::delivered;
  if (status < 400 || status == 408 || status == 425 || status == 429 || status >= 500)
    return push_fate::try_again;
  return push_fate::refused;
}

// `reason` goes into logs: one line, not long.
inline push_outcome outcome_of(const http_answer& answer, push_fate fate, std::string_view reason = {}) {
  constexpr std::size_t reason_max_bytes = 200;
  push_outcome out;
  out.fate = fate;
  out.status = answer.status;
  if (fate == push_fate::try_again)
    out.retry_after = answer.retry_after;
  if (fate == push_fate::delivered)
    out.provider_id = answer.provider_id;
  for (const char c : reason.substr(0, reason_max_bytes))
    out.reason += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return out;
}

}  // namespace carillon::push
