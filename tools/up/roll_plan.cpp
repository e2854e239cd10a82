#include "tools/up/roll_plan.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace carillon::up {
namespace {

using kind = roll_step::kind;

roll_step wait_for(std::string words) {
  return {kind::wait, {}, std::move(words)};
}

// The one that is in the middle of it.
roll_step go_on_with(const roll_host& host, const roll_sight& now) {
  if (!now.lacks.empty())
    return wait_for(now.lacks);
  if (host.renewed) {
    if (!host.answers)
      return wait_for(fmt::format("{} starts", host.name));
    return {kind::take_in, host.name, {}};
  }
  if (host.answers && host.leads > 0)
    return wait_for(fmt::format("{} leads {} slots still", host.name, host.leads));
  if (host.answers && host.clients > 0 && !now.clients_had_time)
    return wait_for(fmt::format("{} has {} clients still", host.name, host.clients));
  return {kind::renew, host.name, {}};
}

}  // namespace

roll_step next_step(const roll_sight& now) {
  std::vector<const roll_host*> resting;
  for (const roll_host& host : now.hosts)
    if (host.rests)
      resting.push_back(&host);
  if (resting.size() > 1)
    return {kind::impossible, {},
            fmt::format("{} and {} both rest: take one of them in with carillon ring add",
                        resting[0]->name, resting[1]->name)};
  if (!resting.empty())
    return go_on_with(*resting.front(), now);
  const roll_host* next = nullptr;
  for (const roll_host& host : now.hosts)
    if (!host.renewed && (!next || next->name == now.ring_leader))
      next = &host;
  if (!now.lacks.empty())
    return wait_for(now.lacks);
  for (const roll_host& host : now.hosts)
    if (!host.answers)
      return wait_for(fmt::format("{} starts", host.name));
  if (!next)
    return {kind::done, {}, {}};
  return {now.can_rest ? kind::rest : kind::renew, next->name, {}};
}

}  // namespace carillon::up
