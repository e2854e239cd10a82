// The part of subscription_table for clients that are behind: pages of what they missed. Their askings
// come after everybody else's, one per channel at a time, so a slow client delays nobody.
#include <algorithm>

#include "actors/hub/subscription_table.hpp"

namespace carillon {

namespace {

// Kept for readers: what a busy channel says while a page is read, several times over.
constexpr std::size_t recent_max = 512;
constexpr std::size_t recent_max_bytes = 1u << 20;
// Sent by one call, so that live events need not wait for many readers; the others get a page later.
constexpr std::size_t sent_max = 4'096;
constexpr std::size_t pages_max = 4;      // of up to message_store::page_max_bytes each
constexpr std::size_t worth_keeping = 32;  // events; fewer are read again as quickly
constexpr std::size_t frame_cost = 320;  // of an event's frame, besides what the message says

}  // namespace

void subscription_table::catch_up(const edge::missed_events& what) {
  auto of = sessions_.find(what.who);
  if (of == sessions_.end())
    return;  // it has gone
  const membership* in = nullptr;
  for (const membership& each : of->second.channels)
    if (channel_topic(each.channel) == what.topic)
      in = &each;
  if (in == nullptr)
    return sink_.unsubscribe(what.who, what.topic);
  const entity_id channel = in->channel;
  channel_entry& entry = channels_.at(channel);
  // An old question may be of a membership before this one.
  const std::uint64_t after = std::max<std::uint64_t>({what.from, in->seq, 1}) - 1;
  if (what.first)
    sink_.tell_behind(what.who, channel, after + 1);
  if (entry.live && after >= entry.last_seq)
    return sink_.end_page(what.who, entry.topic, after, true);
  forget_reader(entry, what.who);
  if (!entry.behind)
    entry.behind = std::make_unique<reading>();
  entry.behind->readers.push_back({what.who, after, std::max<std::size_t>(what.room, 1)});
  if (const kept_page* page = page_with(channel, after + 1))
    feed(channel, entry, page->events);
  if (entry.serial == 0)
    read_on(channel, entry, {});
}

const subscription_table::kept_page* subscription_table::page_with(const entity_id& channel,
                                                                   std::uint64_t seq) const {
  for (const kept_page& each : pages_)
    if (each.channel == channel && each.events.front().seq() <= seq && seq <= each.events.back().seq())
      return &each;
  return nullptr;
}

void subscription_table::keep_page(const entity_id& channel,
                                   const std::vector<wire::channel_event>& events) {
  if (events.size() < worth_keeping)
    return;
  if (pages_.size() == pages_max)
    pages_.pop_front();
  pages_.push_back({channel, events});
}

// An answer came, or somebody fell behind: who can be fed is, for the others is asked.
void subscription_table::read_on(const entity_id& channel, channel_entry& entry,
                                 const std::vector<wire::channel_event>& replay) {
  if (!entry.behind)
    return;
  const auto asked_after = entry.behind->asked_after;
  feed(channel, entry, replay);
  if (asked_after)
    keep_page(channel, replay);
  if (!entry.behind || entry.serial != 0)
    return;
  auto& readers = entry.behind->readers;
  // The log does not have what it said that it has: whoever needs that is closed when its time is over,
  // and asking again and again helps nobody.
  if (asked_after)
    std::erase_if(readers, [&](const reader& each) { return each.after == *asked_after; });
  if (readers.empty()) {
    entry.behind = nullptr;
    return;
  }
  std::uint64_t least = ~0ULL;
  for (const reader& each : readers)
    least = std::min(least, each.after);
  ask(channel, entry, least);
  entry.behind->asked_after = least;
}

void subscription_table::feed(const entity_id& channel, channel_entry& entry,
                              const std::vector<wire::channel_event>& replay) {
  reading& behind = *entry.behind;
  // Events outside, readers inside: those at the same place share a frame.
  std::size_t sent = 0;
  for (const wire::channel_event& event : replay)
    if (sent < sent_max)
      sent += feed_one(channel, entry, event);
  for (const wire::channel_event& event : behind.recent)
    if (sent < sent_max)
      sent += feed_one(channel, entry, event);
  for (const reader& each : behind.readers)
    if (each.fed)
      sink_.end_page(each.who, entry.topic, each.after, each.after == entry.last_seq);
  std::erase_if(behind.readers, [](const reader& each) { return each.fed; });
  if (behind.readers.empty())
    entry.behind = nullptr;
}

// Says to how many it was sent.
std::size_t subscription_table::feed_one(const entity_id& channel, channel_entry& entry,
                                         const wire::channel_event& event) {
  if (event.seq() > entry.last_seq)
    return 0;
  std::size_t sent = 0;
  std::size_t cost = 0;
  for (reader& each : entry.behind->readers) {
    if (each.after + 1 != event.seq() || each.room == 0 || is_newcomer(entry, each.who))
      continue;
    if (cost == 0)
      cost = event.ByteSizeLong() + frame_cost;
    sink_.send_late(each.who, entry.topic, channel, event);
    each.after = event.seq();
    each.room -= std::min(each.room, cost);
    each.fed = true;
    ++sent;
  }
  return sent;
}

// What is left of its replay finds it behind, and is left to the log; it would come a second time to
// one that a page has brought up to date.
bool subscription_table::is_newcomer(const channel_entry& entry, connection_id who) {
  return std::any_of(entry.waiters.begin(), entry.waiters.end(),
                     [who](const waiter& each) { return each.who == who; });
}

void subscription_table::keep_recent(reading& behind, const wire::channel_event& event) {
  behind.recent.push_back(event);
  behind.recent_bytes += event.ByteSizeLong();
  while (behind.recent.size() > recent_max || behind.recent_bytes > recent_max_bytes) {
    behind.recent_bytes -= behind.recent.front().ByteSizeLong();
    behind.recent.pop_front();
  }
}

void subscription_table::forget_reader(channel_entry& entry, connection_id who) {
  if (!entry.behind)
    return;
  std::erase_if(entry.behind->readers, [who](const reader& each) { return each.who == who; });
  if (entry.behind->readers.empty())
    entry.behind = nullptr;
}

}  // namespace carillon
