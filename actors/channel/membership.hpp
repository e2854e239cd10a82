// The rules of being in a channel: founding, joining, leaving, inviting, removing. Pure. Every
// membership that changes is also an event of the channel (channel_join, channel_leave, with
// Slack's texts), so its seq says when it began or ended; DMs have neither events nor comings and
// goings. A request for what is so already changes nothing and says `already`.
#pragma once

#include "actors/channel/channel_state.hpp"

namespace carillon::membership {

// Repeatable: the caller chose the id, so what exists is its own earlier request.
channel_outcome create(channel_state& state, const wire::caller& by,
                       const wire::create_channel& request, timestamp now);

// The id says who meets here (ids.hpp: direct_channel_id), so whoever comes second finds it.
channel_outcome open_direct(channel_state& state, const wire::caller& by,
                            const wire::open_direct& request, timestamp now);

channel_outcome join(channel_state& state, const wire::caller& by, timestamp now);
channel_outcome leave(channel_state& state, const wire::caller& by, timestamp now);

// Of several users those who are in already are skipped; already_in_channel when nobody is left.
channel_outcome invite(channel_state& state, const wire::caller& by,
                       const wire::invite_users& request, timestamp now);

// By the channel's creator or an admin, and a member.
channel_outcome kick(channel_state& state, const wire::caller& by, const wire::kick_user& request,
                     timestamp now);

}  // namespace carillon::membership
