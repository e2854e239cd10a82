#include "actors/slack_json.hpp"

#include <algorithm>

#include "actors/dnd_hours.hpp"
#include "actors/slack_text.hpp"

namespace json = boost::json;

namespace carillon::slack {
namespace {

// Stored text that is JSON by our own hand; a broken one shows as empty rather than failing a list.
json::object stored_object(std::string_view text) {
  json::error_code failed;
  json::value parsed = json::parse(text, failed);
  if (failed || !parsed.is_object())
    return {};
  return std::move(parsed.get_object());
}

void note_field(json::object& out, std::string_view key, const wire::channel_note& note) {
  out[key] = json::object{
      {"value", note.value()}, {"creator", note.creator()}, {"last_set", note.last_set()}};
}

void read_state(json::object& out, const channel_view& view) {
  if (!view.with_read_state)
    return;
  out["last_read"] = format_ts(view.last_read);
  out["unread_count"] = view.unread_count;
  out["unread_count_display"] = view.unread_count_display;
  out["mention_count"] = view.mention_count;
}

json::object direct_json(const wire::channel_facts& facts, const channel_view& view) {
  json::object out{{"id", facts.id()},
                   {"created", facts.created()},
                   {"is_im", true},
                   {"is_channel", false},
                   {"is_group", false},
                   {"is_mpim", false},
                   {"is_private", true},
                   {"is_archived", facts.archived()},
                   {"is_org_shared", false},
                   {"context_team_id", facts.team_id()},
                   {"updated", facts.updated() / 1000},
                   {"user", view.peer},
                   {"is_user_deleted", false},
                   {"is_member", view.is_member},
                   {"is_open", view.is_open},
                   {"priority", 0}};
  read_state(out, view);
  return out;
}

std::string shown_name(const wire::channel_facts& facts) {
  if (facts.kind() != wire::CHANNEL_GROUP_DM)
    return facts.name();
  std::string name = "mpdm-" + facts.id();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(c < 0x80 ? std::tolower(c) : c); });
  return name;
}

// Slack's palette for names without a picture; the id decides, so that it never changes.
std::string_view color_of(const entity_id& user) {
  static constexpr std::string_view palette[] = {"9f69e7", "4bbe2e", "e7392d", "3c989f",
                                                 "674b1b", "e96699", "e0a729", "684b6c"};
  return palette[user.number % std::size(palette)];
}

}  // namespace

void append_message(std::string& out, const wire::chat_message& message, std::string_view team_id) {
  object_text body(out);
  auto text_if = [&](std::string_view key, const std::string& value) {
    if (!value.empty())
      body.string(key, value);
  };
  body.string("type", "message");
  if (message.deleted())
    body.string("subtype", "tombstone");
  else
    text_if("subtype", message.subtype());
  text_if("user", message.user());
  text_if("bot_id", message.bot_id());
  text_if("username", message.username());
  body.string("text", message.text());
  body.ts("ts", message.ts());
  text_if("client_msg_id", message.client_msg_id());
  if (!team_id.empty())
    body.string("team", team_id);
  if (!message.blocks().empty())
    body.json("blocks", message.blocks());
  if (!message.attachments().empty())
    body.json("attachments", message.attachments());
  if (!message.metadata().empty())
    body.json("metadata", message.metadata());
  if (!message.icon_url().empty() || !message.icon_emoji().empty())
    body.object("icons", [&](object_text& icons) {
      if (!message.icon_emoji().empty())
        icons.string("emoji", message.icon_emoji());
      if (!message.icon_url().empty())
        icons.string("image_48", message.icon_url());
    });
  if (message.thread_ts() != 0)
    body.ts("thread_ts", message.thread_ts());
  if (message.edited_ts() != 0)
    body.object("edited", [&](object_text& edited) {
      edited.string("user", message.edited_by());
      edited.ts("ts", message.edited_ts());
    });
  text_if("inviter", message.inviter());
  if (message.subtype() == "channel_topic")
    body.string("topic", message.topic());
  if (message.subtype() == "channel_purpose")
    body.string("purpose", message.purpose());
  text_if("old_name", message.old_name());
  text_if("name", message.name());
  if (message.deleted())
    body.boolean("hidden", true);
  body.number("seq", message.seq());
  body.close();
}

json::object message_json(const wire::chat_message& message, std::string_view team_id) {
  std::string text;
  append_message(text, message, team_id);
  return stored_object(text);
}

json::object channel_json(const wire::channel_facts& facts, const channel_view& view) {
  if (facts.kind() == wire::CHANNEL_DIRECT)
    return direct_json(facts, view);
  bool group_dm = facts.kind() == wire::CHANNEL_GROUP_DM;
  std::string name = shown_name(facts);
  json::array previous;
  for (const std::string& old : facts.previous_names())
    previous.emplace_back(old);
  json::object out{{"id", facts.id()},
                   {"name", name},
                   {"name_normalized", name},
                   {"is_channel", !group_dm},
                   {"is_group", group_dm},
                   {"is_im", false},
                   {"is_mpim", group_dm},
                   {"is_private", facts.kind() != wire::CHANNEL_PUBLIC},
                   {"created", facts.created()},
                   {"creator", facts.creator()},
                   {"is_archived", facts.archived()},
                   {"is_general", facts.general()},
                   {"unlinked", 0},
                   {"is_shared", false},
                   {"is_org_shared", false},
                   {"is_ext_shared", false},
                   {"is_pending_ext_shared", false},
                   {"pending_shared", json::array()},
                   {"context_team_id", facts.team_id()},
                   {"shared_team_ids", json::array{facts.team_id()}},
                   {"updated", facts.updated() / 1000},
                   {"is_member", view.is_member},
                   {"previous_names", std::move(previous)},
                   {"num_members", facts.member_count()}};
  note_field(out, "topic", facts.topic());
  note_field(out, "purpose", facts.purpose());
  if (group_dm)
    out["is_open"] = view.is_open;
  read_state(out, view);
  return out;
}

json::object profile_json(const storage::user_row& user) {
  json::object stored = stored_object(user.profile);
  json::object out{{"real_name", user.real_name},
                   {"real_name_normalized", user.real_name},
                   {"display_name", ""},
                   {"title", ""},
                   {"phone", ""},
                   {"skype", ""},
                   {"status_text", ""},
                   {"status_emoji", ""},
                   {"status_expiration", 0},
                   {"avatar_hash", ""},
                   {"fields", json::object()},
                   {"team", user.team.text()}};
  for (auto& [key, value] : stored)
    out[key] = std::move(value);
  out["display_name_normalized"] = out["display_name"];
  if (!user.email.empty())
    out["email"] = user.email;
  if (user.bot) {
    out["bot_id"] = user.bot_id.text();
    out["api_app_id"] = "";
  }
  return out;
}

json::object user_json(const storage::user_row& user) {
  json::object out{{"id", user.id.text()},
                   {"team_id", user.team.text()},
                   {"name", user.name},
                   {"deleted", user.disabled},
                   {"color", color_of(user.id)},
                   {"real_name", user.real_name},
                   {"tz", user.tz},
                   {"tz_label", user.tz},
                   {"tz_offset", 0},
                   {"profile", profile_json(user)},
                   {"is_admin", user.admin || user.owner},
                   {"is_owner", user.owner},
                   {"is_primary_owner", user.owner},
                   {"is_restricted", false},
                   {"is_ultra_restricted", false},
                   {"is_bot", user.bot},
                   {"is_app_user", false},
                   {"is_email_confirmed", false},
                   {"updated", user.updated}};
  return out;
}

json::object team_json(const storage::team_row& team) {
  return {{"id", team.id.text()},
          {"name", team.name},
          {"domain", team.domain},
          {"email_domain", ""},
          {"icon", json::object{{"image_default", true}}}};
}

json::object bot_json(const storage::user_row& bot) {
  return {{"id", bot.bot_id.text()},
          {"deleted", bot.disabled},
          {"name", bot.name},
          {"updated", bot.updated},
          {"app_id", ""},
          {"user_id", bot.id.text()},
          {"icons", json::object()}};
}

json::object dnd_json(const wire::push_user& said, timestamp now) {
  constexpr timestamp second = 1'000'000;
  const dnd_times times = dnd_at(said, now);
  json::object out{{"dnd_enabled", times.end != 0},
                   {"next_dnd_start_ts", times.end != 0 ? times.start / second : 1},
                   {"next_dnd_end_ts", times.end != 0 ? times.end / second : 1},
                   {"snooze_enabled", times.snoozing}};
  if (times.snoozing) {
    out["snooze_endtime"] = said.snooze_until() / second;
    out["snooze_remaining"] = (said.snooze_until() - now) / second;
    out["snooze_is_indefinite"] = false;
  }
  return out;
}

std::string dnd_event(std::string_view user, const wire::push_user& said, timestamp now) {
  return json::serialize(json::object{{"type", "dnd_updated"}, {"user", user}, {"dnd_status", dnd_json(said, now)}});
}

}  // namespace carillon::slack
