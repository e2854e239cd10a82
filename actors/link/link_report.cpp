#include "actors/link/link_report.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace carillon {

void measure_link(const cluster::link_state& link, std::uint64_t bad_items, host_metrics& metrics, tick_time now) {
  const cluster::link_counters& count = link.count();
  link_meter& into = metrics.link;
  auto say = [](metric_gauge& gauge, std::uint64_t value) {
    gauge.set(static_cast<std::int64_t>(value));
  };
  say(into.envelopes_out, count.envelopes_out);
  say(into.envelopes_in, count.envelopes_in);
  say(into.bytes_out, count.bytes_out);
  say(into.bytes_in, count.bytes_in);
  say(into.raft_dropped, count.raft_dropped);
  say(into.events_dropped, count.events_dropped);
  say(into.others_dropped, count.others_dropped);
  say(into.requests_refused, count.requests_refused);
  say(into.bad_items, count.bad_frames + bad_items);
  say(into.hellos_refused, count.hellos_refused);
  say(into.stale_envelopes, count.stale_envelopes);
  say(into.dials_failed, count.dials_failed);
  say(into.questions_open, link.questions_open());
  for (const cluster::peer_picture& each : link.peers_now(now))
    for (peer_meter& peer : metrics.peers)
      if (peer.name == each.name) {
        peer.up.set(each.up);
        say(peer.queued_bytes, each.queued_bytes);
      }
}

std::string words_of_link(const cluster::link_state& link, std::uint64_t bad_items) {
  const cluster::link_counters& count = link.count();
  return link.describe() +
         fmt::format("envelopes out={} in={} bytes out={} in={} dropped raft={} events={} "
                     "others={} refused requests={} hellos={} bad frames={} items={} stale={} "
                     "failed dials={}\n",
                     count.envelopes_out, count.envelopes_in, count.bytes_out, count.bytes_in,
                     count.raft_dropped, count.events_dropped, count.others_dropped,
                     count.requests_refused, count.hellos_refused, count.bad_frames, bad_items,
                     count.stale_envelopes, count.dials_failed);
}

wire::host_picture picture_of_link(const cluster::link_state& link, tick_time now) {
  wire::host_picture out;
  for (const cluster::peer_picture& each : link.peers_now(now)) {
    wire::link_picture& to = *out.add_links();
    to.set_host(each.name);
    to.set_up(each.up);
    to.set_heard_ago(static_cast<std::uint64_t>(std::max<std::int64_t>(0, each.heard_ago.count())));
    to.set_queued_bytes(each.queued_bytes);
    to.set_unacknowledged_bytes(each.unacknowledged_bytes);
    to.set_bytes_sent(each.bytes_sent);
    to.set_bytes_received(each.bytes_received);
    to.set_items_dropped(each.items_dropped);
    to.set_trouble(each.trouble);
  }
  return out;
}

}  // namespace carillon
