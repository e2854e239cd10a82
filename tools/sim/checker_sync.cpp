// The part of the checker that watches devices that come back: what is theirs follows from who joined and
// left a channel where in its order.
#include <algorithm>
#include <iterator>

#include "tools/sim/checker.hpp"

namespace carillon::sim {
namespace {

std::string words(std::uint64_t device, const entity_id& user, const entity_id& channel,
                  std::uint64_t seq) {
  std::string text = "device " + std::to_string(device) + " of " + user.text() + ": ";
  return text.append(channel.text()).append(" seq ").append(std::to_string(seq));
}

}  // namespace

void checker::follow_members(channel_record& channel, const wire::channel_change& change) {
  for (const auto& member : change.members_added()) {
    const auto user = entity_id::parse(member.user_id());
    if (!user || member.joined_seq() == 0)
      continue;
    channel.stays[*user].push_back({member.joined_seq(), 0});
    comings_ += member.joined_seq() > 1;
  }
  for (const auto& gone : change.members_removed()) {
    const auto user = entity_id::parse(gone);
    if (!user || channel.stays[*user].empty() || change.events().empty())
      continue;
    channel.stays[*user].back().to = change.events(0).seq();
    comings_ += 1;
  }
  if (change.leaves_inboxes() && !change.events().empty()) {
    channel.crossed = change.events(change.events_size() - 1).seq();
    crossings_ += 1;
  }
}

// Of a channel that inboxes do not hold, who has left is told of nothing more: nobody reads it for them.
bool checker::is_owed(const channel_record& channel, const stay& of, std::uint64_t seq) {
  if (seq < of.from || (of.to != 0 && seq > of.to))
    return false;
  return of.to == 0 || channel.crossed == 0 || seq <= channel.crossed;
}

std::uint64_t checker::first_owed(const entity_id& user, const entity_id& id,
                                  std::uint64_t last) const {
  const auto found = channels_.find(id);
  if (found == channels_.end())
    return 0;
  const channel_record& channel = found->second;
  const auto stays = channel.stays.find(user);
  if (stays == channel.stays.end())
    return 0;
  for (const stay& each : stays->second) {
    const std::uint64_t first = std::max(each.from, last + 1);
    if (first <= channel.events.size() && is_owed(channel, each, first))
      return first;
  }
  return 0;
}

void checker::told(const entity_id& user, std::uint64_t device, const entity_id& id,
                   const wire::channel_event& event, std::uint64_t last) {
  const channel_record& channel = channels_[id];
  const std::uint64_t seq = event.seq();
  const std::string which = words(device, user, id, seq);
  if (seq == 0 || seq > channel.events.size())
    return fail(invariant::integrity, which + " was told before it was committed");
  if (seq <= last)
    return fail(invariant::told_once, which + " came after seq " + std::to_string(last));
  const place& known = channel.events[seq - 1];
  if (!matches(known, event) || !may_say(known, event.message().text()))
    return fail(invariant::integrity, which + " was told as another event: " + event.message().text());
  const auto stays = channel.stays.find(user);
  if (stays == channel.stays.end() ||
      std::none_of(stays->second.begin(), stays->second.end(), [&](const stay& each) {
        return seq >= each.from && (each.to == 0 || seq <= each.to);
      }))
    return fail(invariant::only_theirs, which + " happened when they were not in it");
  if (const std::uint64_t owed = first_owed(user, id, last); owed != 0 && owed < seq)
    fail(invariant::nothing_missed, which + " came after seq " + std::to_string(last) + ", and seq " +
                                        std::to_string(owed) + " never");
}

void checker::holds(const entity_id& user, std::uint64_t device, const entity_id& id,
                    const std::vector<std::uint64_t>& seqs) {
  const channel_record& channel = channels_[id];
  std::vector<std::uint64_t> owed;
  if (const auto stays = channel.stays.find(user); stays != channel.stays.end())
    for (std::uint64_t seq = 1; seq <= channel.events.size(); ++seq)
      if (std::any_of(stays->second.begin(), stays->second.end(),
                      [&](const stay& each) { return is_owed(channel, each, seq); }))
        owed.push_back(seq);
  std::vector<std::uint64_t> has;
  std::set_intersection(seqs.begin(), seqs.end(), owed.begin(), owed.end(), std::back_inserter(has));
  if (has != owed)
    return fail(invariant::nothing_missed, words(device, user, id, seqs.size()) +
                                               " events are not all that is theirs");
  auto [known, is_first] = held_.emplace(std::pair(user, id), has);
  if (!is_first && known->second != has)
    fail(invariant::same_everywhere, words(device, user, id, has.size()) +
                                         " events are others than on another device");
}

std::optional<timestamp> checker::joined_at(const entity_id& user, const entity_id& id) const {
  const auto found = channels_.find(id);
  if (found == channels_.end())
    return std::nullopt;
  const auto stays = found->second.stays.find(user);
  if (stays == found->second.stays.end() || stays->second.empty() || stays->second.back().to != 0)
    return std::nullopt;
  return found->second.events[stays->second.back().from - 1].ts;
}

std::uint64_t checker::mentioned(const entity_id& user, const entity_id& id, std::uint64_t counted) {
  channel_record& channel = channels_[id];
  std::uint64_t expected = 0;
  for (std::uint64_t seq = channel.stays[user].back().from + 1; seq <= channel.events.size(); ++seq) {
    const place& at = channel.events[seq - 1];
    if (at.posted == 0 || at.deleted || at.changed || at.author == user.text())
      continue;
    const spoken_of& whom = posts_[at.posted].whom;
    expected += whom.everybody ||
                std::find(whom.users.begin(), whom.users.end(), user) != whom.users.end();
  }
  if (counted != expected)
    fail(invariant::mentions, user.text() + " is mentioned " + std::to_string(expected) + " times in " +
                                  id.text() + ", and " + std::to_string(counted) + " are counted");
  return expected;
}

}  // namespace carillon::sim
