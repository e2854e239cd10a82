// Firebase Cloud Messaging, HTTP v1 (firebase.google.com/docs/reference/fcm/rest/v1: projects.messages
// and ErrorCode). Who asks is shown by an access token, see google_account.hpp. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/push/http_exchange.hpp"
#include "runtime/push/push_message.hpp"

namespace carillon::push {

// Of notification and data together; the whole request is kept below it, which is on the safe side.
inline constexpr std::size_t fcm_message_max = 4'096;
inline constexpr std::chrono::seconds fcm_ttl_max{28 * 24 * 3'600};

// `url`: scheme and host. nullopt: too large without any text.
std::optional<http_request> fcm_request(const push_message& what, const std::string& url,
                                        const std::string& project, std::string_view access_token);

push_outcome fcm_outcome(const http_answer& answer);
// The access token is refused: with a new one it may go well.
bool fcm_token_refused(const http_answer& answer);

}  // namespace carillon::push
