// What a channel says of itself, in Slack's words and subtypes. Pure.
#pragma once

#include <string>
#include <string_view>

#include "runtime/wire/event.pb.h"

namespace carillon {

// "<@U...> `deed`", said in the user's name. `subtype`: "channel_join", "channel_topic", ...
inline wire::chat_message said_of(std::string_view user, std::string_view subtype,
                                  std::string_view deed) {
  wire::chat_message message;
  message.set_user(std::string(user));
  message.set_subtype(std::string(subtype));
  std::string text = "<@";
  text.append(user).append("> ").append(deed);
  message.set_text(std::move(text));
  return message;
}

inline wire::chat_message said_joined(std::string_view user, std::string_view inviter = {}) {
  auto message = said_of(user, "channel_join", "has joined the channel");
  message.set_inviter(std::string(inviter));
  return message;
}

inline wire::chat_message said_left(std::string_view user) {
  return said_of(user, "channel_leave", "has left the channel");
}

}  // namespace carillon
