#include "config/load_hosts.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include "config/keys.hpp"
#include "config/load_words.hpp"

namespace carillon {
namespace {

using host_entry = settings::cluster_host;

constexpr std::int64_t weight_max = 10'000;

struct host_key {
  std::string_view name;
  std::string host_entry::*text = nullptr;  // null: the weight
  std::function<bool(std::string_view)> accepts;
  std::string_view allowed;
  bool required = false;
};

bool is_data_path(std::string_view text) {
  return !text.empty() && text.find('\0') == std::string_view::npos;
}
// Others must be able to find it: no port of the system's choice.
bool is_fixed_address(std::string_view text) {
  return is_host_and_port(text) && !text.ends_with(":0");
}
bool is_zone(std::string_view text) {
  return text.empty() || is_host_name(text);
}

const std::array<host_key, 8>& host_keys() {
  static const std::array<host_key, 8> keys = {{
      {"name", &host_entry::name, is_host_name, "1 to 63 letters, digits and dashes", true},
      {"peer", &host_entry::peer, is_fixed_address, "HOST:PORT with a port from 1 to 65535", true},
      {"listen", &host_entry::listen, is_host_and_port, "HOST:PORT with a port from 0 to 65535",
       true},
      {"data", &host_entry::data, is_data_path, "the path of a folder", true},
      {"public_url", &host_entry::public_url, is_public_url,
       "empty, or http://HOST or https://HOST with an optional port and no path", false},
      {"zone", &host_entry::zone, is_zone, "empty, or 1 to 63 letters, digits and dashes", false},
      {"region", &host_entry::region, is_zone, "empty, or 1 to 63 letters, digits and dashes", false},
      {"weight", nullptr, nullptr, "a whole number from 0 to 10000", false},
  }};
  return keys;
}

bool write(host_entry& into, const host_key& key, const toml::node& node) {
  if (key.text == nullptr) {
    const auto* number = node.as_integer();
    if (number == nullptr || number->get() < 0 || number->get() > weight_max)
      return false;
    into.weight = static_cast<std::uint32_t>(number->get());
    return true;
  }
  const auto* text = node.as_string();
  if (text == nullptr || !key.accepts(text->get()))
    return false;
  into.*key.text = text->get();
  return true;
}

void take_host(const std::string& path, const toml::table& table, host_entry& into,
               std::vector<std::string>& complaints) {
  for (const auto& [name, node] : table) {
    const auto& keys = host_keys();
    auto key = std::find_if(keys.begin(), keys.end(),
                            [n = name.str()](const host_key& each) { return each.name == n; });
    std::string where = place_of(path, node) + ": cluster.hosts." + std::string(name.str());
    if (key == keys.end()) {
      where += ": no such setting; a host has name, peer, listen, data, public_url, zone, region, weight";
      complaints.push_back(std::move(where));
    } else if (!write(into, *key, node)) {
      where += " = " + shown(node) + ": must be ";
      where += key->allowed;
      complaints.push_back(std::move(where));
    }
  }
  for (const host_key& key : host_keys())
    if (key.required && !table.contains(key.name)) {
      std::string line = place_of(path, table) + ": cluster.hosts: a host needs ";
      line += key.name;
      complaints.push_back(std::move(line));
    }
}

void check_unique(const std::vector<host_entry>& hosts, std::string host_entry::*what,
                  std::string_view name, std::vector<std::string>& complaints) {
  std::set<std::string> seen;
  for (const host_entry& host : hosts)
    if (!(host.*what).empty() && !(host.*what).ends_with(":0") && !seen.insert(host.*what).second) {
      std::string line = "cluster.hosts: two hosts have ";
      line += name;
      line += " = " + format_value(host.*what);
      complaints.push_back(std::move(line));
    }
}

void put_name(std::string& path, const std::string& name) {
  constexpr std::string_view mark = "{host}";
  for (std::size_t at = 0; (at = path.find(mark, at)) != std::string::npos; at += name.size())
    path.replace(at, mark.size(), name);
}

}  // namespace

void take_hosts(const std::string& path, const toml::node& node,
                std::vector<host_entry>& hosts, std::vector<std::string>& complaints) {
  const toml::array* list = node.as_array();
  if (list == nullptr) {
    complaints.push_back(place_of(path, node) + ": cluster.hosts: must be a list, as [[cluster.hosts]]");
    return;
  }
  for (const toml::node& each : *list) {
    if (const toml::table* table = each.as_table())
      take_host(path, *table, hosts.emplace_back(), complaints);
    else
      complaints.push_back(place_of(path, each) + ": cluster.hosts: each host is a table, as [[cluster.hosts]]");
  }
}

void check_hosts(const std::vector<host_entry>& hosts, std::vector<std::string>& complaints) {
  check_unique(hosts, &host_entry::name, "name", complaints);
  check_unique(hosts, &host_entry::peer, "peer", complaints);
  check_unique(hosts, &host_entry::listen, "listen", complaints);
  check_unique(hosts, &host_entry::data, "data", complaints);
}

void choose_host(settings& values, bool said_data, bool said_listen, bool said_public_url,
                 std::vector<std::string>& complaints) {
  const auto& hosts = values.cluster.hosts;
  const std::string& name = values.host.name;
  if (hosts.empty())
    return;
  std::string names;
  for (const host_entry& host : hosts)
    names += (names.empty() ? "" : ", ") + host.name;
  auto mine = std::find_if(hosts.begin(), hosts.end(),
                           [&](const host_entry& each) { return each.name == name; });
  if (mine == hosts.end()) {
    complaints.push_back(name.empty()
                             ? "--host: which one of cluster.hosts is this? One of " + names
                             : "host.name = " + format_value(name) + ": must be one of " + names);
    return;
  }
  if (!said_data)
    values.host.data = mine->data;
  if (!said_listen)
    values.host.listen = mine->listen;
  if (!said_public_url)
    values.host.public_url = mine->public_url;
  for (std::string* file : {&values.cluster.tls_certificate, &values.cluster.tls_key,
                            &values.cluster.tls_ca})
    put_name(*file, name);
}

std::string print_hosts(const std::vector<host_entry>& hosts) {
  std::string out;
  for (const host_entry& host : hosts) {
    out += "\n[[cluster.hosts]]\n";
    for (const host_key& key : host_keys()) {
      out += key.name;
      out += " = ";
      out += key.text ? format_value(host.*key.text) : std::to_string(host.weight);
      out += '\n';
    }
  }
  return out;
}

}  // namespace carillon
