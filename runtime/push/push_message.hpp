// A push and what became of it, in words that fit every provider: Apple's (APNs), Google's (FCM
// HTTP v1), browsers' (Web Push, RFC 8030) and the operator's own webhook. Whoever decides that a
// person is to be told fills in a push_message; the sender (sender.hpp) tells the fate of that one
// attempt. Values and pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"

namespace carillon::push {

enum class provider { apns, fcm, web_push, webhook };
inline constexpr std::size_t provider_count = 4;

std::string_view to_string(provider which);  // "apns", "fcm", "web_push", "webhook"
std::optional<provider> provider_named(std::string_view name);

// Where one device is reached. Comes from the device, so from anyone: see check_destination.
struct destination {
  provider via = provider::webhook;
  // apns: the device token, hexadecimal. fcm: the registration token. web_push: the subscription's
  // `endpoint`. webhook: what the operator's program knows the device by.
  std::string token;
  std::string p256dh;  // web_push only: the subscription's keys, base64url as browsers give them
  std::string auth;
};

inline constexpr std::size_t token_max_bytes = 2'048;

// Before it is stored: can this provider's tokens look so? Fails with invalid_arguments, the detail
// names the part. An endpoint must be an https URL; whether its address may be spoken to is seen
// when it is.
status check_destination(const destination& to);

// The same for the same device, whoever registers it: 32 bytes that do not tell the token.
std::string endpoint_hash(const destination& to);

// Whether it can be told to take a notification away. Browsers want to show something for every push
// (userVisibleOnly of the Push API), and would for this one.
inline bool takes_clear(provider which) { return which != provider::web_push; }

// RFC 8030 section 5.3. APNs and FCM know two: high wakes a sleeping device, the others may wait.
enum class urgency { very_low, low, normal, high };

std::string_view to_string(urgency which);  // as the RFC has it: "very-low", "low", ...

struct push_message {
  destination to;
  std::string user;   // whom it is for, as the app on the device knows them: U...
  std::string title;  // UTF-8. What does not fit the provider's limit is cut off, body first.
  std::string body;
  std::optional<std::uint32_t> badge;  // unread in all; 0 takes the badge away, nullopt leaves it
  // Of two pushes with one collapse id the device shows the later only, and of a repeated one nothing
  // is seen. Any text; a provider that takes less is given a hash of it, always the same. FCM keeps at
  // most four of them per device that is offline and drops others: better one per channel than one
  // per message.
  std::string collapse_id;  // empty: never collapsed
  push::urgency urgency = push::urgency::high;
  std::chrono::seconds ttl{24 * 3'600};  // the provider drops it when the device was away so long
  // Read elsewhere: shows nothing, tells the app to take its notification away and sets the badge.
  // Title and body are not sent. Only where takes_clear().
  bool clear = false;
  std::string channel;  // for the app, as they are: C..., and the message's ts
  std::string ts;       // empty of a clear, and then not sent
};

enum class push_fate {
  delivered,            // the provider took it on; whether the device ever shows it is not known
  token_is_dead,        // the device is gone for good: forget the destination
  try_again,            // did not arrive; it may later. Not before retry_after.
  refused,              // this push never will: drop it. The destination may be good.
  credentials_refused,  // keys, ids or topic of the settings are wrong, and so it goes for every push
                        // of this provider: tell the operator, keep the push. Of web_push it says
                        // that of this endpoint's service only, and users choose those.
  no_answer,            // was sent, and may or may not have arrived: repeat it with its collapse id
};
inline constexpr std::size_t push_fate_count = 6;

std::string_view to_string(push_fate fate);

struct push_outcome {
  push_fate fate = push_fate::try_again;
  std::string reason;                // for the log: the provider's word, or ours; never a token or key
  int status = 0;                    // HTTP; 0: no answer
  std::chrono::seconds retry_after{0};  // try_again: what the provider asked for; 0: nothing, back off
  timestamp dead_since = 0;          // token_is_dead of apns: a token registered later lives; 0: not told
  std::string provider_id;           // delivered: what the provider calls it, for its support desk
  std::chrono::milliseconds took{0}; // from send() to this

  // "try_again 503 ServiceUnavailable retry_after=30s"
  std::string describe() const;
  // For operators, without our names: "503 ServiceUnavailable".
  std::string words() const;
};

}  // namespace carillon::push
