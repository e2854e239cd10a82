#include "tools/chaos/scenario.hpp"

#include <array>
#include <functional>
#include <sstream>

#include <toml++/toml.h>

#include "tools/client/stream.hpp"

namespace carillon::chaos {
namespace {

struct named_fault {
  std::string_view name;
  fault_kind kind;
};
constexpr std::array faults{
    named_fault{"none", fault_kind::none},           named_fault{"kill", fault_kind::kill},
    named_fault{"kill_all", fault_kind::kill_all},   named_fault{"stop", fault_kind::stop},
    named_fault{"partition", fault_kind::partition}, named_fault{"one_way", fault_kind::one_way},
};

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

std::string_view to_string(fault_kind kind) {
  for (const named_fault& each : faults)
    if (each.kind == kind)
      return each.name;
  return "?";
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
      for (const named_fault& each : faults) {
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
  auto rounds = [&](const toml::node& node) {
    if (!node.is_array_of_tables())
      in.refuse(node, "must be [[rounds]] tables");
    for (const toml::node& each : *node.as_array()) {
      fault_rounds& next = out.rounds.emplace_back();
      in.read(*each.as_table(), {{"fault", fault(next.fault)},
                                 {"times", in.number(next.times, 1, 1'000'000)},
                                 {"seconds", in.number(next.seconds, 0, 3'600)},
                                 {"rest_seconds", in.number(next.rest_seconds, 0, 3'600)}});
    }
  };
  in.read(root, {{"name", in.text(out.name)},
                 {"cluster", in.table({{"hosts", in.number(out.hosts, 1, 9)},
                                       {"settings", in.texts(out.settings)},
                                       {"network", in.flag(out.network)}})},
                 {"load", in.table({{"posters", in.number(out.posters, 1, 10'000)},
                                    {"posts_per_second", in.number(out.posts_per_second, 0.01, 10'000)},
                                    {"channels", in.number(out.channels, 1, 10'000)},
                                    {"subscribers", in.number(out.subscribers, 0, 100'000)},
                                    {"stock_clients", in.number(out.stock_clients, 0, 100)}})},
                 {"rounds", rounds},
                 {"expect", in.table({{"unavailable_p99_ms", in.number(out.unavailable_p99_ms, 1, 1e9)},
                                      {"recover_seconds", in.number(out.recover_seconds, 1, 3'600)}})}});
  return out;
}

} // namespace carillon::chaos
