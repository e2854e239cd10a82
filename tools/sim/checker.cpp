#include "tools/sim/checker.hpp"

#include <algorithm>
#include <charconv>

#include "runtime/base/hash.hpp"
#include "runtime/raft/membership.hpp"

namespace carillon::sim {
namespace {

std::string at(slot_id slot, raft::log_index index) {
  std::string text = "slot ";
  text.append(std::to_string(slot)).append(" index ").append(std::to_string(index));
  return text;
}

std::string at(const entity_id& channel, std::uint64_t seq) {
  std::string text = channel.text();
  text.append(" seq ").append(std::to_string(seq));
  return text;
}

// Of a command, cheaply: it is compared between replicas that parsed the same bytes.
std::uint64_t content_of(const wire::slot_command* command) {
  if (command == nullptr)
    return 1;
  std::uint64_t sum = 0x9e3779b97f4a7c15ULL;
  auto mix = [&sum](std::uint64_t x) { sum = (sum ^ x) * 0x100000001b3ULL + (sum >> 29); };
  auto mix_text = [&](const std::string& text) {
    mix(text.size());
    for (char c : text)
      mix(static_cast<unsigned char>(c));
  };
  mix(static_cast<std::uint64_t>(command->change_case()));
  if (command->has_channel()) {
    const auto& change = command->channel();
    mix_text(change.channel_id());
    for (const auto& event : change.events()) {
      mix(event.seq());
      mix(event.ts());
      mix(static_cast<std::uint64_t>(event.kind()));
      mix_text(event.message().text());
    }
  } else if (command->has_user()) {
    mix_text(command->user().user_id());
    for (const auto& row : command->user().channels())
      mix(row.joined_seq() * 2 + (row.member() ? 1 : 0));
  } else if (command->has_inbox()) {
    mix_text(command->inbox().SerializeAsString());
  } else if (command->has_meta()) {
    mix(command->meta().view().generation());
    mix_text(command->meta().delta().SerializeAsString());
  }
  return sum;
}

}  // namespace

std::string post_text(post_number post) {
  std::string text = "m";
  text.append(std::to_string(post));
  return text;
}

post_number post_in(std::string_view text) {
  post_number number = 0;
  if (text.empty() || text[0] != 'm')
    return 0;
  std::from_chars(text.data() + 1, text.data() + text.size(), number);
  return number;
}

checker::checker(std::uint32_t slots) : posts_(1), groups_(slots + 1) {}

void checker::fail(std::string_view name, std::string words) {
  if (!found_)
    found_ = violation{name, std::move(words)};
}

// ---- clients ------------------------------------------------------------------------------------

post_number checker::posts(const entity_id& channel, const entity_id& author,
                           bool has_client_msg_id, spoken_of whom) {
  posts_.push_back({channel, author, has_client_msg_id, false, 0, std::move(whom)});
  return static_cast<post_number>(posts_.size() - 1);
}

void checker::acknowledged(post_number number, const wire::channel_event& event) {
  post& mine = posts_[number];
  auto& channel = channels_[mine.channel];
  if (event.seq() == 0 || event.seq() > channel.events.size())
    return fail(invariant::durability, post_text(number) + " was acknowledged at " +
                                           at(mine.channel, event.seq()) + ", which no group committed");
  if (mine.acknowledged && mine.seq != event.seq())
    return fail(invariant::posted_once, post_text(number) + " was acknowledged at seq " +
                                            std::to_string(mine.seq) + " and at seq " +
                                            std::to_string(event.seq()));
  const place& known = channel.events[event.seq() - 1];
  if (known.posted != number || known.ts != event.ts())
    return fail(invariant::validity, post_text(number) + " was acknowledged at " +
                                         at(mine.channel, event.seq()) + ", where " +
                                         post_text(known.posted) + " is");
  mine.acknowledged = true;
  channel.acknowledged = std::max(channel.acknowledged, event.seq());
}

void checker::acknowledged(const entity_id& id, const wire::channel_event& event) {
  auto& channel = channels_[id];
  if (event.seq() == 0 || event.seq() > channel.events.size())
    return fail(invariant::durability, "a change was acknowledged at " + at(id, event.seq()) +
                                           ", which no group committed");
  if (!matches(channel.events[event.seq() - 1], event))
    return fail(invariant::validity, "a change was acknowledged at " + at(id, event.seq()) +
                                         ", where another one is");
  channel.acknowledged = std::max(channel.acknowledged, event.seq());
}

bool checker::matches(const place& known, const wire::channel_event& event) const {
  return known.ts == event.ts() && known.kind == event.kind() &&
         known.about == event.message().seq() && known.author == event.message().user();
}

std::string checker::text_of(post_number post) const {
  return post_text(post) + posts_[post].whom.words;
}

// A post says what was posted, what an edit made of it, or, deleted, nothing.
bool checker::may_say(const place& known, const std::string& text) const {
  return known.posted == 0 || text.empty() || text == changed_text || text == text_of(known.posted);
}

void checker::delivered(const entity_id& id, const wire::channel_event& event,
                        std::optional<std::uint64_t> last) {
  auto& channel = channels_[id];
  if (last && event.seq() <= *last)
    return fail(invariant::total_order, at(id, event.seq()) + " came after seq " +
                                            std::to_string(*last) + " on one connection");
  if (last && event.seq() != *last + 1)
    return fail(invariant::no_gaps, at(id, event.seq()) + " came after seq " +
                                        std::to_string(*last) + " on one connection");
  if (event.seq() == 0 || event.seq() > channel.events.size())
    return fail(invariant::integrity, at(id, event.seq()) + " was delivered before it was committed");
  const place& known = channel.events[event.seq() - 1];
  if (!matches(known, event))
    return fail(invariant::total_order, at(id, event.seq()) + " was delivered as another event: " +
                                            event.message().text());
  if (!may_say(known, event.message().text()))
    fail(invariant::integrity, at(id, event.seq()) + " was delivered with a text that nobody wrote: " +
                                   event.message().text());
}

void checker::missed(const entity_id& id, std::uint64_t read_to, std::uint64_t first) {
  fail(invariant::no_gaps, id.text() + ": history ended at seq " + std::to_string(read_to) +
                               " and live events began at seq " + std::to_string(first));
}

std::uint64_t checker::acknowledged_seq(const entity_id& channel) const {
  auto found = channels_.find(channel);
  return found == channels_.end() ? 0 : found->second.acknowledged;
}

// A deletion may be on its way through the tables of one host and not of another: what is deleted at
// all need not be shown.
bool checker::is_shown(const channel_record& channel, std::uint64_t seq) {
  const place& at = channel.events[seq - 1];
  return at.kind == wire::EVENT_MESSAGE && !at.deleted;
}

void checker::read(const entity_id& id, const messages& newest_first, std::uint64_t last_seq,
                   std::uint64_t at_least, bool from_start) {
  auto& channel = channels_[id];
  if (last_seq < at_least)
    return fail(invariant::validity, "history of " + id.text() + " ended at seq " +
                                         std::to_string(last_seq) + " when seq " +
                                         std::to_string(at_least) + " was acknowledged");
  if (last_seq > channel.events.size())
    return fail(invariant::integrity, "history of " + id.text() + " ends at seq " +
                                          std::to_string(last_seq) + ", which no group committed");
  std::uint64_t before = ~0ULL;
  for (const auto& message : newest_first) {
    const std::uint64_t seq = message.seq();
    if (seq >= before)
      return fail(invariant::total_order, "history of " + id.text() + " is out of order");
    if (seq == 0 || seq > channel.events.size())
      return fail(invariant::integrity, "history shows " + at(id, seq) + ", which no group committed");
    const place& known = channel.events[seq - 1];
    if (known.kind != wire::EVENT_MESSAGE || known.ts != message.ts() ||
        known.author != message.user())
      return fail(invariant::total_order, "history shows another message at " + at(id, seq));
    if (!may_say(known, message.text()))
      return fail(invariant::integrity, "history shows a text that nobody wrote at " + at(id, seq));
    // What lies between two neighbours of a page must be edits and deletions.
    const std::uint64_t above = before == ~0ULL ? channel.events.size() + 1 : before;
    for (std::uint64_t between = seq + 1; between < above && between <= last_seq; ++between)
      if (is_shown(channel, between))
        return fail(invariant::validity, "history lacks " + at(id, between));
    before = seq;
  }
  if (from_start)
    for (std::uint64_t seq = 1; seq < std::min<std::uint64_t>(before, last_seq + 1); ++seq)
      if (is_shown(channel, seq))
        return fail(invariant::validity, "history lacks " + at(id, seq));
}

// ---- disks --------------------------------------------------------------------------------------

checker::disk_log& checker::log_of(raft::member_id host, slot_id slot) {
  return disks_[{host, slot}];
}

void checker::synced(raft::member_id host, slot_id slot, const std::vector<raft::entry>& entries) {
  if (entries.empty())
    return;
  disk_log& log = log_of(host, slot);
  log.terms.resize(entries.front().index - 1);
  for (const raft::entry& each : entries) {
    log.terms.push_back(each.term);
    if (each.kind == raft::entry_kind::config)
      if (auto members = raft::decode_configuration(*each.payload))
        groups_[slot].members_to_be[each.index] = std::move(*members);
  }
}

void checker::found_on_disk(raft::member_id host, slot_id slot, const raft::log_store& log,
                            bool whole) {
  disk_log& known = log_of(host, slot);
  known.restored = whole ? log.first_index() - 1 : 0;
  known.terms.assign(log.first_index() - 1, 0);
  for (raft::log_index index = log.first_index(); index <= log.last_index(); ++index)
    known.terms.push_back(log.term_of(index).value_or(0));
}

void checker::restored(raft::member_id host, slot_id slot, raft::log_index index) {
  disk_log& log = log_of(host, slot);
  log.restored = std::max(log.restored, index);
  log.terms.assign(index, 0);
}

void checker::disk_emptied(raft::member_id host) {
  std::erase_if(disks_, [host](const auto& each) { return each.first.first == host; });
}

// ---- groups -------------------------------------------------------------------------------------

void checker::leads(raft::member_id host, slot_id slot, raft::term_t term) {
  auto [leader, is_new] = groups_[slot].leaders.emplace(term, host);
  if (!is_new && leader->second != host)
    fail(invariant::single_owner, "two hosts lead slot " + std::to_string(slot) + " in term " +
                                      std::to_string(term));
}

void checker::committed(raft::member_id host, slot_id slot, raft::log_index index,
                        raft::term_t term, const wire::slot_command* command,
                        const std::vector<raft::member_id>& voters) {
  group& of = groups_[slot];
  if (of.log.size() < index)
    of.log.resize(index);
  committed_entry& known = of.log[index - 1];
  const std::uint64_t content = content_of(command);
  if (known.term != 0) {
    if (known.term != term || known.content != content)
      fail(invariant::single_owner, "two different entries were committed at " + at(slot, index) +
                                        ", in terms " + std::to_string(known.term) + " and " +
                                        std::to_string(term));
    return;
  }
  known = {term, content};
  ++commits_;
  if (!is_safe(slot, index, term, voters))
    return fail(invariant::durability, at(slot, index) + " was committed on host " +
                                           std::to_string(host) + " when " +
                                           std::to_string(holders(slot, index, term, voters)) +
                                           " of " + std::to_string(voters.size()) +
                                           " disks held it");
  if (command != nullptr && command->has_channel())
    append(slot, command->channel());
}

void checker::append(slot_id, const wire::channel_change& change) {
  auto id = entity_id::parse(change.channel_id());
  if (!id)
    return fail(invariant::integrity, "a committed change names no channel");
  channel_record& channel = channels_[*id];
  for (const auto& event : change.events())
    append_event(*id, channel, event);
  follow_members(channel, change);
}

void checker::append_event(const entity_id& id, channel_record& channel,
                           const wire::channel_event& event) {
  if (event.seq() != channel.events.size() + 1)
    return fail(invariant::total_order, at(id, event.seq()) + " was committed after seq " +
                                            std::to_string(channel.events.size()));
  if (!channel.events.empty() && event.ts() <= channel.events.back().ts)
    return fail(invariant::total_order, "ts ran backwards at " + at(id, event.seq()));
  place next{event.ts(), event.kind(), event.message().seq(), event.message().user(), 0, false, false};
  if (event.kind() == wire::EVENT_MESSAGE && event.message().subtype().empty()) {
    next.posted = post_in(event.message().text());
    if (next.posted == 0 || next.posted >= posts_.size())
      return fail(invariant::integrity, "nobody posted " + at(id, event.seq()));
    post& mine = posts_[next.posted];
    if (mine.channel != id || mine.author.text() != next.author)
      return fail(invariant::integrity, post_text(next.posted) + " is in the wrong channel or name");
    if (mine.seq != 0)
      return fail(invariant::posted_once, post_text(next.posted) + " was committed at seq " +
                                              std::to_string(mine.seq) + " and at seq " +
                                              std::to_string(event.seq()));
    mine.seq = event.seq();
  }
  if (event.kind() == wire::EVENT_MESSAGE_DELETED && next.about - 1 < channel.events.size())
    channel.events[next.about - 1].deleted = true;
  if (event.kind() == wire::EVENT_MESSAGE_CHANGED && next.about - 1 < channel.events.size())
    channel.events[next.about - 1].changed = true;
  channel.events.push_back(std::move(next));
}

// ---- the end ------------------------------------------------------------------------------------

void checker::table(raft::member_id host, const entity_id& id,
                    const std::vector<wire::channel_event>& events) {
  const auto& known = channels_[id].events;
  for (std::size_t i = 0; i < events.size(); ++i)
    if (i >= known.size() || events[i].seq() != i + 1 || !matches(known[i], events[i]))
      return fail(invariant::total_order, "the tables of host " + std::to_string(host) +
                                              " differ at " + at(id, i + 1));
  if (events.size() < known.size())
    fail(invariant::validity, "the tables of host " + std::to_string(host) + " lack " +
                                  at(id, events.size() + 1));
}

void checker::not_recovered(std::string words) {
  fail(invariant::recovery, std::move(words));
}

void checker::core_stopped(std::string words) {
  fail(invariant::sound_cores, std::move(words));
}

std::uint64_t checker::last_seq(const entity_id& channel) const {
  auto found = channels_.find(channel);
  return found == channels_.end() ? 0 : found->second.events.size();
}

std::vector<entity_id> checker::channels() const {
  std::vector<entity_id> ids;
  for (const auto& [id, record] : channels_)
    ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace carillon::sim
