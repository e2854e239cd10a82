// Pictures in, text out: what an operator sees of a made-up cluster, recorded; and the colours, which
// only a terminal gets.
#include <doctest/doctest.h>

#include "tests/tools/inspect/pictures.hpp"
#include "tools/inspect/cluster_text.hpp"
#include "tools/inspect/entity_text.hpp"
#include "tools/inspect/ring_text.hpp"
#include "tools/inspect/top_text.hpp"
#include "tools/inspect/trace_text.hpp"

namespace carillon::inspect {

TEST_CASE("inspect: the cluster is its hosts, and a letter for each slot's leader") {
  CHECK(cluster_text(three_hosts(), {}) == R"(3 hosts, 8 slots, generation 17; asked b, the ring actor runs on a

HOST  ZONE  REGION  HOLDS  LEADS  WEBSOCKETS  HTTP  FREE  AWAKE  POSTS/S  DELIVERIES/S  CPU   MEMORY   FSYNC P99  UP   VERSION  STATE
a     z1    eu      8      3      9           3     99%   40     12.3     1234          0.26  98.7 MB  1.9 ms     5 h  0.1.0    serving
b     z2    eu      8      3      9           3     99%   40     12.3     1234          0.26  98.7 MB  1.9 ms     5 h  0.1.0    serving
c     z3    us      8      1      9           3     99%   40     12.3     1234          0.26  98.7 MB  1.9 ms     5 h  0.1.0    serving

slot   by leader
     0 AAABBbC!
       A = a  B = b  C = c  small: another one is preferred  ! = nobody serves it
)");
}

TEST_CASE("inspect: who is silent, unlinked, off the clock or behind is told") {
  auto picture = three_hosts();
  picture.mutable_hosts()->DeleteSubrange(2, 1);
  picture.mutable_states(6)->set_hearsay(true);  // a and b know that c leads it
  picture.mutable_states(6)->set_serves(false);
  picture.add_members()->set_store_id(13);
  picture.mutable_members(0)->set_name("c");
  picture.add_silent()->set_name("c");
  picture.mutable_silent(0)->set_why("it did not answer in time");
  auto& a = *picture.mutable_hosts(0);
  a.set_clock_offset(-4'200);
  a.add_links()->set_host("c");
  a.mutable_links(0)->set_trouble("connection refused");
  a.mutable_slots(3)->set_trouble("pulling tables");
  a.add_push_outages()->set_provider("webhook");
  a.mutable_push_outages(0)->set_since(noon - 180'000'000);
  auto& move = *picture.add_moves();
  move.set_slot(3);
  move.set_host("a");
  move.set_what("pulling tables");
  move.set_behind(120);
  CHECK(cluster_text(picture, {}) == R"(3 hosts, 8 slots, generation 17; asked b, the ring actor runs on a

HOST  ZONE  REGION  HOLDS  LEADS  WEBSOCKETS  HTTP  FREE  AWAKE  POSTS/S  DELIVERIES/S  CPU   MEMORY   FSYNC P99  UP   VERSION  STATE
a     z1    eu      8      3      9           3     99%   40     12.3     1234          0.26  98.7 MB  1.9 ms     5 h  0.1.0    serving
b     z2    eu      8      3      9           3     99%   40     12.3     1234          0.26  98.7 MB  1.9 ms     5 h  0.1.0    serving
c     -     -       -      -      -           -     -     -      -        -             -     -        -          -    -        SILENT: it did not answer in time

slot   by leader
     0 AAABBbC!
       A = a  B = b  C = c (silent; the others say that it leads)  small: another one is preferred  ! = nobody serves it

MOVES: SLOT  TO  AS              BEHIND
3            a   pulling tables  120

a: webhook takes no pushes since 2026-09-21 14:10:20 UTC, for 3 min: they wait
a: its clock is -4.2 ms from that of b
a: no link to c: connection refused
a: slot 3: pulling tables
)");
}

TEST_CASE("inspect: only a terminal gets colours, and the same letters") {
  const auto plain = ring_text(three_hosts(), {});
  auto coloured = ring_text(three_hosts(), {.colour = true, .width = 200});
  CHECK(plain.find('\x1b') == std::string::npos);
  CHECK(coloured.find("\x1b[30;46mA\x1b[0m") != std::string::npos);
  CHECK(coloured.find("\x1b[1;31m!\x1b[0m") != std::string::npos);
  for (std::size_t at; (at = coloured.find('\x1b')) != std::string::npos;)
    coloured.erase(at, coloured.find('m', at) - at + 1);
  CHECK(coloured == plain);
}

TEST_CASE("inspect: hosts whose names begin alike are told apart by other letters") {
  auto picture = three_hosts();
  for (int i = 0; i < 3; ++i)
    picture.mutable_hosts(i)->set_name("host" + std::to_string(i));
  CHECK(host_letters(picture) == std::vector{'A', 'B', 'C'});
  picture.mutable_hosts(0)->set_name("x");
  picture.mutable_hosts(1)->set_name("oslo");
  picture.mutable_hosts(2)->set_name("bergen");
  CHECK(host_letters(picture) == std::vector{'X', 'O', 'B'});
}

TEST_CASE("inspect: in a large ring a letter stands for several slots") {
  auto picture = three_hosts();
  picture.clear_states();
  for (std::uint32_t slot = 0; slot < 4'096; ++slot) {
    if (slot >= 8)
      picture.add_places();
    const bool middle = slot == 6;  // in the middle of a's, one that b leads
    auto& state = *picture.add_states();
    state.set_leader(middle ? "b" : "a");
    state.set_serves(true);
  }
  for (auto& place : *picture.mutable_places())
    place.clear_preferred_leader();
  const auto text = ring_text(picture, {});
  CHECK(text.starts_with("     0 A*AAAAAAAA"));
  CHECK(text.find("* = several (4 slots a letter)") != std::string::npos);
}

TEST_CASE("inspect: a channel is where it lives, how far it is, who wants it, how busy it is") {
  CHECK(entity_text(a_channel(), noon, {}) == R"(channel/C000000000001
  lives on   b, slot 5, awake since 2026-09-21 14:10:15 (3 min)
  term       5
  channel    #general, team T000000000001
  last seq   42, ts 1789999997.500000 (2.5 s ago)
  members    2: U000000000001 U000000000002
  wanted by  a c
  load       3.4 messages/s, 0 waiting in its mailbox (this question waited 0.04 ms), 1 request and 2 proposals on their way, about 8.2 KB

SEQ  TS                 USER           TEXT
42   1789999997.500000  U000000000001
texts are private; --show-text shows them
)");
}

TEST_CASE("inspect: a channel that sleeps is not woken, and says so") {
  auto picture = a_channel();
  picture.set_awake(false);
  picture.mutable_channel()->clear_tail();
  picture.mutable_channel()->clear_interested_hosts();
  CHECK(entity_text(picture, noon, {}) == R"(channel/C000000000001
  lives on   b, slot 5, asleep (asking does not wake it)
  term       5
  channel    #general, team T000000000001
  last seq   42, ts 1789999997.500000 (2.5 s ago)
  members    2: U000000000001 U000000000002
  wanted by  nobody who is connected
)");
}

TEST_CASE("inspect: a user's devices, a hub, a connection that lags, a leader's book") {
  wire::entity_pictures all;
  auto& user = *all.add_entities();
  user.set_name("user/U000000000001");
  user.set_host("a");
  user.set_slot(2);
  user.set_awake(true);
  user.set_since(noon - 60'000'000);
  user.mutable_user()->set_presence("active");
  user.mutable_user()->set_channel_count(3);
  for (std::uint64_t connection : {7, 9}) {
    auto& device = *user.mutable_user()->add_devices();
    device.set_host("c");
    device.set_connection(connection);
    device.set_heard(noon - 1'000'000 * connection);
  }
  user.mutable_user()->add_push_devices()->set_device("phone");
  user.mutable_user()->mutable_push_devices(0)->set_provider("webhook");
  user.mutable_user()->mutable_push_devices(0)->set_since(noon - 86'400'000'000 * 3);
  auto& hub = *all.add_entities();
  hub.set_name("hub/c");
  hub.set_host("c");
  hub.mutable_hub()->set_sessions(500);
  hub.mutable_hub()->set_topics(40);
  hub.mutable_hub()->set_subscriptions(2'000);
  hub.mutable_hub()->set_channels_wanted(38);
  hub.mutable_hub()->set_questions_open(1);
  hub.mutable_hub()->set_gaps_healed(1);
  hub.mutable_hub()->set_events_encoded(12'345);
  auto& session = *all.add_entities();
  session.set_name("session/c:7");
  session.set_host("c");
  session.set_since(noon - 7'200'000'000);
  auto& details = *session.mutable_session();
  details.set_user("U000000000001");
  details.set_team("T000000000001");
  details.set_remote("10.0.0.7:51512");
  details.set_since(noon - 7'200'000'000);
  details.set_heard_ago(3'400'000);
  details.set_queued_frames(812);
  details.set_queued_bytes(262'144);
  details.set_queued_for(4'100'000);
  details.set_frames_sent(90'210);
  details.set_transient_dropped(77);
  details.set_topics(5);
  details.set_lagging(true);
  details.set_why("the client does not read: its machine answers, and has no room for more");
  details.set_unacknowledged_bytes(90'000);
  details.set_unsent_bytes(88'552);
  details.set_segments_unacknowledged(1);
  details.set_window_bytes(0);
  details.set_round_trip(2'100);
  details.set_sent_ago(4'000'000);
  details.set_acknowledged_ago(600'000);
  auto& replica = *all.add_entities();
  replica.set_name("slot/5");
  replica.set_host("b");
  replica.set_slot(5);
  auto& slot = *replica.mutable_slot_replica();
  slot.set_slot(5);
  slot.set_role("leader");
  slot.set_serves(true);
  slot.set_leads_since(noon - 600'000'000);
  slot.set_term(5);
  slot.set_first_index(101);
  slot.set_last_index(1'240);
  slot.set_commit(1'238);
  slot.set_applied(1'238);
  slot.set_projected(1'200);
  for (const char* host : {"a", "c"}) {
    auto& each = *slot.add_replicas();
    each.set_host(host);
    each.set_voter(true);
    each.set_state("replicating");
    each.set_match(host[0] == 'a' ? 1'240 : 1'100);
  }
  slot.set_entities(12);
  slot.set_channels_wanted(9);
  slot.set_hubs(3);
  CHECK(entities_text(all, noon, {}) == R"(user/U000000000001
  lives on  a, slot 2, awake since 2026-09-21 14:12:20 (60.0 s)
  presence  active
  channels  3
  devices   session/c:7, heard 7.0 s ago
            session/c:9, heard 9.0 s ago
  pushes    phone by webhook, registered 3 d ago
  load      0 messages/s, 0 waiting in its mailbox, 0 requests and 0 proposals on their way

hub/c
  lives on         c
  connections      500
  subscriptions    2000 to 40 topics
  channels wanted  38, 1 not confirmed yet
  so far           12345 events encoded, 1 gap healed
  load             0 messages/s, 0 waiting in its mailbox, 0 requests and 0 proposals on their way

session/c:7
  lives on              c, since 2026-09-21 12:13:20 (2 h)
  user                  U000000000001, team T000000000001
  from                  10.0.0.7:51512, since 2026-09-21 12:13:20 (2 h)
  heard                 3.4 s ago
  sent                  90210 frames; subscribed to 5 topics
  waits for the client  812 frames, 262.1 KB, the oldest for 4.1 s
  SLOW BECAUSE          the client does not read: its machine answers, and has no room for more
  with the kernel       90.0 KB not acknowledged (1 segment), 88.6 KB of it not sent; room for 0 B at the client
  network               round trip 2.1 ms, 0 segments sent again; wrote 4.0 s ago, acknowledged 600 ms ago
  dropped               77 of typing and presence
  LAGGING               its kernel takes no more; when too much waits, events are left to the log and read back later

slot/5
  lives on  b, slot 5
  role      leader, serves since 2026-09-21 14:03:20 (10 min), term 5
  log       101..1240, committed 1238, applied 1238, projected 1200
    a       voter, replicating, has everything
    c       voter, replicating, 140 entries behind
  holds     12 entities awake; 9 channels wanted by 3 hubs
  posts     0/s
  load      0 messages/s, 0 waiting in its mailbox, 0 requests and 0 proposals on their way
)");
  CHECK(entities_text({}, noon, {}) == "no connection, and none that these hosts remember\n");
}

TEST_CASE("inspect: a device that was never heard is not said to be silent since 1970") {
  wire::entity_picture picture;
  picture.set_name("user/U000000000001");
  picture.set_host("a");
  auto& device = *picture.mutable_user()->add_devices();
  device.set_host("b");
  device.set_connection(288);
  CHECK(entity_text(picture, noon, {}) == R"(user/U000000000001
  lives on  a, slot 0, asleep (asking does not wake it)
  channels  0
  devices   session/b:288
)");
}

TEST_CASE("inspect: a connection that takes a burst a moment later is not called slow") {
  wire::entity_picture picture;
  picture.set_name("session/c:7");
  picture.mutable_session()->set_lagging(true);
  CHECK(entity_text(picture, noon, {}).find("LAGGING") == std::string::npos);
}

TEST_CASE("inspect: a client that fell behind is shown while it is read back to, and remembered after") {
  wire::entity_picture picture;
  picture.set_name("session/c:7");
  auto& session = *picture.mutable_session();
  session.set_behind(true);
  session.set_behind_for(12'400'000);
  session.set_behind_channels(3);
  session.set_reading_from(4'711);
  session.set_spells(1);
  session.set_events_skipped(9'000);
  session.set_events_read_back(512);
  std::string text = entity_text(picture, noon, {});
  CHECK(text.find("in 3 channels for 12.4 s; what it missed is read to it from the log as it takes it, in one "
                  "of them from seq 4711 on; out of time it is closed (4008)") != std::string::npos);
  CHECK(text.find("1 time since it opened: 9000 events found no room, 512 read back so far\n") !=
        std::string::npos);
  session.set_behind(false);
  session.set_events_read_back(9'000);
  session.set_last_spell_ago(40'000'000);
  session.set_last_spell_took(13'000'000);
  text = entity_text(picture, noon, {});
  CHECK(text.find("BEHIND") == std::string::npos);
  CHECK(text.find("9000 read back so far; the last time for 13.0 s, until 40.0 s ago\n") !=
        std::string::npos);
}

TEST_CASE("inspect: an entity is led by one host and copied to others, which may be behind") {
  auto picture = a_channel();
  for (const char* host : {"a", "c"}) {
    auto& copy = *picture.add_copies();
    copy.set_host(host);
    copy.set_voter(true);
    copy.set_state("replicating");
  }
  CHECK(entity_text(picture, noon, {}).starts_with(R"(channel/C000000000001
  led by     b, slot 5, awake since 2026-09-21 14:10:15 (3 min)
  copies on  a, c
)"));
  picture.mutable_copies(0)->set_behind(1);
  picture.mutable_copies(1)->set_behind(140);
  picture.mutable_copies(1)->set_state("probing");
  picture.mutable_copies(1)->set_voter(false);
  CHECK(entity_text(picture, noon, {}).find(
            "copies on  a (1 entry behind), c (has no vote yet, probing, 140 entries behind)\n") !=
        std::string::npos);
}

TEST_CASE("inspect: who has no connection is told where was looked and how the last ones ended") {
  wire::entity_pictures none;
  for (const char* host : {"a", "b", "c"})
    none.add_looked_on(host);
  CHECK(entities_text(none, noon, {}) ==
        "no connection on a, b, c, and none that these hosts remember\n");
  auto& last = *none.add_ended();
  last.set_host("a");
  last.set_connection(57);
  last.set_user("U000000000001");
  last.set_team("T000000000001");
  last.set_remote("10.0.0.7:51512");
  last.set_at(noon - 95'000'000);
  last.set_lived(20'100'000);
  last.set_code(4008);
  last.set_by("host");
  last.set_why("it read too slowly");
  last.set_queued_frames(812);
  last.set_queued_bytes(4'000'000);
  const std::string line =
      "session/a:57 closed 14:11:45 (95.0 s ago) with 4008, it read too slowly, after 20.1 s; "
      "812 messages, 4.0 MB, waited for it\n";
  CHECK(entities_text(none, noon, {}) == "no connection on a, b, c; the last: " + line);
  auto& first = *none.add_ended();
  first.set_host("b");
  first.set_connection(9);
  first.set_at(noon - 3 * 86'400'000'000);
  first.set_lived(7'200'000'000);
  first.set_code(1001);
  first.set_why("the client closed it");
  none.add_silent("d");
  CHECK(entities_text(none, noon, {}) ==
        "no connection on a, b, c; the last: " + line + R"(before it
  session/b:9 closed 2026-09-18 14:13:20 (3 d ago) with 1001, the client closed it, after 2 h
not asked, because silent: d
)");

  auto& open = *none.add_entities();
  open.set_name("session/c:1");
  open.set_host("c");
  open.mutable_session()->set_user("U000000000001");
  CHECK(entities_text(none, noon, {}).find("\nended before\n  " + line) != std::string::npos);

  wire::entity_picture user;
  user.set_name("user/U000000000001");
  *user.mutable_user()->add_ended() = last;
  CHECK(entity_text(user, noon, {}).find("  devices   none is connected; the last: " + line) !=
        std::string::npos);

  wire::entity_picture gone;
  gone.set_name("session/a:57");
  gone.set_host("a");
  *gone.mutable_ended() = last;
  CHECK(entity_text(gone, noon, {}) == R"(session/a:57
  lived on       a
  CLOSED         2026-09-21 14:11:45 (95.0 s ago), after 20.1 s
  because        it read too slowly, code 4008, ended by the host
  user           U000000000001, team T000000000001
  from           10.0.0.7:51512
  waited for it  812 messages, 4.0 MB
)");
}

TEST_CASE("inspect: top is what is hottest, longest, slowest and biggest, and says where nothing is") {
  wire::top_picture picture;
  auto& hot = *picture.add_channels();
  hot.set_name("channel/C000000000001");
  hot.set_host("b");
  hot.set_value(812.4);
  auto& actor = *picture.add_actors();
  actor.set_kind("slot");
  actor.set_host("b");
  actor.set_handled(120'345);
  actor.set_busy_cores(0.412);
  actor.set_p50_ns(8'400);
  actor.set_p99_ns(220'000);
  actor.set_longest_ns(41'000'000);
  for (std::uint64_t count : {0, 10, 400, 90, 0, 2, 0})
    actor.add_histogram(count);
  auto& slow = *picture.add_connections();
  slow.set_host("c");
  slow.set_connection(7);
  slow.set_user("U000000000002");
  slow.set_remote("10.0.0.9:4711");
  slow.set_queued_for(12'000'000);
  slow.set_queued_bytes(1'048'576);
  slow.set_queued_frames(4'000);
  slow.set_lagging(true);
  slow.set_why("the client does not read");
  auto& brief = *picture.add_connections();  // a burst on its way
  brief.set_host("c");
  brief.set_connection(8);
  brief.set_queued_frames(3);
  brief.set_lagging(true);
  CHECK(top_text(picture, {}) == R"(HOTTEST CHANNELS
CHANNEL                HOST  POSTS/S
channel/C000000000001  b     812

LONGEST MAILBOXES
all are empty

BUSIEST ACTORS, BY TIME IN THEIR HANDLERS
KIND  HOST  CORES  HANDLED  P50     P99       LONGEST  TIMES
slot  b     0.412  120345   8.4 µs  220.0 µs  41 ms    ▁█▂ ▁

SLOWEST CONNECTIONS
CONNECTION   USER           FROM           OLDEST WAITS  QUEUED  FRAMES  DROPPED  HEARD        STATE
session/c:7  U000000000002  10.0.0.9:4711  12.0 s        1.0 MB  4000    0        0.00 ms ago  LAGGING

BIGGEST QUEUES
all are empty
)");
}

TEST_CASE("inspect: a trace is a line per step, a column per host, and the longest wait explained") {
  CHECK(trace_text(a_slow_disk(), {}) == R"(trace 4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b, channel/C000000000001 seq 42
STEP         ON a    ON b     ON c     WAITED
received    0.000                              POST chat.postMessage
asked       0.310                      0.310
arrived             0.505              0.195
admitted            0.530              0.025
proposed            0.561              0.031   seq 42
appended    0.790                      0.229
fsynced            38.900             38.339   <== the longest wait
fsynced    38.990                     38.200
committed          39.120              0.130
answered   39.310                      0.190
replied    39.360                      0.050
at_hub     39.500                      0.380
written    39.700                      0.200
applied                    140.000  (100.880)
the poster had its answer after 39.360 ms; the last host's first subscriber had the message after 39.700 ms
longest: 38.339 ms for the fsync of b (the majority was b and a)
also: 100.9 ms for c to write its tables, which kept nobody waiting
clocks that were set right: b is 900000.310 ms ahead (exact to 0.120 ms)
clocks that may be off: c (exact to 20.000 ms)
)");
  wire::trace_picture nothing;
  CHECK(trace_text(nothing, {}).find("no host knows of it") != std::string::npos);
  auto coloured = trace_text(a_slow_disk(), {.colour = true, .width = 80});
  CHECK(coloured.find("\x1b[1;31mfsynced            38.900") != std::string::npos);
}

TEST_CASE("inspect: what others wrote cannot move a terminal's cursor") {
  auto picture = a_channel();
  picture.mutable_channel()->mutable_tail(0)->set_text("one\n\x1b[2Jtwo");
  const auto text = entity_text(picture, noon, {});
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("one··[2Jtwo") != std::string::npos);
}

TEST_CASE("inspect: durations, sizes and rates are as short as they may be") {
  CHECK(duration_text(0) == "0.00 ms");
  CHECK(duration_text(850) == "0.85 ms");
  CHECK(duration_text(3'449) == "3.4 ms");
  CHECK(duration_text(38'110) == "38 ms");
  CHECK(duration_text(1'234'000) == "1.2 s");
  CHECK(duration_text(99'900'000) == "99.9 s");
  CHECK(duration_text(600'000'000) == "10 min");
  CHECK(duration_text(5 * 3'600'000'000ull) == "5 h");
  CHECK(duration_text(72 * 3'600'000'000ull) == "3 d");
  CHECK(bytes_text(999) == "999 B");
  CHECK(bytes_text(1'000) == "1.0 KB");
  CHECK(bytes_text(2'040'000'000) == "2.0 GB");
  CHECK(rate_text(0) == "0");
  CHECK(rate_text(0.44) == "0.4");
  CHECK(rate_text(1'234.5) == "1234");
}

}  // namespace carillon::inspect
