#include "tools/ring/ring_wait.hpp"

#include <algorithm>

#include "runtime/base/logging.hpp"
#include "tools/ring/cluster_lacks.hpp"

namespace carillon::ring {
namespace {

// By its name, or by its store id as `carillon ring show` prints it.
const wire::ring_member* member_called(const wire::ring_view& view, const std::string& host) {
  if (const wire::ring_member* named = member_in(view, host))
    return named;
  for (const auto& member : view.members())
    if (fmt::format("{:x}", member.store_id()) == host)
      return &member;
  return nullptr;
}

// Null: it does not answer.
const wire::host_picture* picture_of(const ring_look& now, const std::string& host) {
  if (const wire::host_picture* named = host_in(now.cluster, host))
    return named;
  const wire::ring_member* member = member_called(now.view, host);
  for (const auto& seen : now.cluster.hosts())
    if (member && seen.store_id() == member->store_id())
      return &seen;
  return nullptr;
}

// It is gone already: nobody waits for what it was to give away.
std::string rest_still(const ring_look& now, const std::string& host, bool had_time) {
  const wire::host_picture* seen = picture_of(now, host);
  if (seen && seen->slots_led() > 0)
    return fmt::format("{} leads {} slots still", host, seen->slots_led());
  const auto clients = seen ? seen->websockets() + seen->event_streams() : 0;
  if (clients > 0 && !had_time)
    return fmt::format("{} has {} clients still", host, clients);
  return {};
}

std::string drain_still(const ring_look& now, const std::string& host) {
  const wire::ring_member* member = member_called(now.view, host);
  if (!member)
    return {};
  const auto holds = std::count_if(now.view.slots().begin(), now.view.slots().end(), [&](const auto& place) {
    return std::count(place.replicas().begin(), place.replicas().end(), member->store_id()) > 0;
  });
  return holds > 0 ? fmt::format("{} holds {} slots still", host, holds) : std::string();
}

}  // namespace

std::string still_to_come(const ring_look& now, const std::string& host, wire::host_intent intent,
                          bool had_time) {
  switch (intent) {
    case wire::HOST_RESTS:
      return rest_still(now, host, had_time);
    case wire::HOST_DRAINS:
    case wire::HOST_LEAVES:
      return drain_still(now, host);
    default:
      break;
  }
  if (!picture_of(now, host))
    return fmt::format("{} is silent", host);
  return cluster_lacks(now.view, now.cluster, {});
}

}  // namespace carillon::ring
