#include "actors/metrics/metrics_page.hpp"

#include <algorithm>

#include "actors/rate_limits.hpp"
#include "actors/admission.hpp"
#include "runtime/base/logging.hpp"
#include "runtime/push/sender.hpp"
#include "storage/journal.hpp"
#include "storage/kv.hpp"

namespace carillon {
namespace {

using enum metric_family::type;

constexpr double nanosecond = 1e-9;
// From 8 µs to 17 s: below is nothing to worry about, above is a deadline.
constexpr metric_family::view times{nanosecond, 1, 13, 34};
// Handlers: from 1 µs to 1 s, each sample for those that were not drawn.
constexpr metric_family::view handler_times{nanosecond, handler_sample, 10, 30};
constexpr metric_family::view mailbox_lengths{1, handler_sample, 0, 16};
constexpr metric_family::view batch_sizes{1, 1, 0, 14};
constexpr metric_family::view batch_weights{1, 1, 8, 24};

// The page as it grows. Help texts are the words of the table in tools/observe/README.md.
class page {
public:
  metric_family& family(std::string_view name, metric_family::type kind, std::string_view help,
                        std::vector<std::string_view> labels = {}) {
    return out.emplace_back(name, kind, std::move(labels), help);
  }
  template <class Number>
  void total(std::string_view name, Number value, std::string_view help) {
    family(name, counter, help).add(value);
  }
  template <class Number>
  void now(std::string_view name, Number value, std::string_view help) {
    family(name, gauge, help).add(value);
  }

  std::vector<metric_family> out;
};

// ---- the host and its cluster -----------------------------------------------------------------

void add_host(page& to, const host_services& host, const metrics_sources& more) {
  to.family("carillon_build_info", gauge, "Always 1; which version this host runs.", {"version"})
      .add(1, {CARILLON_VERSION});
  to.now("carillon_healthy", more.healthy, "1 while /healthz says 200.");
  to.now("carillon_ready", more.ready, "1 while /readyz says 200: clients may be sent here.");
  to.now("carillon_cut_off", host.health && host.health->cut_off(),
         "1 while this host hears no majority of the ring hosts.");

  const auto slots = static_cast<slot_id>(host.slots.size());
  std::size_t held = 0, led_here = 0, without = 0;
  for (slot_id slot = 0; slot < slots; ++slot) {
    held += bool(host.slots[slot]);
    const auto leader = host.where ? host.where->of(slot).leader : host.self;
    led_here += leader == host.self;
    without += leader == 0;
  }
  to.now("carillon_slots", slots, "Slots of the cluster.");
  to.now("carillon_slots_held", held, "Slots of which this host has a replica.");
  to.now("carillon_slots_led", led_here, "Slots that this host leads, as it knows.");
  to.now("carillon_slots_without_leader", without, "Slots of which this host knows no leader.");

  to.now("carillon_ring_generation", host.ring ? host.ring->generation() : 0,
         "Version of the ring view that this host has; it rises with every change of members or places.");
  to.now("carillon_ring_hosts", more.ring_hosts, "Hosts in the ring view.");
  to.now("carillon_ring_hosts_configured", more.hosts_configured,
         "Hosts in this host's settings.");
  to.now("carillon_slot_copies", more.copies,
         "Disks on which the slot with the fewest has a copy.");
  to.now("carillon_slot_copies_wanted", more.copies_wanted, "Copies that every slot should have.");
}

// ---- clients ----------------------------------------------------------------------------------

void add_edge(page& to, const host_services& host, const metrics_sources& more) {
  const edge::edge_counters& edge = more.edge;
  to.now("carillon_connections", edge.connections, "Open connections of clients, WebSockets and event streams included.");
  to.now("carillon_websockets", edge.websockets, "Open WebSockets.");
  to.now("carillon_event_streams", edge.event_streams, "Open event streams (carillon.stream).");
  to.now("carillon_sessions", more.sessions, "WebSockets and event streams that are signed in or signing in.");
  to.total("carillon_connections_accepted_total", edge.accepted, "Connections that were accepted.");
  to.total("carillon_connections_refused_total", edge.refused,
           "Connections refused because edge.connections_max were open.");
  to.total("carillon_http_requests_total", edge.requests, "HTTP requests, whatever their path.");
  to.total("carillon_messages_in_total", edge.messages_in, "Messages that came in over WebSockets.");
  to.total("carillon_deliveries_total", edge.deliveries, "Frames queued to one connection each.");
  to.total("carillon_bytes_out_total", edge.bytes_out, "Bytes written to clients' sockets.");
  to.now("carillon_lagging_connections", edge.lagging,
         "Connections that have bytes waiting and whose kernel takes no more for now.");
  to.now("carillon_outbound_queue_bytes", edge.waiting_bytes, "What waits for these connections.");
  to.family("carillon_drops_total", counter,
            "Frames left out: transient ones to a client that is slow, typing of one that sends too much. "
            "Durable ones are never dropped: see carillon_slow_closes_total.",
            {"class"})
      .add(edge.transient_dropped, {"transient"})
      .add(host.metrics->typing_dropped.read(), {"typing"});
  to.total("carillon_slow_closes_total", edge.slow_closes,
           "Connections closed with 4008 because they read too slowly: still behind when their time was "
           "over, or too much waited that no log has.");
  to.now("carillon_behind_connections", edge.behind,
           "Connections that were too slow, and what they missed is being read "
           "back to them from the log.");
  to.total("carillon_fell_behind_total", edge.fell_behind,
           "Times that a connection became one of these.");
  to.total("carillon_caught_up_total", edge.caught_up,
           "Times that one had everything again.");
  to.total("carillon_behind_timeouts_total", edge.behind_timeouts,
           "Times that one had not when edge.lagging_timeout_ms was over and was "
           "closed with 4008.");
  to.total("carillon_events_skipped_total", edge.events_skipped,
           "Events that found no room in the queue of a slow connection, and were "
           "left to the log.");
  to.total("carillon_events_read_back_total", edge.events_read_back,
           "Events that were read back from the log for such connections.");
}

// Which host's gateway clients were told to go to.
void add_gateways(page& to, const host_metrics& m) {
  metric_family& named = to.family(
      "carillon_gateways_named_total", counter,
      "Answers to sign-ins, rtm.connect and rtm.start by the gateway that they name. here: this host's. "
      "Another's: region (it is nearer), room (it has much more room), full or resting (this host is). "
      "nowhere: this host's, though it is full or resting, since there is no other.",
      {"why"});
  for (std::size_t i = 0; i < gateway_reasons; ++i)
    named.add(m.gateways_named[i].read(), {std::string(to_string(static_cast<gateway_reason>(i)))});
}

// With limits that are off too, so that whoever turns one on finds its line.
void add_rates(page& to, const rate_limits* rates) {
  auto& refused = to.family("carillon_rate_limited_total", counter,
                            "Calls and posts refused by a rate limit, by whose bucket was empty (user, "
                            "app, address or channel) and by the method's tier.",
                            {"scope", "tier"});
  auto add = [&](rate_scope scope, std::initializer_list<tier> tiers) {
    for (tier each : tiers)
      refused.add(rates ? rates->refused(scope, each) : 0,
                  {std::string(to_string(scope)), std::string(to_string(each))});
  };
  for (rate_scope scope : {rate_scope::user, rate_scope::app})
    add(scope, {tier::tier1, tier::tier2, tier::tier3, tier::tier4, tier::post});
  add(rate_scope::address, {tier::tier1, tier::tier2});
  add(rate_scope::channel, {tier::post});
  to.now("carillon_rate_buckets", rates ? rates->size() : 0,
         "Callers and methods that the rate limits count just now.");
}

void add_calls(page& to, const host_services& host) {
  const host_metrics& m = *host.metrics;
  to.total("carillon_api_calls_total", m.calls.read(), "Calls of the Web API that were answered.");
  to.total("carillon_api_calls_refused_total", m.calls_refused.read(),
           "Of these, the ones answered with an error.");
  to.now("carillon_polls_waiting", m.polls.read(), "Calls of carillon.poll that wait for news.");
  to.total("carillon_overloaded_total", m.overloaded.read(),
           "Requests refused because something was full.");
  to.total("carillon_ask_retries_total", m.retries.read(),
           "Questions to channels and users that were asked again: the slot was led elsewhere, or "
           "the answer was lost.");
  add_rates(to, host.rates);
  auto& tokens = to.family("carillon_token_lookups_total", counter,
                           "Tokens looked for in the cache before a call.", {"outcome"});
  tokens.add(m.token_hits.read(), {"hit"}).add(m.token_misses.read(), {"miss"});
}

void add_door(page& to, const admission* door, tick_time now) {
  const admission::numbers numbers = door ? door->count(now) : admission::numbers();
  auto& refused = to.family("carillon_refused_total", counter,
                            "Requests turned away with 429 because the host was busy: calls in progress, "
                            "disk behind, followers behind, arrivals too fast, memory near its ceiling, "
                            "bodies too large together, one user's share of calls.",
                            {"reason"});
  for (std::size_t i = 0; i < door_reasons; ++i)
    refused.add(numbers.refused[i], {std::string(to_string(static_cast<door_reason>(i)))});
  to.now("carillon_calls_in_progress", numbers.calls_in_progress,
         "Calls and posts that are not answered yet, but for polls that wait for news; at edge.calls_max "
         "others are turned away.");
  to.now("carillon_calls_waiting", numbers.calls_waiting,
         "Of them: taken on and not begun, because the host is busy; one of each caller in turn.");
  to.now("carillon_calls_window", numbers.calls_window,
         "So many calls are worked on at the same time: fewer while the host is busy.");
  to.now("carillon_arrivals_waiting", numbers.arrivals.waiting,
         "Of them: clients that sign in or ask for a WebSocket, and wait to be let in.");
  to.now("carillon_arrivals_pace", numbers.arrivals.per_second,
         "How many of these were let in a second when some waited last; it goes by how late the host is and "
         "what posts take, up to edge.upgrades_per_second.");
  to.family("carillon_arrivals_slowed_total", counter,
            "Times that this pace was lowered: workers came late to what was due (late), posts took twice "
            "what they took before (posts).",
            {"why"})
      .add(numbers.arrivals.slowed_ticks, {"late"})
      .add(numbers.arrivals.slowed_posts, {"posts"});
  to.now("carillon_journal_delay_seconds", std::chrono::duration<double>(numbers.disk_delay).count(),
         "How long the oldest write that is not on disk has waited; at storage.journal_delay_max_ms "
         "posts are turned away.");
  to.now("carillon_memory_ceiling_bytes", numbers.memory_ceiling,
         "Memory that the process may take: host.memory_max_mb, or what was found; 0: not known.");
  to.now("carillon_memory_level", static_cast<int>(numbers.memory),
         "0 calm; 1 tight, from 80 % of the ceiling on: caches shrink, nobody new is let in; 2 full, "
         "from 92 %: posts are turned away too.");
}

// ---- messages ---------------------------------------------------------------------------------

void add_posts(page& to, const host_services& host) {
  const host_metrics& m = *host.metrics;
  to.total("carillon_posts_total", host.posts.load(std::memory_order_relaxed),
           "Events of channels committed in slots that this host led; messages, edits, joins.");
  to.total("carillon_posts_refused_total", m.posts_refused.read(),
           "Messages that clients posted here and that were refused.");
  auto& stages = to.family("carillon_post_seconds", histogram,
                           "Where the time of a posted message goes; the stages are told below the table.", {"stage"});
  for (std::size_t stage = 0; stage < post_stages; ++stage)
    stages.add(m.post[stage].read(), times,
               {std::string(to_string(static_cast<post_stage>(stage)))});
  to.total("carillon_events_encoded_total", m.events_encoded.read(),
           "Events of channels that this host's hub made a frame of, once for all who read it.");
  to.total("carillon_gaps_healed_total", m.gaps_healed.read(),
           "Times that events of a channel did not come by themselves and the hub asked for them.");
}

push::sender::counts counted_of(const host_services& host, std::size_t provider) {
  return host.pushes ? host.pushes->counted(static_cast<push::provider>(provider)) : push::sender::counts();
}

void add_presence(page& to, const host_services& host) {
  const host_metrics& m = *host.metrics;
  to.total("carillon_presence_events_total", m.presence_events.read(),
           "Frames of presence sent to clients of this host; each names all who came, or went, in its window.");
  to.total("carillon_presence_told_total", m.presence_told.read(), "Users named in these frames.");
  to.total("carillon_presence_changes_total", m.presence_changes.read(),
           "Changes of a user's presence, each counted once for every connection that watches it; what was "
           "not told of them was coalesced, or waits.");
  to.total("carillon_presence_delayed_total", m.presence_delayed.read(),
           "Frames of presence that waited longer than presence.window_ms for the budget.");
  to.total("carillon_presence_dropped_total", m.presence_dropped.read(),
           "Frames of presence that a slow client had no room for; what they said was said again.");
  to.now("carillon_presence_users", m.presence_users.read(), "Users whom connections of this host watch.");
  to.now("carillon_presence_subscriptions", m.presence_subscriptions.read(),
         "These, counted once for every connection that watches them.");
  to.now("carillon_presence_waiting", m.presence_waiting.read(),
         "Connections that are to be told of a change.");
  to.now("carillon_presence_lateness_seconds", static_cast<double>(m.presence_lateness_ms.read()) / 1e3,
         "How long one of these waits beyond its window: the budget gives no more.");
  to.now("carillon_presence_level", m.presence_level.read(),
         "0 changes are told in their window; 1 windows are longer; 2 presence is told only to who asks.");
}

void add_inboxes(page& to, const host_services& host) {
  const host_metrics& m = *host.metrics;
  to.total("carillon_inbox_deliveries_total", m.inbox_deliveries.read(),
           "Deliveries to users' inboxes that slots led here wrote, each with what many channels have.");
  to.total("carillon_inbox_spans_total", m.inbox_spans.read(),
           "What they wrote: events of one channel that came together, counted once for each user.");
  to.now("carillon_inbox_waiting", m.inbox_waiting.read(),
         "Changes of channels led here that are to be written into inboxes of a slot; a busy host lets them "
         "gather for up to inbox.gather_max_ms.");
}

void add_pushes(page& to, const host_services& host) {
  const host_metrics& m = *host.metrics;
  const auto name_of = [](std::size_t provider) {
    return std::string(to_string(static_cast<push::provider>(provider)));
  };
  auto& fates = to.family("carillon_push_attempts_total", counter,
                          "Pushes given to a provider, by what became of each attempt.", {"provider", "fate"});
  for (std::size_t i = 0; i < push::provider_count; ++i) {
    const auto counted = counted_of(host, i);
    for (std::size_t fate = 0; fate < push::push_fate_count; ++fate)
      fates.add(counted.fates[fate], {name_of(i), std::string(to_string(static_cast<push::push_fate>(fate)))});
  }
  auto& under_way = to.family("carillon_pushes_under_way", gauge,
                              "Pushes whose provider has not answered yet.", {"provider"});
  for (std::size_t i = 0; i < push::provider_count; ++i)
    under_way.add(counted_of(host, i).under_way, {name_of(i)});
  auto& outages = to.family("carillon_push_outage", gauge,
                            "1 while this provider takes no pushes from this host; they wait. Of web_push: while one of its "
                            "services takes none of two users or more, and no other one takes any; never for the "
                            "endpoints of one user.", {"provider"});
  for (std::size_t i = 0; i < push::provider_count; ++i)
    outages.add(m.push_outages[i].read() != 0, {name_of(i)});
  to.now("carillon_pushes_waiting", m.pushes_waiting.read(),
         "Users and channels of slots led here of which a device is to be told; of one slot, and with those "
         "that are shown or held (a connection shows them, unless it turns out to be dead), at most push.outbox_max.");
  to.now("carillon_pushes_shown", m.pushes_shown.read(), "The same, told and not read yet.");
  to.total("carillon_pushes_decided_total", m.pushes_decided.read(), "Times that one of these began to wait.");
  to.total("carillon_pushes_collapsed_total", m.pushes_collapsed.read(),
           "Times that news joined one that waited already.");
  to.total("carillon_push_clears_total", m.push_clears.read(),
           "Times that what was shown was read elsewhere, and is taken away.");
  to.total("carillon_pushes_dropped_total", m.pushes_dropped.read(),
           "Of those that waited: gave way to newer ones, of the user with most, because push.outbox_max were there.");
  to.total("carillon_pushes_expired_total", m.pushes_expired.read(),
           "Of those that waited: given up after push.keep_hours.");
  to.total("carillon_push_tokens_dead_total", m.push_tokens_dead.read(),
           "Devices that are no more: the provider said so, somebody else registered them, or their session ended.");
  to.family("carillon_push_seconds", histogram,
            "Time from a message to the provider's word that it took the push of it.")
      .add(m.push_time.read(), times);
}

// ---- actors -----------------------------------------------------------------------------------

void add_actors(page& to, const host_services& host) {
  const host_metrics& m = *host.metrics;
  auto& handlers =
      to.family("carillon_handler_seconds", histogram,
                "Time of actors in their handlers, by kind of actor; estimated from one message in 16.",
                {"actor"});
  for (std::size_t kind = 0; kind < actor_kinds; ++kind)
    handlers.add(m.handled[kind].read(), handler_times,
                 {std::string(to_string(static_cast<actor_kind>(kind)))});
  auto& mailboxes = to.family("carillon_mailbox_messages", histogram,
                              "Messages that waited in an actor's mailbox behind the one at hand; "
                              "estimated from one message in 16.",
                              {"actor"});
  for (std::size_t kind = 0; kind < actor_kinds; ++kind)
    mailboxes.add(m.mailboxes[kind].read(), mailbox_lengths,
                  {std::string(to_string(static_cast<actor_kind>(kind)))});
  to.now("carillon_entities", m.entities.read(), "Channels and users that are awake on this host.");
  to.total("carillon_activations_total", m.activations.read(), "Channels and users woken.");
  to.total("carillon_passivations_total", m.passivations.read(),
           "Channels and users that went to rest or were stopped.");
}

// ---- disks and logs ---------------------------------------------------------------------------

void add_journal(page& to, const host_services& host, tick_time now) {
  static const storage::journal::sizes nothing;
  const storage::journal* journal = host.journal;
  const auto count = journal ? journal->count() : storage::journal::counters();
  const auto& sizes = journal ? journal->measured() : nothing;
  to.total("carillon_journal_batches_total", count.batches, "Batches written to the disk.");
  to.total("carillon_journal_fsyncs_total", count.syncs, "Of these, the ones that ended with an fsync.");
  to.total("carillon_journal_writes_total", count.writes, "Writes of slots, gathered into batches.");
  to.total("carillon_journal_entries_total", count.entries, "Log entries in them.");
  to.family("carillon_journal_write_seconds", histogram, "Time of a batch, its fsync included.")
      .add(sizes.write_time.read(), times);
  to.family("carillon_journal_batch_writes", histogram, "Writes of slots in one batch.")
      .add(sizes.batch_writes.read(), batch_sizes);
  to.family("carillon_journal_batch_bytes", histogram, "Bytes in one batch.")
      .add(sizes.batch_bytes.read(), batch_weights);
  to.now("carillon_journal_queue_bytes", journal ? journal->queued_bytes() : 0,
         "What waits to be written; above storage.journal_queue_max_mb new work is refused.");
  to.now("carillon_journal_stuck_seconds",
         journal ? std::chrono::duration<double>(journal->writing_for(now)).count() : 0.0,
         "How long the disk has been at the write at hand; 0 between writes.");
  to.now("carillon_journal_failed", journal && !journal->health(),
         "1 after a write failed: nothing is acknowledged until a restart.");
  to.now("carillon_store_memory_bytes", host.store ? host.store->memory_bytes() : 0,
         "Memory of the store: its tables in memory and its cache.");
}

void add_raft(page& to, const host_services& host) {
  const host_metrics& m = *host.metrics;
  std::int64_t held = 0, leads = 0, pulling = 0, term = 0, uncommitted = 0, unapplied = 0;
  std::int64_t behind = 0, unprojected = 0;
  for (const group_meter& each : m.groups) {
    held += each.held.read();
    leads += each.leads.read();
    pulling += each.pulling.read();
    term = std::max(term, each.term.read());
    uncommitted += each.uncommitted.read();
    unapplied += each.unapplied.read();
    behind = std::max(behind, each.behind.read());
    unprojected += each.unprojected.read();
  }
  to.now("carillon_raft_groups", held, "Raft groups of which this host has a replica: slots and meta.");
  to.now("carillon_raft_groups_led", leads, "Of these, the ones that it leads.");
  to.now("carillon_raft_groups_pulling", pulling,
         "Of these, the ones whose tables come from another host just now.");
  to.now("carillon_raft_term_max", term, "The highest term of a group here.");
  to.now("carillon_raft_uncommitted_entries", uncommitted,
         "Entries in the logs here that are not known to be committed.");
  to.now("carillon_raft_unapplied_entries", unapplied,
         "Committed entries that are not in the tables here.");
  to.now("carillon_raft_lag_entries_max", behind,
         "In the groups led here: entries that the replica furthest behind lacks.");
  to.now("carillon_unprojected_entries", unprojected,
         "In the groups led here: entries that the tables of users and the directory do not follow yet.");
  to.total("carillon_raft_elections_total", m.elections.read(), "Elections that a replica here began.");
  to.total("carillon_raft_leaderships_total", m.leaderships.read(), "Times that a replica here won.");
  to.total("carillon_raft_steps_down_total", m.steps_down.read(),
           "Times that a replica here led no more.");
  to.total("carillon_nominations_total", m.nominations.read(),
           "Groups for which this host was named the next leader, because the last one is gone.");
  to.total("carillon_leadership_transfers_total", m.transfers.read(),
           "Groups whose leadership this host was asked to hand over to the preferred host.");
  to.total("carillon_leaderships_handed_over_total", m.handed_over.read(),
           "Leaderships that this host handed over, as asked or because it stops, and that were taken.");
  to.total("carillon_replicas_added_total", m.replicas_added.read(),
           "Replicas that groups led here took in: of the meta group, on hosts that join.");
  to.total("carillon_tables_pulled_total", m.snapshots_pulled.read(),
           "Slots whose tables were pulled whole from another host.");
  to.total("carillon_chunks_pulled_total", m.chunks_pulled.read(), "Chunks of rows pulled for that.");
  to.total("carillon_records_repaired_total", m.records_repaired.read(),
           "Damaged records that made a replica pull its tables anew.");
}

// ---- the other hosts --------------------------------------------------------------------------

void add_link(page& to, const host_services& host) {
  const host_metrics& m = *host.metrics;
  const link_meter& link = m.link;
  auto& up = to.family("carillon_peer_up", gauge,
                       "1 while the other host is connected and heard.", {"peer"});
  for (const peer_meter& peer : m.peers)
    up.add(peer.up.read(), {peer.name});
  auto& queue = to.family("carillon_link_queue_bytes", gauge,
                          "What waits for the other host's window; above cluster.link_queue_mb the "
                          "link drops.",
                          {"peer"});
  for (const peer_meter& peer : m.peers)
    queue.add(peer.queued_bytes.read(), {peer.name});
  to.family("carillon_link_envelopes_total", counter, "Envelopes between hosts.", {"direction"})
      .add(link.envelopes_out.read(), {"out"})
      .add(link.envelopes_in.read(), {"in"});
  to.family("carillon_link_bytes_total", counter, "Bytes of what is in them.", {"direction"})
      .add(link.bytes_out.read(), {"out"})
      .add(link.bytes_in.read(), {"in"});
  to.family("carillon_link_drops_total", counter,
            "What was for another host and dropped because its queue was full. Raft sends again, hubs "
            "ask again, requests are refused.",
            {"kind"})
      .add(link.raft_dropped.read(), {"raft"})
      .add(link.events_dropped.read(), {"events"})
      .add(link.requests_refused.read(), {"requests"})
      .add(link.others_dropped.read(), {"others"});
  to.total("carillon_link_bad_items_total", link.bad_items.read(),
           "Frames and items of other hosts that make no sense.");
  to.total("carillon_link_stale_envelopes_total", link.stale_envelopes.read(),
           "Envelopes of a connection or process that is over.");
  to.total("carillon_link_hellos_refused_total", link.hellos_refused.read(),
           "Connections refused: another cluster, an older copy of a disk, a foreign host.");
  to.total("carillon_link_dials_failed_total", link.dials_failed.read(),
           "Connections to other hosts that failed.");
  to.total("carillon_link_leaders_affirmed_total", link.leaders_affirmed.read(),
           "Questions of leaders on other hosts, whether they still lead, that were answered without the replica.");
  to.now("carillon_link_questions_open", link.questions_open.read(),
         "Questions to other hosts that have no answer yet.");
}

// ---- the process ------------------------------------------------------------------------------

void add_process(page& to, const process_use& use) {
  auto& lines = to.family("carillon_log_lines_total", counter, "Lines in the log.", {"level"});
  lines.add(log_lines(log_level::warn), {"warn"}).add(log_lines(log_level::error), {"error"});
  to.total("process_cpu_seconds_total", use.cpu_seconds, "CPU time of the process.");
  to.now("process_resident_memory_bytes", use.resident_bytes, "Memory that it has in the machine.");
  to.now("process_virtual_memory_bytes", use.virtual_bytes, "Memory that it has mapped.");
  to.now("process_threads", use.threads, "Its threads.");
  to.now("process_open_fds", use.open_files, "Files and sockets that it has open.");
  to.now("process_max_fds", use.open_files_max, "How many it may have open.");
  to.now("process_start_time_seconds", use.started, "When it started, in seconds since 1970.");
}

}  // namespace

std::vector<metric_family> collect_metrics(const host_services& host, const metrics_sources& more) {
  page out;
  add_host(out, host, more);
  add_edge(out, host, more);
  add_gateways(out, *host.metrics);
  add_calls(out, host);
  add_door(out, host.door, more.now);
  add_posts(out, host);
  add_presence(out, host);
  add_inboxes(out, host);
  add_pushes(out, host);
  add_actors(out, host);
  add_journal(out, host, more.now);
  add_raft(out, host);
  add_link(out, host);
  add_process(out, more.process);
  return std::move(out.out);
}

}  // namespace carillon
