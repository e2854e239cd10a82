#include "actors/api/method_table.hpp"

#include <algorithm>
#include <set>

#include "actors/api/handlers.hpp"
#include "runtime/wire/schema.hpp"

namespace carillon::api {
namespace {

constexpr std::string_view read_scopes = "channels:read,groups:read,im:read,mpim:read";
constexpr std::string_view history_scopes =
    "channels:history,groups:history,im:history,mpim:history";
constexpr std::string_view write_scopes =
    "channels:manage,channels:write,groups:write,im:write,mpim:write";
constexpr std::string_view join_scopes = "channels:join,channels:write";
constexpr std::string_view rtm_scopes = "rtm:stream,client";

constexpr bool reads = true;
constexpr bool changes = false;

using enum audience;
using enum tier;

// Scopes and tiers as Slack documents them. Sorted by name: find_method searches by halving.
constexpr method table[] = {
    {"api.test", anyone, "", none, api_test, reads},
    {"auth.revoke", user, "", none, auth_revoke},
    {"auth.test", user, "", none, auth_test, reads},
    {"bots.info", user, "users:read", tier3, bots_info, reads},
    {"carillon.admin.tokens.issue", admin, "admin", tier2, admin_tokens_issue},
    {"carillon.admin.tokens.list", admin, "admin", tier2, admin_tokens_list, reads},
    {"carillon.admin.tokens.revoke", admin, "admin", tier2, admin_tokens_revoke},
    {"carillon.admin.users.add", admin, "admin", tier2, admin_users_add},
    {"carillon.admin.users.disable", admin, "admin", tier2, admin_users_disable},
    {"carillon.admin.users.enable", admin, "admin", tier2, admin_users_enable},
    {"carillon.admin.users.list", admin, "admin", tier2, admin_users_list, reads},
    {"carillon.devices.list", user, history_scopes, tier3, devices_list, reads, wire::inboxes},
    {"carillon.devices.remove", user, history_scopes, tier3, devices_remove, changes, wire::inboxes},
    {"carillon.friends.add", user, "users:write", tier3, friends_add, changes, wire::inboxes},
    {"carillon.friends.list", user, "users:read", tier3, friends_list, reads, wire::inboxes},
    {"carillon.friends.remove", user, "users:write", tier3, friends_remove, changes, wire::inboxes},
    {"carillon.poll", user, history_scopes, tier4, carillon_poll, reads, wire::inboxes},
    {"carillon.push.list", user, history_scopes, tier3, push_list, reads, wire::inboxes},
    {"carillon.push.providers", user, "", tier3, push_providers, reads, wire::inboxes},
    {"carillon.push.register", user, history_scopes, tier3, push_register, changes, wire::inboxes},
    {"carillon.push.settings.get", user, history_scopes, tier3, push_settings_get, reads, wire::inboxes},
    {"carillon.push.settings.set", user, history_scopes, tier3, push_settings_set, changes, wire::inboxes},
    {"carillon.push.unregister", user, history_scopes, tier3, push_unregister, changes, wire::inboxes},
    {"carillon.signin", anyone, "", tier1, carillon_signin},
    {"carillon.signout", user, "", none, carillon_signout},
    {"carillon.signup", anyone, "", tier1, carillon_signup},
    {"carillon.stream", user, rtm_scopes, tier1, carillon_stream, reads, wire::inboxes},
    {"carillon.sync", user, history_scopes, tier4, carillon_sync, reads, wire::inboxes},
    {"chat.delete", user, "chat:write", tier3, chat_delete},
    {"chat.getPermalink", user, "", none, chat_get_permalink, reads},
    {"chat.meMessage", user, "chat:write", post, chat_me_message},
    {"chat.postEphemeral", user, "chat:write", tier4, chat_post_ephemeral},
    {"chat.postMessage", user, "chat:write", post, chat_post_message},
    {"chat.update", user, "chat:write", tier3, chat_update},
    {"conversations.archive", user, write_scopes, tier2, conversations_archive},
    {"conversations.close", user, write_scopes, tier2, conversations_close},
    {"conversations.create", user, write_scopes, tier2, conversations_create},
    {"conversations.history", user, history_scopes, tier3, conversations_history, reads},
    {"conversations.info", user, read_scopes, tier3, conversations_info, reads},
    {"conversations.invite", user, write_scopes, tier3, conversations_invite},
    {"conversations.join", user, join_scopes, tier3, conversations_join},
    {"conversations.kick", user, write_scopes, tier3, conversations_kick},
    {"conversations.leave", user, write_scopes, tier3, conversations_leave},
    {"conversations.list", user, read_scopes, tier2, conversations_list, reads},
    {"conversations.mark", user, write_scopes, tier3, conversations_mark},
    {"conversations.members", user, read_scopes, tier4, conversations_members, reads},
    {"conversations.open", user, write_scopes, tier3, conversations_open},
    {"conversations.rename", user, write_scopes, tier2, conversations_rename},
    {"conversations.setPurpose", user, write_scopes, tier2, conversations_set_purpose},
    {"conversations.setTopic", user, write_scopes, tier2, conversations_set_topic},
    {"conversations.unarchive", user, write_scopes, tier2, conversations_unarchive},
    {"dnd.endDnd", user, "dnd:write", tier2, dnd_end_dnd, changes, wire::inboxes},
    {"dnd.endSnooze", user, "dnd:write", tier2, dnd_end_snooze, changes, wire::inboxes},
    {"dnd.info", user, "dnd:read", tier3, dnd_info, reads, wire::inboxes},
    {"dnd.setSnooze", user, "dnd:write", tier2, dnd_set_snooze, changes, wire::inboxes},
    {"dnd.teamInfo", user, "dnd:read", tier2, dnd_team_info, reads, wire::inboxes},
    {"rtm.connect", user, rtm_scopes, tier1, rtm_connect},
    {"rtm.start", user, rtm_scopes, tier1, rtm_start},
    {"team.info", user, "team:read", tier3, team_info, reads},
    {"users.conversations", user, read_scopes, tier3, users_conversations, reads},
    {"users.getPresence", user, "users:read", tier3, users_get_presence, reads},
    {"users.info", user, "users:read", tier4, users_info, reads},
    {"users.list", user, "users:read", tier2, users_list, reads},
    {"users.lookupByEmail", user, "users:read.email", tier3, users_lookup_by_email, reads},
    {"users.profile.get", user, "users.profile:read,users:read", tier4, users_profile_get, reads},
    {"users.profile.set", user, "users.profile:write", tier3, users_profile_set},
    {"users.setActive", user, "users:write", tier2, users_set_active},
    {"users.setPresence", user, "users:write", tier2, users_set_presence},
};

}  // namespace

std::span<const method> all_methods() {
  return table;
}

const method* find_method(std::string_view name) {
  const method* found = std::lower_bound(
      std::begin(table), std::end(table), name,
      [](const method& row, std::string_view wanted) { return row.name < wanted; });
  return found != std::end(table) && found->name == name ? found : nullptr;
}

std::uint16_t number_of(const method& row) {
  return static_cast<std::uint16_t>(&row - table);
}

const std::string& all_scopes() {
  static const std::string joined = [] {
    std::set<std::string_view> words;
    for (const method& row : table)
      for (std::string_view rest = row.scope; !rest.empty();) {
        std::string_view word = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
        words.insert(word);
      }
    std::string out;
    for (std::string_view word : words)
      out.append(out.empty() ? "" : ",").append(word);
    return out;
  }();
  return joined;
}

}  // namespace carillon::api
