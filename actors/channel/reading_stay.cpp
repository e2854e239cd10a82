#include "actors/channel/reading_stay.hpp"

#include <utility>

namespace carillon::reading {
namespace {

bool says(const wire::channel_event& event, std::string_view subtype, std::string_view user) {
  return event.kind() == wire::EVENT_MESSAGE && event.message().subtype() == subtype &&
         event.message().user() == user;
}

// Whether the event there is the user's leaving.
result<bool> left_at(const storage::message_store& stored, const entity_id& channel, std::string_view user,
                     std::uint64_t seq) {
  if (seq == 0)
    return false;
  wire::read_events one;
  one.set_after(seq - 1);
  one.set_last(seq);
  one.set_limit(1);
  auto page = stored.events(channel, one);
  if (!page)
    return page.error();
  return !page->events.empty() && says(page->events.front(), "channel_leave", user);
}

}  // namespace

result<storage::event_page> read_events_for(const storage::message_store& stored, const entity_id& channel,
                                            std::string_view user, wire::read_events query) {
  if (query.granted())
    return stored.events(channel, query);
  auto away = left_at(stored, channel, user, query.after());
  if (!away)
    return away.error();
  for (;;) {
    auto page = stored.events(channel, query);
    if (!page)
      return page.error();
    storage::event_page theirs;
    theirs.has_more = page->has_more;
    for (auto& event : page->events) {
      query.set_after(event.seq());
      const bool leaves = says(event, "channel_leave", user);
      if (says(event, "channel_join", user))
        *away = false;
      if (!*away)
        theirs.events.push_back(std::move(event));
      if (leaves)
        *away = true;
    }
    // A page of what is not theirs would leave the device where it is.
    if (!theirs.events.empty() || !theirs.has_more || page->events.empty())
      return theirs;
  }
}

}  // namespace carillon::reading
