// The rules of reading, and the answers that the state itself can give. Pure. Public channels are
// open to everyone of the team, as Slack's user tokens see them; private ones and DMs to members.
#pragma once

#include "actors/channel/channel_state.hpp"

namespace carillon::reading {

// channel_not_found unless the caller may read history.
status check_may_read(const channel_state& state, const wire::caller& by);

// What the channel is; of a DM also who is in it. Unread counts and the newest message come from
// the tables (channel_actor adds them).
channel_outcome describe(const channel_state& state, const wire::caller& by);

// A page of user ids in rising order. limit 0: settings.limits.page_max.
channel_outcome list_members(const channel_state& state, const wire::caller& by,
                             const wire::list_members& request);

// not_in_channel; invalid_timestamp for a ts after the channel's last event.
channel_outcome mark(const channel_state& state, const wire::caller& by,
                     const wire::mark_read& request);

// The request with its limit inside the bounds.
wire::read_history bounded(wire::read_history request, const settings& config);

// What of the channel's events may be read for the caller, as it is now: somebody may leave before the tables
// are read, and what is said after that is not theirs. not_in_channel, channel_not_found.
result<wire::read_events> events_for(const channel_state& state, const wire::caller& by,
                                     wire::read_events request);

}  // namespace carillon::reading
