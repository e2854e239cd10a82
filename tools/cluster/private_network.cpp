#include "tools/cluster/private_network.hpp"

#include <unistd.h>

#include "tools/client/stream.hpp"
#include "tools/cluster/command.hpp"

namespace carillon::cluster {
namespace {

// Locally administered, and given to nobody.
const std::string nobody = "02:00:00:00:00:01";
const std::string port = "eth0";

void must(const std::vector<std::string>& words) {
  auto outcome = run_command(words);
  if (outcome.exit_code == 0)
    return;
  std::string text;
  for (const auto& word : words)
    text += word + ' ';
  text += "failed: " + outcome.output;
  throw client::client_error(text);
}

} // namespace

std::optional<std::string> private_network::obstacle() {
  if (::geteuid() != 0)
    return "network namespaces need root";
  std::string probe = "carillon-probe-" + std::to_string(::getpid());
  auto made = run_command({"ip", "netns", "add", probe});
  if (made.exit_code != 0)
    return made.output.empty() ? "no `ip` program (iproute2)" : made.output;
  run_command({"ip", "netns", "del", probe});
  return std::nullopt;
}

private_network::private_network(std::size_t hosts) {
  const std::string id = std::to_string(::getpid() % 100'000);
  bridge_ = "cb" + id;
  prefix_ = "10." + std::to_string(128 + ::getpid() % 100) + "." +
            std::to_string(::getpid() / 100 % 250) + ".";
  try {
    must({"ip", "link", "add", bridge_, "type", "bridge"});
    must({"ip", "address", "add", prefix_ + "1/24", "dev", bridge_});
    must({"ip", "link", "set", bridge_, "up"});
    for (std::size_t i = 0; i < hosts; ++i) {
      std::string space = "carillon-" + id + "-" + std::to_string(i);
      std::string outside = "cv" + id + "x" + std::to_string(i);
      must({"ip", "netns", "add", space});
      spaces_.push_back(space);
      must({"ip", "link", "add", outside, "type", "veth", "peer", "name", port, "netns", space});
      must({"ip", "link", "set", outside, "master", bridge_, "up"});
      must({"ip", "-n", space, "link", "set", "lo", "up"});
      must({"ip", "-n", space, "address", "add", address_of(i) + "/24", "dev", port});
      must({"ip", "-n", space, "link", "set", port, "up"});
    }
  } catch (...) {
    remove();
    throw;
  }
}

private_network::~private_network() {
  remove();
}

void private_network::remove() {
  for (const auto& space : spaces_)
    run_command({"ip", "netns", "del", space}); // its end of the veth takes the other end with it
  run_command({"ip", "link", "del", bridge_});
}

std::string private_network::address_of(std::size_t host) const {
  return prefix_ + std::to_string(host + 2);
}

void private_network::cut(std::size_t from, std::size_t to) {
  must({"ip", "-n", spaces_.at(from), "neigh", "replace", address_of(to), "lladdr", nobody, "dev",
        port, "nud", "permanent"});
}

void private_network::heal(std::size_t from, std::size_t to) {
  run_command({"ip", "-n", spaces_.at(from), "neigh", "del", address_of(to), "dev", port});
}

void private_network::heal_all() {
  for (std::size_t from = 0; from < spaces_.size(); ++from)
    for (std::size_t to = 0; to < spaces_.size(); ++to)
      if (from != to)
        heal(from, to);
}

} // namespace carillon::cluster
