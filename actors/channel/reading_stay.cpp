#include "actors/channel/reading_stay.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace carillon::reading {
namespace {

bool says(const wire::channel_event& event, std::string_view subtype, std::string_view user) {
  return event.kind() == wire::EVENT_MESSAGE && event.message().subtype() == subtype &&
         event.message().user() == user;
}

// nullopt: nothing is kept there.
result<std::optional<wire::channel_event>> event_at(const storage::message_store& stored, const entity_id& channel,
                                                    std::uint64_t seq) {
  if (seq == 0)
    return std::optional<wire::channel_event>();
  wire::read_events one;
  one.set_after(seq - 1);
  one.set_last(seq);
  one.set_limit(1);
  auto page = stored.events(channel, one);
  if (!page)
    return page.error();
  return page->events.empty() ? std::nullopt : std::optional(std::move(page->events.front()));
}

// Whether the event there is the user's leaving.
result<bool> left_at(const storage::message_store& stored, const entity_id& channel, std::string_view user,
                     std::uint64_t seq) {
  const auto event = event_at(stored, channel, seq);
  if (!event)
    return event.error();
  return *event && says(**event, "channel_leave", user);
}

// What was granted to somebody who is a member no more. Tables hold each message as it is now: what was made of
// one since then is not theirs, and what it was is not kept.
status hide_later_edits(const storage::message_store& stored, const entity_id& channel, std::string_view user,
                        std::uint64_t last, storage::event_page& page) {
  const auto is_edited = [](const auto& event) { return event.message().edited_ts() != 0; };
  if (std::none_of(page.events.begin(), page.events.end(), is_edited))
    return ok;
  const auto who = entity_id::parse(user);
  auto member = who ? stored.is_member(channel, *who) : false;
  auto facts = stored.facts(channel);
  if (!member || !facts)
    return member ? facts.error() : member.error();
  if (*member || (*facts && (*facts)->kind() == wire::CHANNEL_PUBLIC))
    return ok;
  const auto until = event_at(stored, channel, last);
  if (!until)
    return until.error();
  const timestamp known_until = *until ? (*until)->ts() : 0;
  for (auto& event : page.events)
    if (event.message().edited_ts() > known_until)
      storage::make_tombstone(*event.mutable_message());
  return ok;
}

}  // namespace

result<storage::event_page> read_events_for(const storage::message_store& stored, const entity_id& channel,
                                            std::string_view user, wire::read_events query) {
  if (query.granted()) {
    auto page = stored.events(channel, query);
    if (page && query.last() != 0)
      if (auto done = hide_later_edits(stored, channel, user, query.last(), *page); !done)
        return done.error();
    return page;
  }
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
