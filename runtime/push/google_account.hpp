// A service account of a Firebase project, and the access tokens that it is given: OAuth 2.0 for
// server-to-server applications (developers.google.com/identity/protocols/oauth2/service-account;
// RFC 7523). Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/push/http_exchange.hpp"
#include "runtime/push/private_key.hpp"
#include "runtime/push/push_message.hpp"

namespace carillon::push {

struct google_account {
  std::string project;
  std::string email;
  std::string key_id;
  std::string token_url;
  private_key key;

  // From the JSON text of its key file. Fails with invalid_config in words that go behind the file's name.
  static result<google_account> read(std::string_view json);
};

// Asks for an hour's access to FCM and nothing else.
http_request access_token_request(const google_account& account, timestamp now);

struct access_token {
  std::string text;
  timestamp good_until = 0;  // a minute before it ends: it is on its way for some time

  bool good(timestamp now) const { return !text.empty() && now < good_until; }
};

// nullopt: none was given; then access_refusal says what that means for the pushes that wait for it.
std::optional<access_token> access_token_in(const http_answer& answer, timestamp now);
push_outcome access_refusal(const http_answer& answer);

}  // namespace carillon::push
