// What the actors of a host count; the edge, the journal and the link keep their own books. Any
// thread. Names and units outside: actors/inspect/metrics_page.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runtime/base/metrics.hpp"

namespace carillon {

enum class actor_kind : std::uint8_t {
  api,
  session,
  channel,
  user,
  slot,
  meta,
  hub,
  link,
  directory,
  reader,
  inspector,
};
inline constexpr std::size_t actor_kinds = 11;
std::string_view to_string(actor_kind kind);

// Of a post, in nanoseconds each.
enum class post_stage : std::uint8_t {
  ask,      // from the edge to the channel actor, through locator, link and mailboxes
  order,    // in the channel actor, until it is proposed
  commit,   // until a majority has it on disk
  answer,   // from the commit to the answer on its way to the socket, back across hosts
  deliver,  // from the commit to the frame handed to the I/O threads, on the leader's host
  whole,    // from the edge to the answer
};
inline constexpr std::size_t post_stages = 6;
std::string_view to_string(post_stage stage);

struct host_metrics {
  // By actor kind: time in handlers (nanoseconds), and how long messages lay in mailboxes before,
  // as far as samples tell.
  std::array<metric_histogram, actor_kinds> handled;
  std::array<metric_histogram, post_stages> post;

  metric_counter calls, calls_refused;        // Web API
  metric_counter posts_refused;
  metric_counter overloaded;                  // refused because something was full
  metric_counter activations, passivations;   // entities
  metric_gauge entities;                      // awake
  metric_counter elections, leaderships, steps_down;
  metric_counter snapshots_pulled, chunks_pulled, records_repaired;
  metric_counter retries;                     // asked again after not_owner or a lost answer
  metric_counter token_hits, token_misses;    // token cache
  metric_counter events_encoded, gaps_healed; // hub
  metric_counter presence_events, presence_dropped;

  metric_histogram& of(actor_kind kind) { return handled[static_cast<std::size_t>(kind)]; }
  metric_histogram& of(post_stage stage) { return post[static_cast<std::size_t>(stage)]; }
};

// For those who run without a host, as tests do.
inline host_metrics& unread_metrics() {
  static host_metrics nobodys;
  return nobodys;
}

}  // namespace carillon
