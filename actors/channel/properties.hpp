// The rules of what a channel is called, what it is about, and whether it is closed: rename, topic,
// purpose, archive, unarchive. Pure. Each change is an event of the channel with Slack's subtype,
// and the facts after it.
#pragma once

#include "actors/channel/channel_state.hpp"

namespace carillon::properties {

// By a member who is the creator or an admin. The name is well formed and free: the API saw to it.
channel_outcome rename(channel_state& state, const wire::caller& by,
                       const wire::rename_channel& request, timestamp now);

// By any member. Setting what is set already changes nothing.
channel_outcome set_topic(channel_state& state, const wire::caller& by,
                          const wire::set_topic& request, timestamp now);
channel_outcome set_purpose(channel_state& state, const wire::caller& by,
                            const wire::set_purpose& request, timestamp now);

// By any member. Members stay, and read on.
channel_outcome archive(channel_state& state, const wire::caller& by, timestamp now);

// By whoever sees the channel; who is no member becomes one, as with Slack.
channel_outcome unarchive(channel_state& state, const wire::caller& by, timestamp now);

}  // namespace carillon::properties
