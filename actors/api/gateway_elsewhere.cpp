#include "actors/api/gateway_elsewhere.hpp"

#include <algorithm>

#include "runtime/ring/moves.hpp"

namespace carillon::api {
namespace {

const settings::cluster_host* entry_called(const settings& config, const std::string& name) {
  for (const auto& each : config.cluster.hosts)
    if (each.name == name)
      return &each;
  return nullptr;
}

// Every address of a machine is none that a client could be told.
bool is_an_address(const std::string& listen) {
  return !listen.empty() && !listen.starts_with("0.0.0.0:") && !listen.starts_with("[::]:") &&
         !listen.ends_with(":0");
}

}  // namespace

std::optional<std::string> gateway_elsewhere(const wire::ring_view& view, const settings& config,
                                             std::uint64_t self,
                                             const std::vector<std::uint64_t>& heard,
                                             const std::string& asked, std::uint64_t turn) {
  if (intent_of(view, self) != wire::HOST_RESTS)
    return std::nullopt;
  const bool directly = asked == config.host.listen;
  std::vector<std::string> out;
  for (const auto& member : view.members()) {
    if (member.store_id() == self || intent_of(view, member.store_id()) != wire::HOST_SERVES ||
        std::find(heard.begin(), heard.end(), member.store_id()) == heard.end())
      continue;
    const auto* entry = entry_called(config, member.name());
    if (!member.public_url().empty())
      out.push_back(member.public_url());
    else if (directly && entry && is_an_address(entry->listen))
      out.push_back("http://" + entry->listen);
  }
  if (out.empty())
    return std::nullopt;
  return out[turn % out.size()];
}

}  // namespace carillon::api
