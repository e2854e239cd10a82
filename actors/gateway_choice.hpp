// Which host's gateway a client is told to connect to. Pure: what is known of the hosts and chance
// are arguments.
//
// A gateway is *good* when its host serves (it neither rests, drains nor leaves), is heard, takes
// clients just now (it has started, does not end, and its disk writes), is not full, and the client
// can surely get there. The client gets
//   - a good one of its own region; else one of this host's region; else any other;
//   - of those, this host's, unless another one has much more room: `much_more_percent` points more
//     of its limit free. Who came here chose so, or a balancer did, and a list of hosts spreads
//     clients by itself; what it spreads badly is mended from there on.
//   - Where this host's is not among them: of two drawn by chance the one with more room, so that
//     hosts that all know the same do not all send to the same one (Mitzenmacher, "The Power of
//     Two Choices in Randomized Load Balancing", 2001).
// If none is good it gets this host's, whose edge says what there is to say.
//
// Hosts without a region, and clients without one, are all of the same: of none.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/gateway_board.hpp"
#include "actors/host_metrics.hpp"
#include "config/settings.hpp"
#include "runtime/base/random.hpp"
#include "runtime/wire/event.pb.h"

namespace carillon {

// From so much of its limit on a host is full: what comes within a beat still finds room, and so do
// calls.
inline constexpr std::uint32_t full_percent = 95;
inline constexpr std::uint32_t much_more_percent = 10;

struct gateway_place {
  std::string url;       // "http://host:port", no slash at the end; of this host, and as its own: empty
  std::string region;
  bool serves = true;    // and is heard, and takes clients
  gateway_room room;     // limit 0: not known; not full, but nobody is sent there for its room
};

struct gateway_choice {
  std::string url;       // empty: this host's own
  gateway_reason why = gateway_reason::here;
};

bool is_full(const gateway_room& room);
// Of its limit, rounded down; 0 when it is not known.
std::uint32_t free_percent(const gateway_room& room);

// `region` of the client; empty: not known.
gateway_choice choose_gateway(const gateway_place& here, const std::vector<gateway_place>& others,
                              const std::string& region, random_source& chance);

// What `choose_gateway` chooses from, as this host knows it.
struct gateways_known {
  const wire::ring_view& view;
  const settings& config;
  std::uint64_t self = 0;
  const std::vector<std::uint64_t>& heard;  // store ids
  const gateway_board::rooms& rooms;
  gateway_room own_room;
};
gateway_place own_gateway(const gateways_known& known);
// Only those that a client can surely reach. Hosts with a public URL have that; with the same one
// as ours, they stand behind the same balancer: it chooses, and who is sent to one of them is sent to
// our own URL. Without one, who came to exactly the address that this host listens on (`asked`, the
// call's Host header) comes to the others' in the same way; who came by another name came through a
// proxy, and that knows by /readyz which hosts take nobody.
std::vector<gateway_place> other_gateways(const gateways_known& known, const std::string& asked);

// Some host of the ring is there.
bool is_region(const wire::ring_view& view, const std::string& name);

}  // namespace carillon
