#include "config/load_discovery.hpp"

#include <algorithm>
#include <array>

#include "config/keys.hpp"
#include "config/networks.hpp"
#include "config/load_words.hpp"

namespace carillon {
namespace {

using discovery = settings::discovery_settings;

constexpr std::string_view a_network =
    "an address or a network such as 10.0.0.0/8 or 2001:db8::/32, with no bit set after its prefix";
constexpr std::string_view a_region = "1 to 63 letters, digits and dashes, as the region of a host";

// GeoIP2's continents (MaxMind's database documentation, "continent.code").
constexpr std::array<std::string_view, 7> continents = {"AF", "AN", "AS", "EU", "NA", "OC", "SA"};

bool is_country(std::string_view code) {
  return code.size() == 2 &&
         std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_continent(std::string_view code) {
  return std::find(continents.begin(), continents.end(), code) != continents.end();
}

bool is_network(std::string_view text) {
  return parse_network(text).has_value();
}

struct reader {
  const std::string& path;
  std::vector<std::string>& complaints;

  void complain(const toml::node& at, std::string_view key, std::string_view what) {
    std::string line = place_of(path, at);
    line += ": discovery.";
    line += key;
    line += what;
    complaints.push_back(std::move(line));
  }
  // Into `out`, unless it is not what is allowed.
  void take(const toml::node& node, std::string_view key, bool (*accepts)(std::string_view),
            std::string_view allowed, std::string& out) {
    const auto* text = node.as_string();
    if (text && accepts(text->get())) {
      out = text->get();
      return;
    }
    std::string what = " = " + shown(node);
    what += ": must be ";
    what += allowed;
    complain(node, key, what);
  }

  void range(const toml::table& table, discovery::range& into) {
    for (const auto& [name, node] : table) {
      std::string key = "ranges.";
      key += name.str();
      if (name.str() == "cidr")
        take(node, key, is_network, a_network, into.cidr);
      else if (name.str() == "region")
        take(node, key, is_host_name, a_region, into.region);
      else
        complain(node, key, ": no such setting; a range has cidr, region");
    }
    for (const std::string_view key : {"cidr", "region"})
      if (!table.contains(key)) {
        std::string what = ": a range needs ";
        what += key;
        complain(table, "ranges", what);
      }
  }
  void ranges(const toml::node& node, std::vector<discovery::range>& into) {
    const toml::array* list = node.as_array();
    if (list == nullptr)
      return complain(node, "ranges", ": must be a list, as [[discovery.ranges]]");
    for (const toml::node& each : *list)
      if (const toml::table* table = each.as_table())
        range(*table, into.emplace_back());
      else
        complain(each, "ranges", ": each range is a table, as [[discovery.ranges]]");
  }
  void places(const toml::node& node, std::string_view name, bool (*accepts)(std::string_view),
              std::string_view allowed, std::vector<discovery::place>& into) {
    const toml::table* table = node.as_table();
    std::string key(name);
    if (table == nullptr)
      return complain(node, key, ": must be a section, as [discovery." + key + ']');
    for (const auto& [code, region] : *table) {
      key.assign(name).append(".").append(code.str());
      discovery::place& place = into.emplace_back();
      place.code = code.str();
      if (accepts(code.str()))
        take(region, key, is_host_name, a_region, place.region);
      else
        complain(region, key, allowed);
    }
  }
};

void print_places(std::string& out, std::string_view name,
                  const std::vector<discovery::place>& all) {
  if (all.empty())
    return;
  out += "\n[discovery.";
  out += name;
  out += "]\n";
  for (const discovery::place& each : all) {
    out += each.code;
    out += " = ";
    out += format_value(each.region);
    out += '\n';
  }
}

}  // namespace

bool is_discovery_table(std::string_view name) {
  return name == "ranges" || name == "countries" || name == "continents";
}

void take_discovery(const std::string& path, std::string_view name, const toml::node& node,
                    discovery& into, std::vector<std::string>& complaints) {
  reader in{path, complaints};
  if (name == "ranges")
    in.ranges(node, into.ranges);
  else if (name == "countries")
    in.places(node, name, is_country, ": a country is two capital letters, as ISO 3166-1 has them",
              into.countries);
  else
    in.places(node, name, is_continent, ": a continent is one of AF, AN, AS, EU, NA, OC, SA",
              into.continents);
}

void check_discovery(const discovery& all, std::vector<std::string>& complaints) {
  std::vector<ip_network> seen;
  for (const discovery::range& each : all.ranges) {
    const auto network = parse_network(each.cidr);
    if (!network)
      continue;  // it was complained of
    if (std::find(seen.begin(), seen.end(), *network) != seen.end())
      complaints.push_back("discovery.ranges: two of them have cidr = " + format_value(each.cidr));
    seen.push_back(*network);
  }
  if (!all.maxmind.empty() && all.countries.empty() && all.continents.empty())
    complaints.push_back("discovery.maxmind = " + format_value(all.maxmind) +
                         ": needs [discovery.countries] or [discovery.continents]");
}

std::string print_discovery(const discovery& all) {
  std::string out;
  for (const discovery::range& each : all.ranges) {
    out += "\n[[discovery.ranges]]\ncidr = ";
    out += format_value(each.cidr);
    out += "\nregion = ";
    out += format_value(each.region);
    out += '\n';
  }
  print_places(out, "countries", all.countries);
  print_places(out, "continents", all.continents);
  return out;
}

}  // namespace carillon
