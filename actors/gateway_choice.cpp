#include "actors/gateway_choice.hpp"

#include <algorithm>

#include "runtime/ring/moves.hpp"

namespace carillon {
namespace {

// Every address of a machine is none that a client could be told.
bool is_an_address(const std::string& listen) {
  return !listen.empty() && !listen.starts_with("0.0.0.0:") && !listen.starts_with("[::]:") &&
         !listen.ends_with(":0");
}

const settings::cluster_host* entry_called(const settings& config, const std::string& name) {
  for (const auto& each : config.cluster.hosts)
    if (each.name == name)
      return &each;
  return nullptr;
}

const wire::ring_member* member_of(const wire::ring_view& view, std::uint64_t id) {
  for (const auto& each : view.members())
    if (each.store_id() == id)
      return &each;
  return nullptr;
}

bool is_good(const gateway_place& place) {
  return place.serves && !is_full(place.room);
}

using places = std::vector<const gateway_place*>;

const gateway_place& draw(const places& from, random_source& chance) {
  return *from[chance.below(from.size())];
}

const gateway_place& better_of_two(const places& from, random_source& chance) {
  const gateway_place& one = draw(from, chance);
  const gateway_place& other = draw(from, chance);
  return free_percent(other.room) > free_percent(one.room) ? other : one;
}

gateway_reason why_not(const gateway_place& here) {
  if (!here.serves)
    return gateway_reason::resting;
  return is_full(here.room) ? gateway_reason::full : gateway_reason::region;
}

}  // namespace

bool is_full(const gateway_room& room) {
  return room.limit != 0 &&
         std::uint64_t{room.open} * 100 >= std::uint64_t{room.limit} * full_percent;
}

std::uint32_t free_percent(const gateway_room& room) {
  const std::uint64_t left = room.limit - std::min(room.open, room.limit);
  return room.limit == 0 ? 0 : static_cast<std::uint32_t>(left * 100 / room.limit);
}

gateway_choice choose_gateway(const gateway_place& here, const std::vector<gateway_place>& others,
                              const std::string& region, random_source& chance) {
  using text = const std::string&;
  using is_near = bool (*)(const gateway_place&, text client, text ours);
  constexpr is_near rings[] = {
      [](const auto& place, const auto& client, const auto&) {
        return !client.empty() && place.region == client;
      },
      [](const auto& place, const auto&, const auto& ours) { return place.region == ours; },
      [](const auto&, const auto&, const auto&) { return true; },
  };
  for (const is_near near : rings) {
    places good;
    for (const gateway_place& each : others)
      if (is_good(each) && near(each, region, here.region))
        good.push_back(&each);
    const bool here_too = is_good(here) && near(here, region, here.region);
    if (!here_too && good.empty())
      continue;
    if (!here_too) {
      const std::string& url = better_of_two(good, chance).url;
      return url.empty() ? gateway_choice{} : gateway_choice{url, why_not(here)};
    }
    std::erase_if(good, [](const gateway_place* each) { return each->url.empty(); });
    if (good.empty())
      return {};
    const gateway_place& other = draw(good, chance);
    const bool much_more = here.room.limit != 0 && free_percent(other.room) >=
                                                       free_percent(here.room) + much_more_percent;
    return much_more ? gateway_choice{other.url, gateway_reason::room} : gateway_choice{};
  }
  return {{}, gateway_reason::nowhere};
}

gateway_place own_gateway(const gateways_known& known) {
  gateway_place out;
  if (const auto* mine = member_of(known.view, known.self))
    out.region = mine->region();
  out.serves = intent_of(known.view, known.self) == wire::HOST_SERVES && known.own_room.limit != 0;
  out.room = known.own_room;
  return out;
}

std::vector<gateway_place> other_gateways(const gateways_known& known, const std::string& asked) {
  const std::string& ours = known.config.host.public_url;
  const bool directly = asked == known.config.host.listen;
  std::vector<gateway_place> out;
  for (const auto& member : known.view.members()) {
    if (member.store_id() == known.self)
      continue;
    gateway_place place;
    if (!member.public_url().empty())
      place.url = member.public_url() == ours ? std::string() : member.public_url();
    else if (const auto* entry = directly ? entry_called(known.config, member.name()) : nullptr;
             entry && is_an_address(entry->listen))
      place.url = "http://" + entry->listen;
    else
      continue;
    place.region = member.region();
    place.serves =
        intent_of(known.view, member.store_id()) == wire::HOST_SERVES &&
        std::find(known.heard.begin(), known.heard.end(), member.store_id()) != known.heard.end();
    if (auto room = known.rooms.find(member.store_id()); room != known.rooms.end()) {
      place.room = room->second;
      place.serves &= room->second.limit != 0;
    }
    out.push_back(std::move(place));
  }
  return out;
}

bool is_region(const wire::ring_view& view, const std::string& name) {
  return !name.empty() && std::any_of(view.members().begin(), view.members().end(),
                                      [&](const auto& each) { return each.region() == name; });
}

}  // namespace carillon
