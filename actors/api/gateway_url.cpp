#include "actors/api/gateway_url.hpp"

#include "actors/client_region.hpp"
#include "actors/gateway_choice.hpp"
#include "actors/ring_view_holder.hpp"

namespace carillon::api {
namespace {

std::string region_of_client(const call& c, const wire::ring_view& view) {
  const auto has_hosts = [&view](const std::string& region) { return is_region(view, region); };
  const std::string& said = c.args.text("region");
  if (has_hosts(said))
    return said;
  return c.host.regions ? c.host.regions->of(c.request.remote_address, has_hosts) : std::string();
}

}  // namespace

std::string gateway_url(const call& c) {
  if (!c.host.ring || !c.host.health || !c.host.gateways)
    return base_url(c);
  const auto view = c.host.ring->now();
  const auto heard = c.host.health->heard();
  const auto rooms = c.host.gateways->now();
  const gateway_room own_room =
      c.host.room ? c.host.room() : gateway_room{0, c.host.config.edge.connections_max};
  const gateways_known known{.view = *view,
                             .config = c.host.config,
                             .self = c.host.self,
                             .heard = *heard,
                             .rooms = *rooms,
                             .own_room = own_room};
  seeded_random chance(static_cast<std::uint64_t>(c.host.now()));
  const gateway_choice choice =
      choose_gateway(own_gateway(known), other_gateways(known, c.request.host),
                     region_of_client(c, *view), chance);
  c.host.metrics->gateways_named[static_cast<std::size_t>(choice.why)].add();
  return choice.url.empty() ? base_url(c) : choice.url;
}

}  // namespace carillon::api
