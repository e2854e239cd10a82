// A client that reads too slowly, on a real socket: what it missed of a log is asked for and comes
// once and in order; who never reads on is closed when its time is over; what all queues hold together
// is bounded.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/edge/pressure.hpp"
#include "tests/runtime/edge/logged_site.hpp"

using namespace carillon;
using namespace carillon::testing;
using edge::make_late_frame;
using edge::make_page_end;
using edge::make_text_frame;

namespace {

std::uint64_t seq_in(const ws_frame& frame) {
  REQUIRE(frame.opcode == 1);
  return std::stoull(frame.payload);
}

}  // namespace

TEST_CASE("behind: a client that stops reading and reads on gets every event once, in order") {
  logged_site site(tight_limits());
  raw_client client = open_websocket(site.port, "/slow");
  const auto slow = site.subscribed(client, "/slow");
  site.overwhelm(1);
  for (int i = 0; i < 300; ++i)
    site.post(i % 7 == 0 ? slow : 0);  // some are its own: it has its answers for them
  const std::uint64_t own_from = site.newest - 299;
  CHECK(site.server.counters().behind == 1);
  CHECK(site.server.counters().waiting_bytes <= small_queue);
  CHECK(site.questions() == 0);  // nothing is read for a client that takes nothing

  std::atomic<bool> done{false};
  std::thread log([&] {
    while (!done)
      site.answer();
  });
  std::uint64_t seen = 0;
  bool told = false;
  while (seen < site.newest) {
    const ws_frame frame = client.receive_frame();
    if (frame.payload.starts_with("behind from ")) {
      CHECK_FALSE(told);
      CHECK(frame.payload == "behind from " + std::to_string(seen + 1));
      told = true;
      continue;
    }
    ++seen;
    while (seen >= own_from && (seen - own_from) % 7 == 0)
      ++seen;
    REQUIRE(seq_in(frame) == seen);
  }
  CHECK(told);
  REQUIRE(eventually([&] { return site.server.counters().behind == 0; }));
  done = true;
  log.join();
  const auto counted = site.server.counters();
  CHECK(counted.fell_behind == 1);
  CHECK(counted.caught_up == 1);
  CHECK(counted.events_skipped > 200);
  CHECK(counted.events_read_back > 200);
  CHECK(counted.slow_closes == 0);

  site.post();
  CHECK(seq_in(client.receive_frame()) == site.newest);

  std::vector<edge::connection_picture> seen_by_operators;
  std::atomic<bool> looked{false};
  site.server.look({slow}, 1, [&](std::vector<edge::connection_picture> all) {
    seen_by_operators = std::move(all);
    looked = true;
  });
  REQUIRE(eventually([&] { return looked.load(); }));
  REQUIRE(seen_by_operators.size() == 1);
  CHECK_FALSE(seen_by_operators[0].behind);
  CHECK(seen_by_operators[0].spells == 1);
  CHECK(seen_by_operators[0].last_spell_took.count() > 0);
  CHECK(seen_by_operators[0].events_read_back == counted.events_read_back);
}

// Its kernel and ours hold more than it reads until the ping's time is over. In one such time it reads
// two segments of the loopback (64 KB each), in which a kernel tells of room, and asks for it at times.
TEST_CASE("behind: a silent client that reads on slowly is not taken for frozen, one that stops reading is") {
  settings::edge_settings limits = tight_limits();
  limits.ping_interval_ms = 200;
  limits.ping_timeout_ms = 4'000;
  logged_site site(limits);
  raw_client client = open_websocket(site.port, "/slow");
  const auto slow = site.subscribed(client, "/slow");
  site.overwhelm(1);
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(6'000);
  auto next = std::chrono::steady_clock::now();
  while (next < until) {
    CHECK(seq_in(client.receive_frame()) > 0);
    next += std::chrono::milliseconds(250);  // far from all that is queued
    REQUIRE(eventually(
        [&] { return std::chrono::steady_clock::now() >= next || site.gateway.was_closed(slow); }));
    REQUIRE_FALSE(site.gateway.was_closed(slow));
  }
  CHECK(site.gateway.close_code(slow) == edge::close_code::ping_timeout);
}

TEST_CASE("behind: one that never reads on is closed with 4008 when its time is over, and others are not") {
  settings::edge_settings limits = tight_limits();
  limits.lagging_timeout_ms = 300;
  limits.ping_timeout_ms = 200;  // for its answer to the close
  logged_site site(limits);
  raw_client quick = open_websocket(site.port, "/quick");
  raw_client client = open_websocket(site.port, "/slow");
  const auto slow = site.subscribed(client, "/slow");
  std::atomic<std::uint64_t> read{0};
  site.server.subscribe(site.gateway.connection("/quick"), lobby);
  std::atomic<bool> done{false};
  std::thread reader([&] {
    try {
      while (!done)
        read = seq_in(quick.receive_frame());
    } catch (const client_error&) {
    }
  });
  for (std::uint64_t i = 0; site.server.counters().behind == 0; ++i) {
    site.post();
    REQUIRE(eventually([&] { return read == site.newest; }));
  }
  CHECK(site.gateway.close_code(slow) == edge::close_code::slow_consumer);
  CHECK(site.server.counters().behind == 0);
  CHECK(site.server.counters().behind_timeouts == 1);
  CHECK(site.server.counters().slow_closes == 1);
  CHECK(site.gateway.ended(slow).reason.find("behind") != std::string::npos);
  done = true;
  site.post();
  reader.join();
  CHECK(read == site.newest);
}

TEST_CASE("behind: who leaves the topic meanwhile is behind no more, and gets nothing of it") {
  logged_site site(tight_limits());
  raw_client client = open_websocket(site.port, "/slow");
  const auto slow = site.subscribed(client, "/slow");
  site.overwhelm(1);
  site.server.unsubscribe(slow, lobby);
  site.server.send(slow, make_late_frame(text_of(1), {lobby, 1}));
  site.server.send(slow, make_page_end({lobby, site.newest}, true));
  CHECK(eventually([&] { return site.server.counters().behind == 0; }));
  site.server.send(slow, make_text_frame("last"));
  std::uint64_t seen = 0;
  for (ws_frame frame = client.receive_frame(); frame.payload != "last"; frame = client.receive_frame())
    REQUIRE(seq_in(frame) == ++seen);
  CHECK(seen < site.newest);
}

TEST_CASE("behind: what is no event of a log is queued a little past the limit, then the client is closed") {
  logged_site site(tight_limits());
  raw_client client = open_websocket(site.port, "/slow");
  const auto slow = site.subscribed(client, "/slow");
  site.overwhelm(1);
  const auto before = site.server.counters().deliveries;
  site.server.send(slow, make_text_frame("answer"));
  REQUIRE(eventually([&] { return site.server.counters().deliveries == before + 1; }));
  for (int i = 0; i < 100; ++i)
    site.server.send(slow, make_text_frame(std::string(10'000, 'a')));
  CHECK(site.gateway.close_code(slow) == edge::close_code::slow_consumer);
  CHECK(site.server.counters().behind == 0);
  CHECK(site.server.counters().behind_timeouts == 0);
  CHECK(site.gateway.ended(slow).queued_bytes <= small_queue + 65'536);
}

TEST_CASE("behind: when all queues are full together, a transient event is dropped and closes nobody") {
  settings::edge_settings limits = patient_limits();
  limits.outbound_total_max_mb = 1;
  logged_site site(limits);
  raw_client client = open_websocket(site.port, "/slow");
  const auto slow = site.subscribed(client, "/slow");
  for (std::uint64_t sent = 0; site.server.counters().waiting_bytes < 150'000;) {
    site.server.send(slow, make_text_frame(std::string(10'000, 'a')));
    ++sent;
    REQUIRE(eventually([&] { return site.server.counters().deliveries == sent; }));
  }
  edge::process_pressure().outbound_share = 1;  // of the megabyte, less than waits
  site.server.send(slow, make_text_frame("typing"), edge::send_class::transient);
  CHECK(eventually([&] { return site.server.counters().transient_dropped == 1; }));
  CHECK(site.server.counters().slow_closes == 0);
  edge::process_pressure().outbound_share = 100;
}

TEST_CASE("behind: many slow readers together stay within what all queues may hold") {
  settings::edge_settings limits = patient_limits();
  limits.outbound_queue_max_bytes = 4u << 20;
  limits.outbound_total_max_mb = 4;
  logged_site site(limits);
  std::vector<raw_client> clients;
  for (int i = 0; i < 20; ++i) {
    const std::string path = "/" + std::to_string(i);
    clients.push_back(open_websocket(site.port, path));
    site.subscribed(clients.back(), path);
  }
  std::uint64_t most = 0;
  for (int i = 0; i < 2'000; ++i) {
    site.post();
    const auto counted = site.server.counters();
    most = std::max(most, counted.waiting_bytes);
    REQUIRE(eventually([&] {
      const auto now = site.server.counters();
      return now.deliveries + now.events_skipped == site.newest * clients.size();
    }));
  }
  CHECK(site.server.counters().behind == clients.size());
  CHECK(most > 2u << 20);
  CHECK(most <= (4u << 20) + 20 * text_bytes + 65'536);
  CHECK(site.server.counters().slow_closes == 0);
}
