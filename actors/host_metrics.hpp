// What the actors of a host count; the edge and the journal keep their own books. Any thread. Names
// and units outside: actors/metrics/metrics_page.cpp, in words: tools/observe/README.md.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/metrics.hpp"
#include "runtime/push/push_message.hpp"

namespace carillon {

enum class actor_kind : std::uint8_t {
  api,
  session,
  channel,
  user,
  slot,
  meta,
  hub,
  presence,
  courier,
  link,
  directory,
  reader,
  inspector,
  push,
};
inline constexpr std::size_t actor_kinds = 13;
std::string_view to_string(actor_kind kind);

// Of handlers, one in so many is measured: counts and sums of `handled` and `mailboxes` are to be
// multiplied by it (actors/measured_actor.hpp).
inline constexpr std::uint32_t handler_sample = 16;

// Of a post, in nanoseconds each, measured by one clock of one host.
enum class post_stage : std::uint8_t {
  ask,      // from the edge, or from the link when another host asks, to the channel actor
  order,    // in the channel actor, until it stands in the leader's log
  commit,   // until a majority has it on disk
  answer,   // from the commit until the asking side has the answer, on the leader's host
  deliver,  // from the commit to the frame handed to the I/O threads, on the leader's host
  whole,    // from the edge to the answer, back across hosts, on the host that was asked
};
inline constexpr std::size_t post_stages = 6;
std::string_view to_string(post_stage stage);

// To whom the gateway of which host was named, and why (actors/gateway_choice.hpp).
enum class gateway_reason : std::uint8_t {
  here,     // this host: no other is nearer, nor has much more room
  region,   // another: it is nearer
  room,     // another of the same region: it has much more room
  full,     // another: this host has hardly room left
  resting,  // another: this host is to take no clients
  nowhere,  // this host, full or resting: there is no other that the client could be sent to
};
inline constexpr std::size_t gateway_reasons = 6;
std::string_view to_string(gateway_reason why);

// What the replica of one group last said of itself. 0 where it is not held.
struct group_meter {
  metric_gauge held, leads, term;
  metric_gauge uncommitted;  // entries of the log that are not known to be committed
  metric_gauge uncommitted_bytes;  // a leader's: of them, what was proposed here
  metric_gauge unapplied;    // committed entries that are not in the tables
  metric_gauge behind;       // a leader's: entries that the voter or learner furthest behind lacks
  metric_gauge unprojected;  // a leader's: entries that others' tables do not follow yet
  metric_gauge pulling;      // 1: its tables come from another host
};

// One of cluster.hosts but ourselves, as the link last said.
struct peer_meter {
  std::string name;
  metric_gauge up, queued_bytes;
};

// Totals of the link, as it last said.
struct link_meter {
  metric_gauge envelopes_out, envelopes_in, bytes_out, bytes_in;
  metric_gauge raft_dropped, events_dropped, others_dropped, requests_refused;
  metric_gauge bad_items, hellos_refused, stale_envelopes, dials_failed, questions_open;
  metric_counter leaders_affirmed;  // by the link, beside the replica (raft_line.hpp)
};

struct host_metrics {
  // Groups with the meta group; names of peers. None: what they would say is not kept.
  explicit host_metrics(std::size_t group_count = 0, const std::vector<std::string>& peer_names = {})
      : groups(group_count), peers(peer_names.size()) {
    for (std::size_t i = 0; i < peers.size(); ++i)
      peers[i].name = peer_names[i];
  }
  host_metrics(const host_metrics&) = delete;
  host_metrics& operator=(const host_metrics&) = delete;

  // By actor kind, of one handler in handler_sample: the time in it (nanoseconds), and how many
  // messages lay in the actor's mailbox then, besides the one at hand.
  std::array<metric_histogram, actor_kinds> handled;
  std::array<metric_histogram, actor_kinds> mailboxes;
  std::array<metric_histogram, post_stages> post;

  metric_counter calls, calls_refused;        // Web API
  metric_counter posts_refused;
  metric_gauge polls;                         // that wait for news
  metric_counter overloaded;                  // refused because something was full
  metric_counter activations, passivations;   // entities
  metric_gauge entities;                      // awake
  metric_counter elections, leaderships, steps_down, nominations, transfers;
  metric_counter handed_over;                 // of those asked for: another host leads since
  metric_counter replicas_added;              // learners that groups led here took in
  metric_counter snapshots_pulled, chunks_pulled, records_repaired;
  metric_counter retries;                     // asked again after not_owner or a lost answer
  metric_counter token_hits, token_misses;    // token cache
  metric_counter events_encoded, gaps_healed; // hub
  std::array<metric_counter, gateway_reasons> gateways_named;
  metric_counter presence_events;             // frames of presence that went to clients
  metric_counter presence_told, presence_changes;  // users in them; changes, times who watched them
  metric_counter presence_delayed, presence_dropped;
  metric_gauge presence_users, presence_subscriptions, presence_waiting;
  metric_gauge presence_lateness_ms, presence_level;
  metric_counter typing_dropped;              // a connection had too many on their way
  metric_counter inbox_deliveries, inbox_spans;  // taken by slots led here; what they wrote, for each user
  metric_gauge inbox_waiting;                 // changes for slots of users, of channels led here
  metric_counter pushes_decided, pushes_collapsed;  // rows that began to wait; news that joined one
  metric_counter pushes_dropped, pushes_expired;    // the outbox was full; given up
  metric_counter push_clears, push_tokens_dead;
  metric_gauge pushes_waiting, pushes_shown;        // rows, in the slots led here
  std::array<metric_gauge, push::provider_count> push_outages;  // since when it takes none, microseconds; 0: it does
  metric_histogram push_time;                 // nanoseconds from the message to the provider's word

  std::vector<group_meter> groups;  // by slot, the meta group last
  std::vector<peer_meter> peers;
  link_meter link;

  metric_histogram& of(actor_kind kind) { return handled[static_cast<std::size_t>(kind)]; }
  metric_histogram& mailbox_of(actor_kind kind) {
    return mailboxes[static_cast<std::size_t>(kind)];
  }
  metric_histogram& of(post_stage stage) { return post[static_cast<std::size_t>(stage)]; }
};

// For those who run without a host, as tests do.
inline host_metrics& unread_metrics() {
  static host_metrics nobodys;
  return nobodys;
}

}  // namespace carillon
