#include "actors/slot/inbox_step.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "runtime/base/ensure.hpp"

namespace carillon {
namespace {

std::uint64_t user_of(std::string_view text) {
  const auto id = entity_id::parse(text);
  return id && id->kind == id_kind::user ? id->number : 0;
}

wire::mention_kind everybody_named(std::string_view word) {
  if (word == "here")
    return wire::MENTION_HERE;
  if (word == "channel" || word == "everyone")
    return wire::MENTION_CHANNEL;
  return wire::MENTION_UNKNOWN;
}

bool is_ascii_of_a_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

bool goes_on_a_word(char c) {
  return is_ascii_of_a_word(c) || static_cast<unsigned char>(c) >= 0x80;
}

void add_everybody(mentions_in_text& out, wire::mention_kind kind) {
  out.everybody = std::max(out.everybody, kind);  // the whole channel is more than who is here
}

// Between < and >, which do not nest.
void read_marked(std::string_view inside, mentions_in_text& out) {
  inside = inside.substr(0, inside.find('|'));
  if (inside.starts_with('@')) {
    if (const std::uint64_t user = user_of(inside.substr(1)); user != 0)
      out.users.push_back(user);
  } else if (inside.starts_with('!')) {
    add_everybody(out, everybody_named(inside.substr(1)));
  }
}

// After an @ that begins a word. A letter of another script ends it: particles are put right behind a
// name (`@here님`), and so is a comma of full width.
void read_typed(std::string_view rest, mentions_in_text& out) {
  const auto end = std::find_if_not(rest.begin(), rest.end(), is_ascii_of_a_word);
  add_everybody(out, everybody_named(rest.substr(0, static_cast<std::size_t>(end - rest.begin()))));
}

void read_all_marked(std::string_view text, mentions_in_text& out) {
  for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at)) {
    const std::size_t end = text.find_first_of("<>", at + 1);
    if (end == std::string_view::npos)
      break;
    if (text[end] == '<') {  // the first was no mark
      at = end;
      continue;
    }
    read_marked(text.substr(at + 1, end - at - 1), out);
    at = end + 1;
  }
}

// Behind the code that begins at `at`: `code` on its line, ```code``` across lines. Backticks that
// nothing closes are text.
std::size_t behind_code(std::string_view text, std::size_t at) {
  const std::size_t begin = std::min(text.find_first_not_of('`', at), text.size());
  const std::string_view fence = text.substr(at, std::min<std::size_t>(begin - at, 3));
  const std::string_view within = fence.size() < 3 ? text.substr(0, text.find('\n', at)) : text;
  const std::size_t end = within.find(fence, begin);
  return end == std::string_view::npos ? begin : end + fence.size();
}

// Behind the link or mark that begins at `at`; one that is not closed is text.
std::size_t behind_mark(std::string_view text, std::size_t at) {
  const std::size_t end = text.find_first_of("<>", at + 1);
  return end == std::string_view::npos || text[end] == '<' ? at + 1 : end + 1;
}

// Nobody is called by what stands in code, in a mark or in an address.
void read_all_typed(std::string_view text, mentions_in_text& out) {
  std::size_t at = 0;
  while ((at = text.find_first_of("@`<:", at)) != std::string_view::npos) {
    const char c = text[at];
    if (c == '`') {
      at = behind_code(text, at);
    } else if (c == '<') {
      at = behind_mark(text, at);
    } else if (c == ':') {
      at = text.substr(at).starts_with("://") ? text.find_first_of(" \t\r\n", at) : at + 1;
    } else {
      if (at == 0 || !goes_on_a_word(text[at - 1]))
        read_typed(text.substr(at + 1), out);
      ++at;
    }
  }
}

// Who is in `of` and not in `without`.
mentions_in_text difference(const mentions_in_text& of, const mentions_in_text& without) {
  mentions_in_text out;
  std::set_difference(of.users.begin(), of.users.end(), without.users.begin(), without.users.end(),
                      std::back_inserter(out.users));
  if (of.everybody != without.everybody)
    out.everybody = of.everybody;
  return out;
}

void add_mention(inbox_step& step, const wire::channel_event& event, mentions_in_text who,
                 bool withdrawn) {
  if (who.empty())
    return;
  step.mentions.push_back({event.seq(), event.message().ts(), std::move(who), withdrawn,
                           user_of(event.message().user())});
}

// Who takes part in the thread hears of a reply, but for its author.
void read_thread(inbox_step& step, const wire::channel_event& reply, const wire::thread_change& thread) {
  mentions_in_text who;
  const std::uint64_t author = user_of(reply.message().user());
  for (const std::uint64_t user : thread.users())
    if (user != author)
      who.users.push_back(user);
  std::sort(who.users.begin(), who.users.end());
  if (who.users.empty())
    return;
  add_mention(step, reply, std::move(who), false);
  step.mentions.back().named = wire::MENTION_THREAD;
}

// A message of a DM speaks to all who are in it.
mentions_in_text mentions_in(const entity_id& channel, const std::string& text) {
  mentions_in_text out = find_mentions(text);
  if (channel.kind != id_kind::channel && out.everybody == wire::MENTION_UNKNOWN)
    out.everybody = wire::MENTION_DIRECT;
  return out;
}

// What a channel says of itself (channel_topic, channel_name, ...) calls nobody: the words that it repeats
// were not said to anyone.
bool is_written(const wire::chat_message& message) {
  const std::string& subtype = message.subtype();
  return subtype.empty() || subtype == "me_message" || subtype == "bot_message";
}

void read_event(inbox_step& step, const wire::channel_event& event) {
  const bool deleted = event.kind() == wire::EVENT_MESSAGE_DELETED;
  const auto now = deleted ? mentions_in_text() : mentions_in(step.channel, event.message().text());
  if (event.kind() == wire::EVENT_MESSAGE) {
    if (is_written(event.message()))
      add_mention(step, event, now, false);
    return;
  }
  const auto before = mentions_in(step.channel, event.previous().text());
  // First what is over; it takes along what speaks of the same users in the other way, and that is said again.
  const mentions_in_text over = difference(before, now);
  add_mention(step, event, over, true);
  if (over.everybody != wire::MENTION_UNKNOWN)
    add_mention(step, event, {now.users, wire::MENTION_UNKNOWN}, false);
  mentions_in_text fresh = difference(now, before);
  if (fresh.everybody == wire::MENTION_UNKNOWN && now.everybody != wire::MENTION_UNKNOWN && !over.users.empty()) {
    add_mention(step, event, {over.users, wire::MENTION_UNKNOWN}, false);
    step.mentions.back().named = now.everybody;
  }
  if (over.everybody != wire::MENTION_UNKNOWN)
    fresh.users.clear();  // they were among those
  add_mention(step, event, std::move(fresh), false);
}

}  // namespace

mentions_in_text find_mentions(std::string_view text) {
  mentions_in_text out;
  read_all_marked(text, out);
  read_all_typed(text, out);
  std::sort(out.users.begin(), out.users.end());
  out.users.erase(std::unique(out.users.begin(), out.users.end()), out.users.end());
  return out;
}

bool inbox_step::needs_everybody() const {
  return std::any_of(mentions.begin(), mentions.end(), [](const mention& each) {
    return each.who.everybody != wire::MENTION_UNKNOWN;
  });
}

std::optional<inbox_step> inbox_step_of(raft::log_index index, const wire::slot_command& command) {
  if (!command.has_channel())
    return std::nullopt;
  const wire::channel_change& change = command.channel();
  if (change.events().empty() && change.members_added().empty() && change.members_removed().empty())
    return std::nullopt;
  inbox_step step;
  step.index = index;
  const auto channel = entity_id::parse(change.channel_id());
  ENSURE(channel.has_value(), "a committed command names its channel");
  step.channel = *channel;
  if (!change.events().empty()) {
    step.first_seq = change.events(0).seq();
    step.last_seq = change.events(change.events_size() - 1).seq();
  }
  for (const auto& event : change.events())
    read_event(step, event);
  if (change.has_thread() && step.first_seq != 0)
    read_thread(step, change.events(0), change.thread());
  for (const auto& member : change.members_added())
    step.joined.push_back({user_of(member.user_id()), member.joined_seq()});
  for (const auto& user : change.members_removed())
    step.left.push_back(user_of(user));
  step.leaves_inboxes = change.leaves_inboxes();
  step.read_at_sync = change.facts().read_at_sync();
  return step;
}

}  // namespace carillon
