#include "tools/chaos/scenario.hpp"

#include <algorithm>
#include <functional>
#include <sstream>

#include <toml++/toml.h>

#include "tools/client/stream.hpp"

namespace carillon::chaos {
namespace {

class reader {
public:
  explicit reader(std::string path) : path_(std::move(path)) {}

  [[noreturn]] void refuse(const toml::node& at, const std::string& words) const {
    std::ostringstream text;
    text << path_ << ':' << at.source().begin.line << ": " << words;
    throw client::client_error(text.str());
  }

  // Every key of `table` must be taken by one of `takers`.
  using taker = std::pair<std::string_view, std::function<void(const toml::node&)>>;
  void read(const toml::table& table, const std::vector<taker>& takers) const {
    for (const auto& [key, node] : table) {
      auto found = std::find_if(takers.begin(), takers.end(),
                                [name = key.str()](const taker& each) { return each.first == name; });
      if (found == takers.end()) {
        std::string words = "no such key: ";
        words += key.str();
        words += "; allowed:";
        for (const taker& each : takers) {
          words += ' ';
          words += each.first;
        }
        refuse(node, words);
      }
      found->second(node);
    }
  }

  template <class Number>
  std::function<void(const toml::node&)> number(Number& into, double min, double max) const {
    return [this, &into, min, max](const toml::node& node) {
      auto value = node.value<double>();
      if (!value || *value < min || *value > max) {
        std::ostringstream words;
        words << "must be a number from " << min << " to " << max;
        refuse(node, words.str());
      }
      into = static_cast<Number>(*value);
    };
  }
  std::function<void(const toml::node&)> flag(bool& into) const {
    return [this, &into](const toml::node& node) {
      if (!node.is_boolean())
        refuse(node, "must be true or false");
      into = node.as_boolean()->get();
    };
  }
  std::function<void(const toml::node&)> text(std::string& into) const {
    return [this, &into](const toml::node& node) {
      if (!node.is_string())
        refuse(node, "must be a text");
      into = node.as_string()->get();
    };
  }
  std::function<void(const toml::node&)> texts(std::vector<std::string>& into) const {
    return [this, &into](const toml::node& node) {
      if (!node.is_array())
        refuse(node, "must be a list of texts");
      for (const toml::node& each : *node.as_array()) {
        into.emplace_back();
        text(into.back())(each);
      }
    };
  }
  std::function<void(const toml::node&)> table(std::vector<taker> takers) const {
    return [this, takers = std::move(takers)](const toml::node& node) {
      if (!node.is_table())
        refuse(node, "must be a table");
      read(*node.as_table(), takers);
    };
  }

private:
  std::string path_;
};

} // namespace

scenario_needs needs_of(const scenario& what) {
  scenario_needs needs{.network = what.network, .postgres = what.postgres,
                       .zookeeper = what.zookeeper > 0};
  auto add = [&](const fault_plan& plan) {
    needs.shim = needs.shim || plan.lose_unsynced;
    switch (plan.fault) {
    case fault_kind::partition:
    case fault_kind::one_way:
    case fault_kind::network:
      needs.network = true;
      break;
    case fault_kind::slow_fsync:
    case fault_kind::hang_fsync:
    case fault_kind::fsync_error:
    case fault_kind::write_error:
    case fault_kind::clock:
      needs.shim = true;
      break;
    case fault_kind::disk_full:
      needs.disk = true;
      break;
    case fault_kind::memory:
      needs.cage = true;
      break;
    case fault_kind::postgres_kill:
    case fault_kind::postgres_stop:
    case fault_kind::postgres_restart:
      needs.postgres = true;
      break;
    case fault_kind::zookeeper_kill:
    case fault_kind::zookeeper_stop:
      needs.zookeeper = true;
      break;
    default:
      break;
    }
  };
  for (const fault_plan& each : what.rounds)
    add(each);
  for (const fault_plan& each : what.schedule)
    add(each);
  return needs;
}

scenario read_scenario(const std::string& path) {
  scenario out;
  reader in(path);
  toml::table root;
  try {
    root = toml::parse_file(path);
  } catch (const toml::parse_error& failure) {
    std::ostringstream words;
    words << path << ':' << failure.source().begin.line << ": " << failure.description();
    throw client::client_error(words.str());
  }

  auto fault = [&in](fault_kind& into) {
    return [&in, &into](const toml::node& node) {
      std::string name, allowed;
      in.text(name)(node);
      for (const fault_description& each : all_faults()) {
        allowed += each.name;
        allowed += ' ';
        if (each.name == name) {
          into = each.kind;
          return;
        }
      }
      in.refuse(node, "must be one of " + allowed);
    };
  };
  // Hosts are checked when all is read: their number may come later.
  struct named_host {
    const toml::node* at;
    std::string name;
    fault_kind fault;
  };
  std::vector<named_host> named_hosts;
  constexpr double day = 86'400, most = 1e9;
  auto read_fault = [&](const toml::node& node, fault_plan& plan, std::vector<reader::taker> own) {
    std::vector<reader::taker> of_the_fault{
        {"host", in.text(plan.host)},
        {"peer", in.text(plan.peer)},
        {"delay_ms", in.number(plan.delay_ms, 0, 1'000 * day)},
        {"jitter_ms", in.number(plan.jitter_ms, 0, 1'000 * day)},
        {"loss_percent", in.number(plan.loss_percent, 0, 100)},
        {"duplicate_percent", in.number(plan.duplicate_percent, 0, 100)},
        {"reorder_percent", in.number(plan.reorder_percent, 0, 100)},
        {"bandwidth_kbit", in.number(plan.bandwidth_kbit, 1, most)},
        {"step_seconds", in.number(plan.step_seconds, -most, most)},
        {"drift_ppm", in.number(plan.drift_ppm, -500'000, 500'000)},
        {"headroom_mb", in.number(plan.headroom_mb, -1'000'000, 1'000'000)},
        {"lose_unsynced", in.flag(plan.lose_unsynced)}};
    own.push_back({"fault", fault(plan.fault)});
    own.push_back({"seconds", in.number(plan.seconds, 0, 3'600)});
    auto all = own;
    all.insert(all.end(), of_the_fault.begin(), of_the_fault.end());
    in.read(*node.as_table(), all);
    for (const auto& [key, value] : *node.as_table()) {
      bool is_own = std::any_of(of_the_fault.begin(), of_the_fault.end(),
                                [name = key.str()](auto& each) { return each.first == name; });
      if (is_own && !may_have(plan.fault, key.str())) {
        std::string words(to_string(plan.fault));
        words += " has no ";
        words += key.str();
        in.refuse(value, words);
      }
      if (is_own && (key == "host" || key == "peer"))
        named_hosts.push_back({&value, value.ref<std::string>(), plan.fault});
    }
    if (plan.fault == fault_kind::visit && plan.host.empty())
      named_hosts.push_back({&node, "all", plan.fault});
  };
  auto rounds = [&](const toml::node& node) {
    if (!node.is_array_of_tables())
      in.refuse(node, "must be [[rounds]] tables");
    for (const toml::node& each : *node.as_array()) {
      fault_rounds& next = out.rounds.emplace_back();
      read_fault(each, next, {{"times", in.number(next.times, 1, 1'000'000)},
                              {"rest_seconds", in.number(next.rest_seconds, 0, 3'600)}});
    }
  };
  auto schedule = [&](const toml::node& node) {
    if (!node.is_array_of_tables())
      in.refuse(node, "must be [[schedule]] tables");
    for (const toml::node& each : *node.as_array()) {
      scheduled_fault& next = out.schedule.emplace_back();
      read_fault(each, next, {{"at", in.number(next.at, 0, day)},
                              {"every", in.number(next.every, 0, day)},
                              {"times", in.number(next.times, 1, 1'000'000)}});
    }
  };
  in.read(root, {{"name", in.text(out.name)},
                 {"cluster", in.table({{"hosts", in.number(out.hosts, 1, 9)},
                                       {"visitors", in.number(out.visitors, 0, 9)},
                                       {"settings", in.texts(out.settings)},
                                       {"network", in.flag(out.network)},
                                       {"disk_mb", in.number(out.disk_mb, 64, 100'000)},
                                       {"postgres", in.flag(out.postgres)},
                                       {"zookeeper", in.number(out.zookeeper, 0, 5)}})},
                 {"load", in.table({{"posters", in.number(out.posters, 1, 10'000)},
                                    {"posts_per_second", in.number(out.posts_per_second, 0.01, 10'000)},
                                    {"channels", in.number(out.channels, 1, 10'000)},
                                    {"subscribers", in.number(out.subscribers, 0, 100'000)},
                                    {"stock_clients", in.number(out.stock_clients, 0, 100)}})},
                 {"rounds", rounds},
                 {"schedule", schedule},
                 {"expect", in.table({{"unavailable_p99_ms", in.number(out.unavailable_p99_ms, 1, 1e9)},
                                      {"unavailable_max_ms", in.number(out.unavailable_max_ms, 1, 1e9)},
                                      {"wait_p99_ms", in.number(out.wait_p99_ms, 1, 1e9)},
                                      {"recover_seconds", in.number(out.recover_seconds, 1, 3'600)}})}});
  // Who visits is no member, and whatever else is done to hosts is done to members.
  for (const auto& [node, name, fault] : named_hosts) {
    const bool visits = fault == fault_kind::visit;
    const std::size_t from = visits ? out.hosts : 0, count = visits ? out.visitors : out.hosts;
    const std::size_t place = name.size() == 1 ? static_cast<std::size_t>(name[0] - 'a') : 99;
    if (count == 0 || (name != "all" && place - from >= count))
      in.refuse(*node, std::string(visits ? "no such visitor: " : "no such host: ").append(name));
  }
  return out;
}

} // namespace carillon::chaos
