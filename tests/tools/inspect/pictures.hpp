// A made-up cluster of three hosts, as hosts would tell it.
#pragma once

#include "runtime/wire/inspect.pb.h"

namespace carillon::inspect {

inline constexpr std::uint64_t noon = 1'790'000'000'000'000;  // microseconds

inline void add_host(wire::cluster_picture& to, const char* name, const char* zone, std::uint64_t disk) {
  auto& host = *to.add_hosts();
  host.set_name(name);
  host.set_zone(zone);
  host.set_region(disk == 13 ? "us" : "eu");
  host.set_store_id(disk);
  host.set_version("0.1.0");
  host.set_state("serving");
  host.set_started(noon - 3'600'000'000ull * 5);
  host.set_now(noon);
  host.set_slots_held(8);
  host.set_connections(12);
  host.set_connections_max(1'200);
  host.set_websockets(9);
  host.set_entities(40);
  host.mutable_per_second()->set_posts(12.34);
  host.mutable_per_second()->set_deliveries(1'234.5);
  host.set_memory_bytes(98'700'000);
  host.set_cpu_cores(0.256);
  host.mutable_journal()->set_fsync_p99(1'850);
}

// Eight slots; a leads 0 to 2, b 3 to 5 (5 though c is preferred), c 6; nobody serves 7.
inline wire::cluster_picture three_hosts() {
  wire::cluster_picture out;
  out.set_asked("b");
  out.set_generation(17);
  out.set_meta_leader("a");
  add_host(out, "a", "z1", 11);
  add_host(out, "b", "z2", 12);
  add_host(out, "c", "z3", 13);
  const int leaders[] = {0, 0, 0, 1, 1, 1, 2, -1};
  const std::uint64_t wished[] = {11, 11, 11, 12, 12, 13, 13, 13};
  for (int slot = 0; slot < 8; ++slot) {
    auto& place = *out.add_places();
    place.set_preferred_leader(wished[slot]);
    for (int host = 0; host < 3; ++host) {
      auto& replica = *out.mutable_hosts(host)->add_slots();
      replica.set_slot(static_cast<std::uint32_t>(slot));
      replica.set_host(out.hosts(host).name());
      replica.set_role(host == leaders[slot] ? "leader" : "follower");
      replica.set_serves(host == leaders[slot]);
      replica.set_term(5);
    }
    auto& state = *out.add_states();
    if (leaders[slot] >= 0) {
      auto& leader = *out.mutable_hosts(leaders[slot]);
      leader.set_slots_led(leader.slots_led() + 1);
      state.set_leader(leader.name());
      state.set_term(5);
      state.set_serves(true);
    }
  }
  return out;
}

inline wire::entity_picture a_channel() {
  wire::entity_picture out;
  out.set_name("channel/C000000000001");
  out.set_host("b");
  out.set_slot(5);
  out.set_awake(true);
  out.set_since(noon - 185'000'000);
  out.set_term(5);
  out.set_mailbox_wait(40);
  out.set_requests_open(1);
  out.set_proposals(2);
  out.set_messages_per_second(3.42);
  out.set_memory_bytes(8'200);
  auto& channel = *out.mutable_channel();
  channel.mutable_facts()->set_name("general");
  channel.mutable_facts()->set_team_id("T000000000001");
  channel.mutable_facts()->set_kind(wire::CHANNEL_PUBLIC);
  channel.set_last_seq(42);
  channel.set_last_ts(noon - 2'500'000);
  channel.set_member_count(2);
  channel.add_members("U000000000001");
  channel.add_members("U000000000002");
  channel.add_interested_hosts("a");
  channel.add_interested_hosts("c");
  auto& message = *channel.add_tail();
  message.set_seq(42);
  message.set_ts(noon - 2'500'000);
  message.set_user("U000000000001");
  return out;
}

// `after`: microseconds since the first step; `from`: the place of the step that it followed from.
inline void add_step(wire::trace_picture& to, const char* step, const char* host, std::uint64_t after,
                     int from, const char* detail = "") {
  auto& out = *to.add_steps();
  out.set_step(step);
  out.set_host(host);
  out.set_at(noon + after);
  out.set_detail(detail);
  out.set_awaited(std::string(step) != "applied");
  if (from >= 0) {
    out.set_after(static_cast<std::uint32_t>(from) + 1);
    out.set_waited(out.at() - to.steps(from).at());
  }
}

// Posted at a, led by b, whose disk takes 38 ms; c's tables follow late, which delays nobody.
inline wire::trace_picture a_slow_disk() {
  wire::trace_picture out;
  out.set_trace(std::string(16, '\x4b'));
  out.set_channel("C000000000001");
  out.set_seq(42);
  add_step(out, "received", "a", 0, -1, "POST chat.postMessage");
  add_step(out, "asked", "a", 310, 0);
  add_step(out, "arrived", "b", 505, 1);
  add_step(out, "admitted", "b", 530, 2);
  add_step(out, "proposed", "b", 561, 3, "seq 42");
  add_step(out, "appended", "a", 790, 4);
  add_step(out, "fsynced", "b", 38'900, 4);
  add_step(out, "fsynced", "a", 38'990, 5);
  add_step(out, "committed", "b", 39'120, 7);
  add_step(out, "answered", "a", 39'310, 8);
  add_step(out, "replied", "a", 39'360, 9);
  add_step(out, "at_hub", "a", 39'500, 8);
  add_step(out, "written", "a", 39'700, 11);
  add_step(out, "applied", "c", 140'000, 8);
  out.set_until_replied(39'360);
  out.set_until_written(39'700);
  out.mutable_longest()->set_step(6);
  out.mutable_longest()->set_time(38'339);
  out.mutable_longest()->set_words("the fsync of b (the majority was b and a)");
  out.add_notes("100.9 ms for c to write its tables, which kept nobody waiting");
  for (const char* host : {"a", "b", "c"}) {
    auto& clock = *out.add_clocks();
    clock.set_host(host);
    clock.set_offset(host[0] == 'b' ? 900'000'310 : 0);
    clock.set_exact_to(host[0] == 'b' ? 120 : host[0] == 'c' ? 20'000 : 0);
  }
  return out;
}

}  // namespace carillon::inspect
