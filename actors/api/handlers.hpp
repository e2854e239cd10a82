// The handlers of the Web API, by family; each family is a file or two. Called by the api actor
// when the caller may call: they read arguments, ask, and answer the call.
#pragma once

#include "actors/api/call.hpp"

namespace carillon::api {

// -- auth.cpp, team.cpp --
void api_test(const call_ptr& c);
void auth_test(const call_ptr& c);
void auth_revoke(const call_ptr& c);
void team_info(const call_ptr& c);
void bots_info(const call_ptr& c);

// -- rtm.cpp --
void rtm_connect(const call_ptr& c);
void rtm_start(const call_ptr& c);

// -- chat_post.cpp, chat_edit.cpp --
void chat_post_message(const call_ptr& c);
void chat_me_message(const call_ptr& c);
void chat_post_ephemeral(const call_ptr& c);
void chat_update(const call_ptr& c);
void chat_delete(const call_ptr& c);
void chat_get_permalink(const call_ptr& c);

// -- conversations_list.cpp, conversations_read.cpp --
void conversations_list(const call_ptr& c);
void users_conversations(const call_ptr& c);
void conversations_info(const call_ptr& c);
void conversations_members(const call_ptr& c);
void conversations_history(const call_ptr& c);
void conversations_mark(const call_ptr& c);

// -- conversations_change.cpp --
void conversations_create(const call_ptr& c);
void conversations_rename(const call_ptr& c);
void conversations_set_topic(const call_ptr& c);
void conversations_set_purpose(const call_ptr& c);
void conversations_archive(const call_ptr& c);
void conversations_unarchive(const call_ptr& c);

// -- conversations_membership.cpp, conversations_direct.cpp --
void conversations_join(const call_ptr& c);
void conversations_leave(const call_ptr& c);
void conversations_invite(const call_ptr& c);
void conversations_kick(const call_ptr& c);
void conversations_open(const call_ptr& c);
void conversations_close(const call_ptr& c);

// -- users.cpp, profiles.cpp --
void users_list(const call_ptr& c);
void users_info(const call_ptr& c);
void users_lookup_by_email(const call_ptr& c);
void users_get_presence(const call_ptr& c);
void users_set_presence(const call_ptr& c);
void users_set_active(const call_ptr& c);
void users_profile_get(const call_ptr& c);
void users_profile_set(const call_ptr& c);

// -- sync.cpp, devices.cpp --
void carillon_sync(const call_ptr& c);
void devices_list(const call_ptr& c);
void devices_remove(const call_ptr& c);

// -- push.cpp, dnd.cpp --
void push_list(const call_ptr& c);
void push_providers(const call_ptr& c);
void push_register(const call_ptr& c);
void push_settings_get(const call_ptr& c);
void push_settings_set(const call_ptr& c);
void push_unregister(const call_ptr& c);
void dnd_end_dnd(const call_ptr& c);
void dnd_end_snooze(const call_ptr& c);
void dnd_info(const call_ptr& c);
void dnd_set_snooze(const call_ptr& c);
void dnd_team_info(const call_ptr& c);

// -- friends.cpp --
void friends_add(const call_ptr& c);
void friends_list(const call_ptr& c);
void friends_remove(const call_ptr& c);

// -- poll.cpp, stream.cpp --
void carillon_poll(const call_ptr& c);
void carillon_stream(const call_ptr& c);

// -- accounts.cpp --
void carillon_signup(const call_ptr& c);
void carillon_signin(const call_ptr& c);
void carillon_signout(const call_ptr& c);

// -- admin_users.cpp, admin_tokens.cpp --
void admin_users_add(const call_ptr& c);
void admin_users_list(const call_ptr& c);
void admin_users_disable(const call_ptr& c);
void admin_users_enable(const call_ptr& c);
void admin_tokens_issue(const call_ptr& c);
void admin_tokens_revoke(const call_ptr& c);
void admin_tokens_list(const call_ptr& c);

}  // namespace carillon::api
