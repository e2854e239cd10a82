// The frames of RTM, one line each.
#include "actors/slack_json.hpp"

#include "actors/slack_text.hpp"

namespace json = boost::json;

namespace carillon::slack {
namespace {

std::string_view type_of(wire::channel_kind kind) {
  switch (kind) {
  case wire::CHANNEL_PRIVATE:
    return "group";
  case wire::CHANNEL_DIRECT:
    return "im";
  case wire::CHANNEL_GROUP_DM:
    return "mpim";
  default:
    return "channel";
  }
}

// Member events name the kind by the letter that ids of it once began with.
std::string_view letter_of(wire::channel_kind kind) {
  switch (kind) {
  case wire::CHANNEL_PUBLIC:
    return "C";
  case wire::CHANNEL_DIRECT:
    return "D";
  default:
    return "G";
  }
}

std::string_view marked_type(wire::channel_kind kind) {
  switch (kind) {
  case wire::CHANNEL_PRIVATE:
    return "group_marked";
  case wire::CHANNEL_DIRECT:
    return "im_marked";
  case wire::CHANNEL_GROUP_DM:
    return "mpim_marked";
  default:
    return "channel_marked";
  }
}

// The fields that follow a message's own when it is told to a channel.
void append_place(std::string& out, const wire::channel_event& event, std::string_view channel_id,
                  wire::channel_kind kind) {
  out.pop_back();  // the message's closing brace: the event goes on in the same object
  out += ",\"channel\":\"";
  out += channel_id;
  out += "\",\"channel_type\":\"";
  out += type_of(kind);
  out += "\",\"event_ts\":\"";
  out += format_ts(event.ts());
  out += "\"}";
}

std::string with_object(std::string_view type, std::string_view key, const json::object& value,
                        timestamp ts) {
  std::string out;
  object_text body(out);
  body.string("type", type);
  body.name(key);
  out += json::serialize(value);
  body.string("event_ts", format_ts(ts));
  body.close();
  return out;
}

}  // namespace

std::string event_frame(const wire::channel_event& event, std::string_view channel_id,
                        wire::channel_kind kind, std::string_view team_id) {
  std::string out;
  const wire::chat_message& message = event.message();
  out.reserve(320 + message.text().size() + message.blocks().size() + message.attachments().size());
  if (event.kind() == wire::EVENT_MESSAGE) {
    append_message(out, message, team_id);
    append_place(out, event, channel_id, kind);
    return out;
  }
  bool changed = event.kind() == wire::EVENT_MESSAGE_CHANGED;
  object_text body(out);
  body.string("type", "message");
  body.string("subtype", changed ? "message_changed" : "message_deleted");
  body.boolean("hidden", true);
  body.string("channel", channel_id);
  body.string("channel_type", type_of(kind));
  body.string("ts", format_ts(event.ts()));
  body.string("event_ts", format_ts(event.ts()));
  if (changed) {
    body.name("message");
    append_message(out, message, team_id);
  } else {
    body.string("deleted_ts", format_ts(message.ts()));
  }
  if (event.has_previous()) {
    body.name("previous_message");
    append_message(out, event.previous(), team_id);
  }
  body.number("seq", event.seq());
  body.close();
  return out;
}

std::string member_event(std::string_view type, std::string_view user, std::string_view channel,
                         wire::channel_kind kind, std::string_view team_id,
                         std::string_view inviter, timestamp ts, std::uint64_t seq) {
  std::string out;
  object_text body(out);
  body.string("type", type);
  body.string("user", user);
  body.string("channel", channel);
  body.string("channel_type", letter_of(kind));
  body.string("team", team_id);
  if (!inviter.empty())
    body.string("inviter", inviter);
  body.string("event_ts", format_ts(ts));
  body.number("seq", seq);
  body.close();
  return out;
}

std::string channel_event(std::string_view type, const json::object& channel, timestamp ts) {
  return with_object(type, "channel", channel, ts);
}

std::string channel_id_event(std::string_view type, std::string_view channel, std::string_view user,
                             timestamp ts) {
  std::string out;
  object_text body(out);
  body.string("type", type);
  body.string("channel", channel);
  if (!user.empty())
    body.string("user", user);
  body.string("event_ts", format_ts(ts));
  body.close();
  return out;
}

std::string marked_event(std::string_view channel, wire::channel_kind kind, timestamp ts,
                         std::uint32_t unread, std::uint32_t unread_display,
                         std::uint32_t mentions) {
  std::string out;
  object_text body(out);
  body.string("type", marked_type(kind));
  body.string("channel", channel);
  body.string("ts", format_ts(ts));
  body.number("unread_count", unread);
  body.number("unread_count_display", unread_display);
  body.number("mention_count", mentions);
  body.close();
  return out;
}

std::string user_event(std::string_view type, const json::object& user, timestamp ts) {
  return with_object(type, "user", user, ts);
}

std::string presence_event(std::string_view user, bool active) {
  std::string out;
  object_text body(out);
  body.string("type", "presence_change");
  body.string("user", user);
  body.string("presence", active ? "active" : "away");
  body.close();
  return out;
}

std::string presence_event(const std::vector<entity_id>& users, bool active) {
  if (users.size() == 1)
    return presence_event(users.front().text(), active);
  std::string out = R"({"type":"presence_change","presence":")";
  out += active ? "active" : "away";
  out += R"(","users":[)";
  for (const entity_id& user : users) {
    out += out.back() == '[' ? "\"" : ",\"";
    out += user.text();
    out += '"';
  }
  out += "]}";
  return out;
}

std::string friend_event(std::string_view user, bool is_friend) {
  std::string out;
  object_text body(out);
  body.string("type", is_friend ? "carillon.friend_added" : "carillon.friend_removed");
  body.string("user", user);
  body.close();
  return out;
}

std::string manual_presence_event(bool active) {
  return active ? R"({"type":"manual_presence_change","presence":"active"})"
                : R"({"type":"manual_presence_change","presence":"away"})";
}

std::string typing_event(std::string_view channel, std::string_view user) {
  std::string out;
  object_text body(out);
  body.string("type", "user_typing");
  body.string("channel", channel);
  body.string("user", user);
  body.close();
  return out;
}

std::string lagging_event(std::string_view channel, std::uint64_t from) {
  std::string out;
  object_text body(out);
  body.string("type", "lagging");
  body.string("channel", channel);
  body.number("from_seq", from);
  body.close();
  return out;
}

std::string ephemeral_event(const wire::chat_message& message, std::string_view channel) {
  std::string out;
  append_message(out, message, {});
  out.pop_back();
  out += ",\"is_ephemeral\":true,\"channel\":\"";
  out += channel;
  out += "\",\"event_ts\":\"" + format_ts(message.ts()) + "\"}";
  return out;
}

}  // namespace carillon::slack
