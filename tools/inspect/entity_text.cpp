#include "tools/inspect/entity_text.hpp"

#include "runtime/base/ids.hpp"
#include "runtime/base/logging.hpp"
#include "tools/cli/tables.hpp"

namespace carillon::inspect {
namespace {

using facts = std::vector<std::pair<std::string, std::string>>;
using rows = std::vector<std::vector<std::string>>;

std::string ago(std::uint64_t at, std::uint64_t now) {
  return now >= at ? duration_text(now - at) : duration_text(0);
}

std::string since_text(std::uint64_t at, std::uint64_t now) {
  return at == 0 ? "" : fmt::format("since {} ({})", clock_text(at), ago(at, now));
}

template <class Texts>
std::string list(const Texts& texts) {
  std::vector<std::string> words;
  for (const std::string& text : texts)
    words.push_back(harmless(text));
  return join(words);
}

std::string where_text(const wire::entity_picture& picture, std::uint64_t now) {
  std::string out = harmless(picture.host());
  if (picture.has_channel() || picture.has_user() || picture.has_slot_replica())
    out += fmt::format(", slot {}", picture.slot());
  if (picture.has_channel() || picture.has_user())
    out += picture.awake() ? fmt::format(", awake {}", since_text(picture.since(), now))
                           : ", asleep (asking does not wake it)";
  else if (picture.since() != 0)
    out += ", " + since_text(picture.since(), now);
  return out;
}

// "a, c (140 entries behind)".
std::string copies_text(const wire::entity_picture& picture) {
  std::vector<std::string> out;
  for (const auto& each : picture.copies()) {
    std::vector<std::string> odd;
    if (!each.voter())
      odd.emplace_back("has no vote yet");
    if (each.state() != "replicating")
      odd.push_back(harmless(each.state()));
    if (each.behind() > 0)
      odd.push_back(count_text(each.behind(), "entry", "entries") + " behind");
    out.push_back(harmless(each.host()));
    if (!odd.empty())
      out.back() += fmt::format(" ({})", join(odd, ", "));
  }
  return join(out, ", ");
}

// "session/a:57 closed 09:15:58 (8.2 min ago) with 4008, it read too slowly, after 20.1 s".
std::string ended_text(const wire::ended_session& ended, std::uint64_t now) {
  constexpr std::uint64_t day = 86'400'000'000;
  std::string at = clock_text(ended.at());
  if (ended.at() + day > now && at.size() > 11)
    at.erase(0, 11);
  std::string out = fmt::format("session/{}:{} closed {} ({} ago) with {}, {}, after {}",
                                harmless(ended.host()), ended.connection(), at, ago(ended.at(), now),
                                ended.code(), harmless(ended.why()), duration_text(ended.lived()));
  if (ended.queued_frames() > 0)
    out += fmt::format("; {}, {}, waited for it",
                       count_text(ended.queued_frames(), "message", "messages"),
                       bytes_text(ended.queued_bytes()));
  return out;
}

std::string load_text(const wire::entity_picture& picture) {
  std::string out = fmt::format("{} messages/s, {} waiting in its mailbox",
                                rate_text(picture.messages_per_second()), picture.mailbox_length());
  if (picture.mailbox_wait() != 0)
    out += fmt::format(" (this question waited {})", duration_text(picture.mailbox_wait()));
  out += fmt::format(", {} and {} on their way",
                     count_text(picture.requests_open(), "request", "requests"),
                     count_text(picture.proposals(), "proposal", "proposals"));
  if (picture.memory_bytes() != 0)
    out += ", about " + bytes_text(picture.memory_bytes());
  return out;
}

std::string channel_name(const wire::channel_facts& channel) {
  if (!channel.name().empty())
    return "#" + harmless(channel.name());
  return channel.kind() == wire::CHANNEL_DIRECT     ? "a direct message"
         : channel.kind() == wire::CHANNEL_GROUP_DM ? "a group's direct messages"
                                                    : "";
}

void add_channel(const wire::channel_details& channel, std::uint64_t now, facts& out) {
  const auto& known = channel.facts();
  std::string name = channel_name(known);
  if (known.kind() == wire::CHANNEL_PRIVATE)
    name += ", private";
  if (known.archived())
    name += ", archived";
  out.emplace_back("channel", name + ", team " + harmless(known.team_id()));
  std::string last = std::to_string(channel.last_seq());
  if (channel.last_ts() != 0)
    last += fmt::format(", ts {} ({} ago)", format_ts(channel.last_ts()),
                        ago(channel.last_ts(), now));
  out.emplace_back("last seq", last);
  out.emplace_back("members", fmt::format("{}: {}", channel.member_count(), list(channel.members())));
  out.emplace_back("wanted by", channel.interested_hosts_size() == 0
                                    ? "nobody who is connected"
                                    : list(channel.interested_hosts()));
}

std::string tail_text(const wire::channel_details& channel) {
  if (channel.tail_size() == 0)
    return {};
  rows table = {{"SEQ", "TS", "USER", "TEXT"}};
  bool hidden = false;
  for (const auto& message : channel.tail()) {
    hidden = hidden || (message.text().empty() && !message.deleted());
    table.push_back({std::to_string(message.seq()), format_ts(message.ts()),
                     harmless(message.user().empty() ? message.bot_id() : message.user()),
                     message.deleted() ? "(deleted)" : harmless(message.text())});
  }
  return '\n' + cli::format_table(table) +
         (hidden ? "texts are private; --show-text shows them\n" : "");
}

void add_user(const wire::user_details& user, std::uint64_t now, facts& out) {
  out.emplace_back("presence", harmless(user.presence()) + (user.manual_away() ? ", set away"
                                                            : user.auto_away() ? ", connected and idle"
                                                                               : ""));
  if (user.last_active() != 0)
    out.emplace_back("last active", ago(user.last_active(), now) + " ago");
  out.emplace_back("channels", std::to_string(user.channel_count()));
  if (user.devices_size() == 0)
    out.emplace_back("devices", user.ended_size() == 0
                                    ? "none is connected"
                                    : "none is connected; the last: " + ended_text(user.ended(0), now));
  for (const auto& device : user.devices())
    out.emplace_back(&device == &user.devices(0) ? "devices" : "",
                     fmt::format("session/{}:{}", harmless(device.host()), device.connection()) +
                         (device.heard() == 0 ? "" : fmt::format(", heard {} ago", ago(device.heard(), now))));
  for (const auto& device : user.push_devices())
    out.emplace_back(&device == &user.push_devices(0) ? "pushes" : "",
                     fmt::format("{} by {}, registered {} ago", harmless(device.device()),
                                 harmless(device.provider()), ago(device.since(), now)));
}

std::string last_spell_text(const wire::session_details& session) {
  if (session.last_spell_ago() == 0)
    return {};
  return fmt::format("; the last time for {}, until {} ago", duration_text(session.last_spell_took()),
                     duration_text(session.last_spell_ago()));
}

void add_session(const wire::session_details& session, std::uint64_t now, facts& out) {
  out.emplace_back("user", session.user().empty()
                               ? "nobody: an operator's live view, or it is being closed"
                               : fmt::format("{}, team {}", harmless(session.user()),
                                             harmless(session.team())));
  out.emplace_back("from", harmless(session.remote()) + ", " + since_text(session.since(), now));
  out.emplace_back("heard", duration_text(session.heard_ago()) + " ago");
  out.emplace_back("sent", fmt::format("{}; subscribed to {}",
                                       count_text(session.frames_sent(), "frame", "frames"),
                                       count_text(session.topics(), "topic", "topics")));
  std::string waits = "nothing";
  if (session.queued_frames() != 0)
    waits = fmt::format("{}, {}, the oldest for {}",
                        count_text(session.queued_frames(), "frame", "frames"),
                        bytes_text(session.queued_bytes()), duration_text(session.queued_for()));
  out.emplace_back("waits for the client", waits);
  if (!session.why().empty())
    out.emplace_back("SLOW BECAUSE", harmless(session.why()));
  if (session.unacknowledged_bytes() != 0 || session.round_trip() != 0)
    out.emplace_back(
        "with the kernel",
        fmt::format("{} not acknowledged ({}), {} of it not sent; room for {} at the client",
                    bytes_text(session.unacknowledged_bytes()),
                    count_text(session.segments_unacknowledged(), "segment", "segments"),
                    bytes_text(session.unsent_bytes()), bytes_text(session.window_bytes())));
  if (session.round_trip() != 0)
    out.emplace_back(
        "network", fmt::format("round trip {}, {} sent again; wrote {} ago, acknowledged {} ago",
                               duration_text(session.round_trip()),
                               count_text(session.segments_repeated(), "segment", "segments"),
                               duration_text(session.sent_ago()),
                               duration_text(session.acknowledged_ago())));
  out.emplace_back("dropped", fmt::format("{} of typing and presence", session.transient_dropped()));
  if (session.unread_bytes() != 0)
    out.emplace_back("waits for us", bytes_text(session.unread_bytes()) + " of its own frames");
  if (session.lagging() && !session.why().empty())
    out.emplace_back("LAGGING", "its kernel takes no more; when too much waits, events are left to the log and read back later");
  if (session.behind())
    out.emplace_back("BEHIND", fmt::format("in {} for {}; what it missed is read to it from the log as it takes it, "
                                           "in one of them from seq {} on; out of time it is closed (4008)",
                                           count_text(session.behind_channels(), "channel", "channels"),
                                           duration_text(session.behind_for()), session.reading_from()));
  if (session.spells() != 0)
    out.emplace_back("fell behind", fmt::format("{} since it opened: {} found no room, {} read back so far{}",
                                                count_text(session.spells(), "time", "times"),
                                                count_text(session.events_skipped(), "event", "events"),
                                                session.events_read_back(), last_spell_text(session)));
}

// What its host remembers of a connection that is gone.
void add_ended(const wire::ended_session& ended, std::uint64_t now, facts& out) {
  out.emplace_back("CLOSED", fmt::format("{} ({} ago), after {}", clock_text(ended.at()),
                                         ago(ended.at(), now), duration_text(ended.lived())));
  out.emplace_back("because", fmt::format("{}, code {}, ended by the {}", harmless(ended.why()),
                                          ended.code(), harmless(ended.by())));
  out.emplace_back("user", fmt::format("{}, team {}", harmless(ended.user()), harmless(ended.team())));
  out.emplace_back("from", harmless(ended.remote()));
  if (ended.queued_frames() > 0)
    out.emplace_back("waited for it",
                     fmt::format("{}, {}", count_text(ended.queued_frames(), "message", "messages"),
                                 bytes_text(ended.queued_bytes())));
}

void add_presence(const wire::presence_details& presence, facts& out) {
  static constexpr const char* levels[] = {"", "MORE CHANGES THAN THE BUDGET GIVES: windows grow",
                                           "ONLY WHO ASKS IS TOLD, until it is quieter"};
  out.emplace_back("presence", fmt::format("{} watched, {}", count_text(presence.users(), "user", "users"),
                                           count_text(presence.subscriptions(), "subscription", "subscriptions")));
  out.emplace_back("", fmt::format("{} sent with {} of {}; {} late, {} found no room",
                                   count_text(presence.events(), "event", "events"),
                                   presence.told(), count_text(presence.changes(), "change", "changes"),
                                   presence.delayed(), presence.dropped()));
  if (presence.waiting() != 0)
    out.emplace_back("", fmt::format("{} to be told, the longest for {} ms beyond its window",
                                     count_text(presence.waiting(), "connection", "connections"),
                                     presence.late_ms()));
  if (presence.level() != 0)
    out.emplace_back("", levels[std::min(presence.level(), 2u)]);
}

void add_hub(const wire::hub_details& hub, facts& out) {
  out.emplace_back("connections", std::to_string(hub.sessions()));
  out.emplace_back("subscriptions",
                   fmt::format("{} to {}", hub.subscriptions(),
                               count_text(hub.topics(), "topic", "topics")));
  out.emplace_back("channels wanted", fmt::format("{}, {} not confirmed yet", hub.channels_wanted(),
                                                  hub.questions_open()));
  out.emplace_back("so far", fmt::format("{} encoded, {} healed",
                                         count_text(hub.events_encoded(), "event", "events"),
                                         count_text(hub.gaps_healed(), "gap", "gaps")));
  if (hub.has_presence())
    add_presence(hub.presence(), out);
}

void add_replica(const wire::slot_picture& slot, std::uint64_t now, facts& out) {
  std::string role = slot.role();
  if (slot.role() == "leader")
    role += slot.serves() ? ", serves " + since_text(slot.leads_since(), now) : ", does not serve yet";
  else if (!slot.leader().empty())
    role += " of " + harmless(slot.leader());
  out.emplace_back("role", fmt::format("{}, term {}", role, slot.term()));
  out.emplace_back("log", fmt::format("{}..{}, committed {}, applied {}, projected {}",
                                      slot.first_index(), slot.last_index(), slot.commit(),
                                      slot.applied(), slot.projected()));
  for (const auto& each : slot.replicas()) {
    const std::uint64_t behind = slot.last_index() - std::min(slot.last_index(), each.match());
    out.emplace_back("  " + harmless(each.host()),
                     fmt::format("{}, {}, {}", each.voter() ? "voter" : "learner",
                                 harmless(each.state()),
                                 behind == 0 ? "has everything"
                                             : count_text(behind, "entry behind", "entries behind")));
  }
  out.emplace_back("holds", fmt::format("{} awake; {} wanted by {}",
                                        count_text(slot.entities(), "entity", "entities"),
                                        count_text(slot.channels_wanted(), "channel", "channels"),
                                        count_text(slot.hubs(), "hub", "hubs")));
  out.emplace_back("posts", rate_text(slot.posts_per_second()) + "/s");
  if (!slot.trouble().empty())
    out.emplace_back("TROUBLE", harmless(slot.trouble()));
}

std::string ended_lines(const wire::entity_pictures& pictures, int first, std::uint64_t now) {
  std::string out;
  for (int i = first; i < pictures.ended_size(); ++i)
    out += "  " + ended_text(pictures.ended(i), now) + '\n';
  return out;
}

std::string silent_text(const wire::entity_pictures& pictures) {
  if (pictures.silent_size() == 0)
    return {};
  return fmt::format("not asked, because silent: {}\n", list(pictures.silent()));
}

// A user without a connection: where was looked, and how the last ones ended.
std::string nobody_text(const wire::entity_pictures& pictures, std::uint64_t now) {
  std::vector<std::string> hosts;
  for (const std::string& host : pictures.looked_on())
    hosts.push_back(harmless(host));
  std::string out = hosts.empty() ? "no connection" : "no connection on " + join(hosts, ", ");
  if (pictures.ended_size() == 0)
    out += ", and none that these hosts remember\n";
  else
    out += fmt::format("; the last: {}\n", ended_text(pictures.ended(0), now));
  if (pictures.ended_size() > 1)
    out += "before it\n" + ended_lines(pictures, 1, now);
  return out + silent_text(pictures);
}

}  // namespace

std::string entity_text(const wire::entity_picture& picture, std::uint64_t now, const look&) {
  facts out;
  out.emplace_back(picture.has_ended()       ? "lived on"
                   : picture.copies_size() > 0 ? "led by"
                                               : "lives on",
                   where_text(picture, now));
  if (picture.copies_size() > 0)
    out.emplace_back("copies on", copies_text(picture));
  if (picture.term() != 0 && !picture.has_slot_replica())
    out.emplace_back("term", std::to_string(picture.term()));
  if (picture.has_channel())
    add_channel(picture.channel(), now, out);
  if (picture.has_user())
    add_user(picture.user(), now, out);
  if (picture.has_session())
    add_session(picture.session(), now, out);
  if (picture.has_ended())
    add_ended(picture.ended(), now, out);
  if (picture.has_hub())
    add_hub(picture.hub(), out);
  if (picture.has_slot_replica())
    add_replica(picture.slot_replica(), now, out);
  if (picture.awake() || picture.has_hub() || picture.has_slot_replica())
    out.emplace_back("load", load_text(picture));
  if (picture.kept_awake_until() > now)
    out.emplace_back("kept awake", "for " + duration_text(picture.kept_awake_until() - now));
  std::string text = harmless(picture.name()) + '\n' + facts_text(out);
  if (picture.has_channel())
    text += tail_text(picture.channel());
  return text;
}

std::string entities_text(const wire::entity_pictures& pictures, std::uint64_t now,
                          const look& how) {
  if (pictures.entities_size() == 0)
    return nobody_text(pictures, now);
  std::string out;
  for (const auto& each : pictures.entities())
    out += (out.empty() ? "" : "\n") + entity_text(each, now, how);
  if (pictures.ended_size() > 0)
    out += "\nended before\n" + ended_lines(pictures, 0, now);
  return out + silent_text(pictures);
}

}  // namespace carillon::inspect
