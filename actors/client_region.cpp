#include "actors/client_region.hpp"

#include <algorithm>

#include "runtime/base/ensure.hpp"

namespace carillon {
namespace {

using discovery = settings::discovery_settings;

std::map<std::string, std::string> by_code(const std::vector<discovery::place>& all) {
  std::map<std::string, std::string> out;
  for (const auto& each : all)
    out[each.code] = each.region;
  return out;
}

std::string at(const std::map<std::string, std::string>& regions, const std::string& code) {
  const auto found = regions.find(code);
  return found == regions.end() ? std::string() : found->second;
}

}  // namespace

result<std::unique_ptr<const client_regions>> client_regions::open(const discovery& how) {
  auto out = std::make_unique<client_regions>();
  for (const auto& each : how.ranges) {
    const auto network = parse_network(each.cidr);
    ENSURE(network, "settings are checked when they are read");
    out->ranges_.emplace_back(*network, each.region);
  }
  std::stable_sort(out->ranges_.begin(), out->ranges_.end(),
                   [](const auto& a, const auto& b) { return a.first.bits > b.first.bits; });
  out->countries_ = by_code(how.countries);
  out->continents_ = by_code(how.continents);
  if (!how.maxmind.empty()) {
    auto places = place_database::open(how.maxmind);
    if (!places)
      return places.error();
    out->places_ = std::move(*places);
  }
  return std::unique_ptr<const client_regions>(std::move(out));
}

std::string client_regions::of(const std::string& text, const region_filter& has_hosts) const {
  const auto address = parse_address(text);
  if (!address)
    return {};
  for (const auto& [network, region] : ranges_)
    if (network.contains(*address) && has_hosts(region))
      return region;
  if (!places_)
    return {};
  const place_database::place place = places_->of(*address);
  for (const std::string& region : {at(countries_, place.country), at(continents_, place.continent)})
    if (!region.empty() && has_hosts(region))
      return region;
  return {};
}

}  // namespace carillon
