#include "config/load.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string_view>

#include <toml++/toml.h>

#include "config/keys.hpp"
#include "config/load_discovery.hpp"
#include "config/load_hosts.hpp"
#include "config/push_rules.hpp"

namespace carillon {
namespace {

// Collects values and complaints from all sources.
class loader {
public:
  void take_file(const std::string& path);
  void take_flag(const std::string& flag, std::string_view section, std::string_view name,
                 const std::string& value);
  void take_set(const std::string& argument);
  void check_together(bool whole_cluster);
  result<settings> finish() &&;

private:
  void take(const std::string& where, std::string_view section, std::string_view name,
            const setting_value& value, const std::string& shown);
  void take_section(const std::string& path, std::string_view section, const toml::node& node);
  void check_not_above(std::string_view section, std::string_view small, std::string_view large);
  void complain(const std::string& where, const std::string& what) {
    problems_.push_back(where + ": " + what);
  }

  settings values_;
  std::map<std::string, std::string> where_;  // path of a key that was set -> by which source
  std::set<std::string> refused_;             // paths of keys whose value cannot be
  std::vector<std::string> problems_;
};

std::string place(const std::string& path, const toml::node& node) {
  return path + ':' + std::to_string(node.source().begin.line);
}

// In the order of the file: toml++ sorts by key, people read from the top.
std::vector<std::pair<std::string, const toml::node*>> in_file_order(const toml::table& table) {
  std::vector<std::pair<std::string, const toml::node*>> out;
  for (const auto& [key, node] : table)
    out.emplace_back(std::string(key.str()), &node);
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return a.second->source().begin.line < b.second->source().begin.line;
  });
  return out;
}

// The value as the file has it. Kinds that no setting has (dates, fractions, lists) come as text
// that no rule accepts, and are shown as written.
std::pair<setting_value, std::string> read_node(const toml::node& node, const setting_key& key) {
  if (const auto* flag = node.as_boolean())
    return {flag->get(), format_value(flag->get())};
  if (const auto* number = node.as_integer())
    return {number->get(), std::to_string(number->get())};
  if (const auto* text = node.as_string())
    return {text->get(), format_value(text->get())};
  std::ostringstream shown;
  node.visit([&](const auto& concrete) { shown << concrete; });
  // A text setting accepts text: give it a number instead, so that the kind is refused.
  if (std::holds_alternative<text_rule>(key.rule))
    return {std::int64_t{0}, shown.str()};
  return {shown.str(), shown.str()};
}

std::string did_you_mean(const std::string& guess) {
  return guess.empty() ? "" : "; did you mean " + guess + "?";
}

void loader::take_file(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  // A folder opens and then fails to read; an empty file sets failbit without an errno.
  if (!file || (!(text << file.rdbuf()) && errno != 0)) {
    complain(path, std::string("cannot be read: ") + std::strerror(errno));
    return;
  }
  try {
    toml::table root = toml::parse(text.view(), path);
    for (const auto& [section, node] : in_file_order(root))
      take_section(path, section, *node);
  } catch (const toml::parse_error& failure) {
    complain(path + ':' + std::to_string(failure.source().begin.line),
             "not TOML: " + std::string(failure.description()));
  }
}

void loader::take_section(const std::string& path, std::string_view section,
                          const toml::node& node) {
  std::string name(section);
  const toml::table* table = node.as_table();
  if (table == nullptr) {
    std::string guess = nearest_setting("", section);
    complain(place(path, node), name + ": must stand in a section" +
                                    (is_section(section) ? ", as [" + name + "]" : "") +
                                    did_you_mean(guess));
    return;
  }
  if (!is_section(section)) {
    std::string guess = nearest_section(section);
    complain(place(path, node), '[' + name + "]: no such section" +
                                    did_you_mean(guess.empty() ? "" : '[' + guess + ']'));
    return;
  }
  for (const auto& [key_name, value_node] : in_file_order(*table)) {
    std::string where = place(path, *value_node);
    if (is_section(name + '.' + key_name) && value_node->is_table()) {
      take_section(path, name + '.' + key_name, *value_node);
    } else if (section == "cluster" && key_name == "hosts") {
      take_hosts(path, *value_node, values_.cluster.hosts, problems_);
    } else if (section == "discovery" && is_discovery_table(key_name)) {
      take_discovery(path, key_name, *value_node, values_.discovery, problems_);
    } else if (const setting_key* key = find_setting(section, key_name)) {
      auto [value, shown] = read_node(*value_node, *key);
      take(where, section, key_name, value, shown);
    } else {
      complain(where, name + '.' + key_name + ": no such setting" +
                          did_you_mean(nearest_setting(section, key_name)));
    }
  }
}

void loader::take_flag(const std::string& flag, std::string_view section, std::string_view name,
                       const std::string& value) {
  take(flag + ' ' + value, section, name, value, format_value(value));
}

void loader::take_set(const std::string& argument) {
  std::string where = "--set " + argument;
  std::size_t equals = argument.find('=');
  std::size_t point = argument.substr(0, equals).rfind('.');
  if (equals == std::string::npos || point == std::string::npos) {
    complain(where, "must be section.key=value");
    return;
  }
  std::string section = argument.substr(0, point);
  std::string name = argument.substr(point + 1, equals - point - 1);
  std::string text = argument.substr(equals + 1);
  if (const setting_key* key = find_setting(section, name)) {
    take(where, section, name, key->from_text(text), text);
    return;
  }
  std::string guess = nearest_setting(section, name);
  if (!is_section(section) && guess.empty() && !nearest_section(section).empty())
    guess = nearest_section(section) + '.' + name;
  complain(where, section + '.' + name + ": no such setting" + did_you_mean(guess));
}

void loader::take(const std::string& where, std::string_view section, std::string_view name,
                  const setting_value& value, const std::string& shown) {
  const setting_key* key = find_setting(section, name);
  ENSURE(key != nullptr, "only keys of the table are taken");
  if (key->write(values_, value)) {
    where_[key->path()] = where;
  } else {
    refused_.insert(key->path());
    complain(where, key->path() + " = " + shown + ": must be " + key->allowed());
  }
}

// Two settings that each are fine may contradict each other. The complaint stands where the one
// that was set is set; when both were, where the smaller one's is.
void loader::check_not_above(std::string_view section, std::string_view small,
                             std::string_view large) {
  const setting_key* low = find_setting(section, small);
  const setting_key* high = find_setting(section, large);
  ENSURE(low != nullptr && high != nullptr, "both keys are in the table");
  auto low_value = std::get<std::int64_t>(low->read(values_));
  auto high_value = std::get<std::int64_t>(high->read(values_));
  if (low_value <= high_value)
    return;
  auto shown = [&](const setting_key& key, std::int64_t value) {
    return key.path() + " = " + std::to_string(value) +
           (where_.contains(key.path()) ? "" : " (default)");
  };
  auto where = where_.contains(low->path()) ? where_[low->path()] : where_[high->path()];
  complain(where, shown(*low, low_value) + ": must not be above " + shown(*high, high_value));
}

void loader::check_together(bool whole_cluster) {
  // Transient events are what is dropped first: their bound lies inside the queue's.
  check_not_above("edge", "transient_queue_max_bytes", "outbound_queue_max_bytes");
  // A smaller log would force a flush before a write buffer is ever full.
  check_not_above("storage", "write_buffer_mb", "wal_max_mb");
  // A beat must be able to arrive before its silence is held against the host.
  check_not_above("cluster", "tick_ms", "suspect_ms");
  // A group that elects alone before its lost leader is suspected would never need the ring actor,
  // and would elect at every pause.
  check_not_above("cluster", "suspect_ms", "election_ms");
  const auto& cluster = values_.cluster;
  const int tls = !cluster.tls_certificate.empty() + !cluster.tls_key.empty() + !cluster.tls_ca.empty();
  if (tls != 0 && tls != 3)
    problems_.push_back("cluster.tls_certificate, cluster.tls_key, cluster.tls_ca: all three or none");
  if (cluster.has_zookeeper() && cluster.zookeeper.servers.empty())
    problems_.push_back("cluster.coordination = \"zookeeper\" needs cluster.zookeeper.servers");
  if (cluster.has_zookeeper() && cluster.hosts.empty())
    problems_.push_back("cluster.coordination = \"zookeeper\" needs this host in [[cluster.hosts]]");
  // The command line knows better than the list: where it spoke, the list's entry is not used.
  auto said = [this](const char* key) {
    auto at = where_.find(key);
    return at != where_.end() && at->second.starts_with("--");
  };
  check_discovery(values_.discovery, problems_);
  check_push(values_.push, refused_, problems_);
  check_hosts(values_.cluster.hosts, problems_);
  if (!whole_cluster)
    choose_host(values_, said("host.data"), said("host.listen"), said("host.public_url"),
                problems_);
}

result<settings> loader::finish() && {
  if (problems_.empty())
    return std::move(values_);
  std::string lines;
  for (const std::string& problem : problems_)
    lines += (lines.empty() ? "" : "\n") + problem;
  return make_error(errc::invalid_config, std::move(lines));
}

}  // namespace

result<settings> load_settings(const settings_sources& sources) {
  loader all;
  if (!sources.file.empty())
    all.take_file(sources.file);
  if (sources.host)
    all.take_flag("--host", "host", "name", *sources.host);
  if (sources.data)
    all.take_flag("--data", "host", "data", *sources.data);
  if (sources.listen)
    all.take_flag("--listen", "host", "listen", *sources.listen);
  for (const std::string& argument : sources.set)
    all.take_set(argument);
  all.check_together(sources.whole_cluster);
  return std::move(all).finish();
}

std::string print_settings(const settings& values) {
  std::string out;
  std::string_view section;
  for (const setting_key& key : setting_keys()) {
    if (key.section != section) {
      section = key.section;
      out += (out.empty() ? "[" : "\n[") + std::string(section) + "]\n";
    }
    out += std::string(key.name) + " = " + format_value(key.read(values)) + '\n';
  }
  out += print_discovery(values.discovery);
  return out + print_hosts(values.cluster.hosts);
}

}  // namespace carillon
