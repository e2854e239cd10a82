#include "tools/ring/ring_look.hpp"

#include <string_view>

#include "runtime/wire/json.hpp"
#include "runtime/wire/schema.hpp"
#include "tools/ring/cluster_lacks.hpp"

namespace carillon::ring {
namespace {

// Somebody else may answer in a moment, as opposed to a host that does not know the question.
bool may_pass(const error& why) {
  return why.code == errc::io_error || why.detail.starts_with("not_owner") ||
         why.detail.starts_with("timed_out");
}

}  // namespace

result<ring_look> look_at_ring(inspect::live_host& host) {
  auto ring = host.get("ring");
  if (!ring && may_pass(ring.error()))
    return ring.error();
  auto cluster = host.get("cluster?slots=1");
  if (!cluster)
    return cluster.error();
  ring_look out;
  out.cluster = std::move(*cluster->reply.mutable_cluster());
  if (ring)
    out.view = std::move(*ring->reply.mutable_ring()->mutable_view());
  out.has_words =
      out.view.slots_size() > 0 && wire::too_old_for(out.view, wire::ring_in_motion).empty();
  if (out.view.slots_size() == 0)  // the ring's leader is of before there were words
    out.view = view_of(out.cluster);
  return out;
}

result<inspect::live_host::answer> order_ring(inspect::live_host& host, const wire::ring_order& what) {
  return host.post("ring", wire::to_json(what));
}

wire::ring_command wish_of(const std::string& host, wire::host_intent intent) {
  wire::ring_command out;
  out.mutable_host()->set_host(host);
  out.mutable_host()->set_intent(intent);
  return out;
}

}  // namespace carillon::ring
