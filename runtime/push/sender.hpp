// Sends pushes and says what became of each: the door of this folder. Speaks to every provider that
// the settings name, over TLS with HTTP/2 where the provider has it, many pushes on one connection;
// keeps the providers' tokens (APNs: signed anew every 40 minutes; FCM: fetched, and fetched anew when
// refused). It keeps nothing durable and repeats nothing by itself, but for a push whose provider
// token had run out, and but for what libcurl repeats when a kept connection died before a byte of
// the answer came (the provider sees the same collapse id).
//
// send() and the counters: any thread. Outcomes come on the sender's own thread, one at a time, each
// exactly once: they must not wait, must not throw, and may call send(). start() and stop(): main().
// A sender inside another one's callback must not be destroyed there.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "config/settings.hpp"
#include "runtime/base/result.hpp"
#include "runtime/push/push_message.hpp"

namespace carillon::push {

using outcome_then = std::function<void(push_outcome)>;

class sender {
public:
  // Reads the files that the settings name. Fails with invalid_config: one line for each thing that
  // is wrong, with its setting and file. No provider configured is no error.
  static result<std::unique_ptr<sender>> start(const settings::push_settings& config);
  ~sender();  // stop() without grace
  sender(const sender&) = delete;
  sender& operator=(const sender&) = delete;

  // Is it configured? What is sent to another one comes back as credentials_refused.
  bool speaks(provider which) const;
  // What a page's subscribe() takes as applicationServerKey (RFC 8292 section 3.2: 65 bytes, here as
  // base64url); empty without web_push.
  const std::string& vapid_public_key() const;

  // False: push.in_flight_max of that provider are under way, or stop() was called; nothing happened
  // and `then` is never called. An outcome of the same provider makes room.
  bool send(push_message what, outcome_then then);

  // Nothing new from now on. What is under way may end within `grace`; the rest is try_again where
  // nothing of it was sent, no_answer where it was. Every outcome has come when this returns.
  // REQUIRES: not on the sender's thread.
  void stop(std::chrono::milliseconds grace);

  struct counts {
    std::array<std::uint64_t, push_fate_count> fates{};  // by push_fate, since the start
    std::uint64_t under_way = 0;
  };
  counts counted(provider which) const;

private:
  struct impl;
  explicit sender(std::unique_ptr<impl> parts);
  std::unique_ptr<impl> impl_;
};

}  // namespace carillon::push
