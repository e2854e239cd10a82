// settings::edge_settings with its units: what the sessions of an I/O thread go by. Read-only after
// start; any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "config/networks.hpp"
#include "config/settings.hpp"

namespace carillon::edge {

struct edge_limits {
  using milliseconds = std::chrono::milliseconds;

  explicit edge_limits(const settings::edge_settings& from)
      : header_timeout(from.header_timeout_ms), body_timeout(from.body_timeout_ms),
        keep_alive_timeout(from.keep_alive_timeout_ms), request_deadline(from.request_deadline_ms),
        poll_max(from.poll_max_ms),
        ping_interval(from.ping_interval_ms), ping_timeout(from.ping_timeout_ms),
        header_max_bytes(from.header_max_bytes), body_max_bytes(from.body_max_bytes),
        message_in_max_bytes(from.frame_in_max_bytes),
        outbound_max_bytes(from.outbound_queue_max_bytes),
        transient_max_bytes(from.transient_queue_max_bytes),
        outbound_total_max_bytes(std::size_t{from.outbound_total_max_mb} << 20),
        lagging_timeout(from.lagging_timeout_ms), connections_max(from.connections_max),
        trusted_proxies(parse_networks(from.trusted_proxies).value_or(std::vector<ip_network>())) {
  }

  milliseconds header_timeout;
  milliseconds body_timeout;
  milliseconds keep_alive_timeout;
  milliseconds request_deadline;
  milliseconds poll_max;  // longer than that, for who waits for news
  milliseconds ping_interval;
  milliseconds ping_timeout;  // also what a peer has to answer a close and to take our last words
  std::size_t header_max_bytes;
  std::size_t body_max_bytes;
  std::size_t message_in_max_bytes;
  std::size_t outbound_max_bytes;
  std::size_t transient_max_bytes;
  std::size_t outbound_total_max_bytes;  // of all connections together
  milliseconds lagging_timeout;          // for a client that is behind to come back
  std::uint32_t connections_max;
  std::vector<ip_network> trusted_proxies;  // the settings were checked when they were read
};

}  // namespace carillon::edge
