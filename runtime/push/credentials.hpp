// What this host shows the providers: keys, ids and secrets, read from the files that [push] names.
// Read once, at the start, so that what is wrong is said by a host that does not start, and not by a push
// that goes nowhere. Values; one thread.
#pragma once

#include <optional>
#include <string>

#include "config/settings.hpp"
#include "runtime/push/google_account.hpp"
#include "runtime/push/private_key.hpp"

namespace carillon::push {

inline constexpr std::size_t hook_secret_min_bytes = 16;

struct credentials {
  std::optional<private_key> apns_key;
  std::optional<google_account> fcm;
  std::optional<private_key> vapid_key;
  std::string hook_secret;  // empty: no webhook

  // Fails with invalid_config, one line for each thing that is wrong:
  //   push.apns.key_file = "x.p8": cannot be read: No such file or directory
  // ca_file is looked into as well, though libcurl reads it itself.
  static result<credentials> read(const settings::push_settings& from);
};

}  // namespace carillon::push
