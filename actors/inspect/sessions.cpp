// The part of the inspector that looks at connections: what the I/O threads know of them, and whose
// they are.
#include <algorithm>

#include "actors/inspect/inspector_shell.hpp"
#include "actors/inspect/slow_client.hpp"
#include "actors/inspect/why_ended.hpp"

namespace carillon {
namespace {

constexpr std::size_t ended_shown = 5;  // of a user's

void keep_newest(wire::entity_pictures& of) {
  auto& ended = *of.mutable_ended();
  std::stable_sort(ended.begin(), ended.end(),
                   [](const auto& a, const auto& b) { return a.at() > b.at(); });
  while (ended.size() > static_cast<int>(ended_shown))
    ended.RemoveLast();
  std::sort(of.mutable_looked_on()->begin(), of.mutable_looked_on()->end());
}

}  // namespace

void inspector_actor::look_at_session(edge::connection_id connection, reply_then then) {
  look_at_connections({connection}, 1, [this, connection, then](std::vector<wire::session_details> found) {
    if (found.empty())
      return look_at_ended(connection, then);
    then(reply_of(picture_of(std::move(found.front()))));
  });
}

void inspector_actor::look_at_ended(edge::connection_id connection, const reply_then& then) const {
  auto known = parts_.ended ? parts_.ended(connection) : std::nullopt;
  if (!known)
    return then(refusal_of(errc::not_found,
                           "no such connection is open, nor among the newest that ended on its host"));
  wire::entity_picture out;
  out.set_host(own_name(host_.config));
  out.set_name("session/" + out.host() + ":" + std::to_string(connection));
  *out.mutable_ended() = told(std::move(*known));
  then(reply_of(std::move(out)));
}

wire::ended_session inspector_actor::told(wire::ended_session ended) const {
  ended.set_host(own_name(host_.config));
  ended.set_why(why_ended(ended));
  return ended;
}

wire::entity_picture inspector_actor::picture_of(wire::session_details session) const {
  wire::entity_picture out;
  out.set_host(own_name(host_.config));
  out.set_name("session/" + out.host() + ":" + std::to_string(session.connection()));
  out.set_awake(true);
  out.set_since(session.since());
  *out.mutable_session() = std::move(session);
  return out;
}

void inspector_actor::look_at_sessions(const entity_id& user, const wire::inspect_request& what,
                                       bool here, reply_then then) {
  auto mine = [this, user](std::function<void(wire::inspect_reply)> done) {
    std::vector<edge::connection_id> only;
    if (parts_.connections_of)
      only = parts_.connections_of(user);
    wire::inspect_reply reply;
    reply.mutable_entities()->add_looked_on(own_name(host_.config));
    if (parts_.ended_of)
      for (wire::ended_session& each : parts_.ended_of(user, ended_shown))
        *reply.mutable_entities()->add_ended() = told(std::move(each));
    if (only.empty())
      return done(std::move(reply));
    look_at_connections(only, only.size(), [=, this](std::vector<wire::session_details> found) mutable {
      for (wire::session_details& each : found)
        *reply.mutable_entities()->add_entities() = picture_of(std::move(each));
      done(std::move(reply));
    });
  };
  if (here)
    return mine(std::move(then));
  ask_peers(what, [mine, then](const std::vector<host_answer>& said) {
    wire::inspect_reply all;
    for (const host_answer& each : said)
      if (each.reply.errc() == 0)
        all.mutable_entities()->MergeFrom(each.reply.entities());
      else
        all.mutable_entities()->add_silent(each.host);
    mine([all, then](const wire::inspect_reply& own) mutable {
      all.mutable_entities()->MergeFrom(own.entities());
      keep_newest(*all.mutable_entities());
      then(std::move(all));
    });
  });
}

// Whatever the I/O threads say in time.
void inspector_actor::look_at_connections(
    const std::vector<edge::connection_id>& only, std::size_t most,
    std::function<void(std::vector<wire::session_details>)> then) {
  if (!parts_.look)
    return then({});
  using pictures = std::vector<edge::connection_picture>;
  auto gathered = gathering<pictures>::begin(
      *this, parts_.io_threads, local_patience,
      [this, then = std::move(then)](const gathering<pictures>::answers& all) {
        std::vector<wire::session_details> out;
        for (const auto& part : all)
          if (part)
            for (const edge::connection_picture& each : *part)
              out.push_back(details_of(each));
        then(std::move(out));
      });
  // I/O threads may only post.
  auto place = std::make_shared<std::atomic<std::size_t>>(0);
  parts_.look(only, most, [me = caf::actor_cast<caf::actor>(this), gathered, place](pictures part) {
    const std::size_t mine = place->fetch_add(1);
    caf::anon_send(me, run_later{[gathered, mine, part = std::move(part)] {
                     gathered->answered(mine, part);
                   }});
  });
}

wire::session_details inspector_actor::details_of(const edge::connection_picture& seen) const {
  auto micros = [](std::chrono::microseconds time) { return static_cast<std::uint64_t>(time.count()); };
  wire::session_details out;
  out.set_host(own_name(host_.config));
  out.set_connection(seen.connection);
  out.set_remote(seen.remote);
  out.set_since(host_.now() - micros(seen.open_for));
  out.set_heard_ago(micros(seen.heard_ago));
  out.set_queued_bytes(seen.queued_bytes);
  out.set_queued_frames(seen.queued_frames);
  out.set_queued_for(micros(seen.waits_for));
  out.set_frames_sent(seen.frames_sent);
  out.set_transient_dropped(seen.transient_dropped);
  out.set_topics(seen.topics);
  out.set_lagging(seen.waits_for.count() > 0);
  out.set_behind(seen.behind);
  out.set_behind_for(micros(seen.behind_for));
  out.set_behind_channels(seen.behind_topics);
  out.set_reading_from(seen.reading_from);
  out.set_spells(seen.spells);
  out.set_last_spell_ago(micros(seen.last_spell_ago));
  out.set_last_spell_took(micros(seen.last_spell_took));
  out.set_events_skipped(seen.events_skipped);
  out.set_events_read_back(seen.events_read_back);
  out.set_unacknowledged_bytes(seen.tcp.unacknowledged_bytes);
  out.set_unsent_bytes(seen.tcp.unsent_bytes);
  out.set_window_bytes(seen.tcp.window_bytes);
  out.set_sent_ago(micros(seen.tcp.sent_ago));
  out.set_acknowledged_ago(micros(seen.tcp.acknowledged_ago));
  out.set_round_trip(micros(seen.tcp.round_trip));
  out.set_segments_unacknowledged(seen.tcp.segments_unacknowledged);
  out.set_segments_repeated(seen.tcp.segments_repeated);
  out.set_timeouts(seen.tcp.timeouts);
  if (parts_.owner_of)
    parts_.owner_of(out);
  out.set_why(why_slow(out, host_.config.edge.outbound_queue_max_bytes));
  return out;
}

}  // namespace carillon
