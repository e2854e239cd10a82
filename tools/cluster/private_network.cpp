#include "tools/cluster/private_network.hpp"

#include <unistd.h>

#include "tools/client/stream.hpp"
#include "tools/cluster/command.hpp"

namespace carillon::cluster {
namespace {

const std::string port = "eth0";
const std::string peer_port = "peer0";

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
  if (::access("/dev/net/tun", R_OK | W_OK) != 0)
    return "no TUN devices (/dev/net/tun)";
  return std::nullopt;
}

private_network::private_network(std::size_t hosts, std::uint64_t seed) {
  const std::string id = std::to_string(::getpid() % 100'000);
  bridge_ = "cb" + id;
  cable_ = "cv" + id + "x";
  const std::string third = "." + std::to_string(::getpid() / 100 % 250) + ".";
  prefix_ = "10." + std::to_string(128 + ::getpid() % 100) + third;
  peer_prefix_ = "10." + std::to_string(28 + ::getpid() % 100) + third;
  std::vector<int> cables;
  try {
    must({"ip", "link", "add", bridge_, "type", "bridge"});
    must({"ip", "address", "add", prefix_ + "1/24", "dev", bridge_});
    must({"ip", "link", "set", bridge_, "up"});
    for (std::size_t i = 0; i < hosts; ++i) {
      std::string space = "carillon-" + id + "-" + std::to_string(i);
      const std::string outside = cable_ + std::to_string(i);
      must({"ip", "netns", "add", space});
      spaces_.push_back(space);
      must({"ip", "link", "add", outside, "type", "veth", "peer", "name", port, "netns", space});
      must({"ip", "link", "set", outside, "master", bridge_, "up"});
      must({"ip", "-n", space, "link", "set", "lo", "up"});
      must({"ip", "-n", space, "address", "add", address_of(i) + "/24", "dev", port});
      must({"ip", "-n", space, "link", "set", port, "up"});
      cables.push_back(open_tun(space, peer_port, peer_address_of(i)));
    }
    switch_ = std::make_unique<packet_switch>(cables, seed);
  } catch (...) {
    for (int cable : cables)
      ::close(cable);
    remove();
    throw;
  }
}

private_network::~private_network() {
  remove();
}

void private_network::remove() {
  // Both ends of the cable go with this one, at once. With its namespace they would go some time later, and their
  // names are ours again when this returns.
  for (std::size_t i = 0; i < spaces_.size(); ++i)
    run_command({"ip", "link", "del", cable_ + std::to_string(i)});
  for (const auto& space : spaces_)
    run_command({"ip", "netns", "del", space});
  run_command({"ip", "link", "del", bridge_});
}

std::string private_network::address_of(std::size_t host) const {
  return prefix_ + std::to_string(host + packet_switch::first_address);
}

std::string private_network::peer_address_of(std::size_t host) const {
  return peer_prefix_ + std::to_string(host + packet_switch::first_address);
}

void private_network::set(std::size_t from, std::size_t to, const link_weather& weather) {
  switch_->set(from, to, weather);
}

void private_network::heal_all() {
  for (std::size_t from = 0; from < spaces_.size(); ++from)
    for (std::size_t to = 0; to < spaces_.size(); ++to)
      if (from != to)
        set(from, to, {});
}

} // namespace carillon::cluster
