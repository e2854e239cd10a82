// Apple Push Notification service, token-based (developer.apple.com/documentation/usernotifications:
// "Sending notification requests to APNs", "Establishing a token-based connection to APNs",
// "Handling notification responses from APNs"). Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "runtime/push/http_exchange.hpp"
#include "runtime/push/private_key.hpp"
#include "runtime/push/push_message.hpp"

namespace carillon::push {

inline constexpr std::size_t apns_payload_max = 4'096;  // bytes of JSON
inline constexpr std::size_t apns_collapse_id_max = 64;
inline constexpr std::size_t apns_token_max_digits = 200;  // 64 today; Apple says not to count on it

// `url`: scheme and host. `bearer`: the provider token. nullopt: too large without any text.
std::optional<http_request> apns_request(const push_message& what, const std::string& url,
                                         const std::string& topic, std::string_view bearer, timestamp now);

push_outcome apns_outcome(const http_answer& answer);
// The provider token is over an hour old for Apple's clock: with a new one it may go well.
bool apns_token_expired(const http_answer& answer);

// A provider token, signed anew when it is 40 minutes old: APNs refuses one of over an hour, and one
// that is renewed more often than every 20 minutes (TooManyProviderTokenUpdates). One thread.
class apns_token {
public:
  apns_token(private_key key, std::string key_id, std::string team_id)
      : key_(std::move(key)), key_id_(std::move(key_id)), team_id_(std::move(team_id)) {}

  const std::string& at(timestamp now);
  // It was refused as too old. False: it is younger than 20 minutes, so a new one would not do better
  // (then this clock or Apple's is wrong).
  bool renew(timestamp now);

private:
  void sign(timestamp now);

  private_key key_;
  std::string key_id_;
  std::string team_id_;
  std::string text_;
  timestamp signed_at_ = 0;
};

}  // namespace carillon::push
