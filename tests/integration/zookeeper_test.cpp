// Hosts that know nothing but ZooKeeper's address: they find one another and found a cluster, go on chatting
// while ZooKeeper is away and a host dies and comes back, and the ring moves again when it returns. With
// Debian's own server, alone and as an ensemble of three. Skipped, in words, where it is not installed.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>

#include <doctest/doctest.h>
#include <unistd.h>

#include "tests/support/channel_follower.hpp"
#include "tools/cluster/cluster_process.hpp"
#include "tools/cluster/command.hpp"
#include "tools/faults/zookeeper_server.hpp"

namespace carillon::testing {
namespace {

constexpr std::chrono::seconds patience{60};
constexpr std::size_t channels_max = 8;

[[maybe_unused]] const bool installed = [] {
  if (faults::zookeeper_servers::program())
    return true;
  std::puts("SKIPPED: ZooKeeper is not installed (tools/setup --tests installs it)");
  std::fflush(stdout);
  ::_exit(77);
}();

// Each host's file has its own entry only.
class zookeeper_site {
public:
  explicit zookeeper_site(std::size_t servers = 1) : zookeeper(servers) {
    for (const char* name : {"a", "b", "c"})
      add(name);
  }

  std::size_t add(const std::string& name) {
    const std::string file = folder_.path() + "/" + name + ".toml";
    const std::string data = folder_.path() + "/" + name;
    const std::string listen = "127.0.0.1:" + std::to_string(cluster::free_port());
    std::ofstream(file) << "[cluster]\nname = \"trial\"\nslots = 16\nreplicas = 3\n"
                           "coordination = \"zookeeper\"\n[cluster.zookeeper]\nservers = \""
                        << zookeeper.addresses()
                        << "\"\nroot = \"/site/chat\"\nsession_timeout_s = 3\n[[cluster.hosts]]\nname = \""
                        << name << "\"\npeer = \"127.0.0.1:" << cluster::free_port() << "\"\nlisten = \""
                        << listen << "\"\ndata = \"" << data << "\"\nzone = \"z-" << name << "\"\n";
    client::host_process::options how;
    how.data = data;
    how.listen = listen;
    how.arguments = {"--config", file, "--host", name};
    how_.push_back(how);
    hosts.push_back(std::make_unique<client::host_process>(how));
    where.emplace_back();
    return hosts.size() - 1;
  }
  // The same folder and name, told something else besides.
  void restart_with(std::size_t host, const std::string& setting) {
    hosts[host]->signal(SIGTERM);
    REQUIRE(hosts[host]->wait_for_exit(patience));
    client::host_process::options how = how_[host];
    how.settings = {setting};
    hosts[host] = std::make_unique<client::host_process>(how);
    hosts[host]->launch();
    where[host] = hosts[host]->wait_until_listening(patience);
  }
  void launch_all() {
    for (auto& host : hosts)
      host->launch();
  }
  void wait_all() {
    for (std::size_t i = 0; i < hosts.size(); ++i)
      where[i] = hosts[i]->wait_until_listening(patience);
  }
  // People, channels, and a first post in each, once all hosts are ready: before, they refuse calls.
  void begin_chat() {
    settled();
    people = client::hire(loop, where[0], hosts[0]->admin_token(), 2, "person");
    client::api_client owner(loop, where[0], people[0].token);
    for (std::size_t i = 0; i < channels_max; ++i)
      channels.push_back(client::create_channel(owner, "room-" + std::to_string(i)));
    chat({0, 1, 2});
  }

  client::api_client ask(std::size_t host) { return {loop, where[host], people.at(0).token}; }

  // One post to every channel through each of these hosts, insisted on. The longest wait for one.
  std::chrono::milliseconds chat(const std::vector<std::size_t>& through) {
    std::chrono::milliseconds longest{0};
    for (std::size_t host : through)
      for (const std::string& channel : channels) {
        const std::string text = "post-" + std::to_string(posted.size());
        const tick_time began = steady_now();
        for (bool taken = false; !taken;) {
          REQUIRE_MESSAGE(steady_now() - began < patience, "nobody takes a post to ", channel);
          taken = ask(host)
                      .try_call("chat.postMessage",
                                {{"channel", channel}, {"text", text}, {"client_msg_id", text}})
                      .is_ok();
          if (!taken)
            loop.run_for(std::chrono::milliseconds(20));
        }
        posted.insert(text);
        longest = std::max(longest, std::chrono::duration_cast<std::chrono::milliseconds>(
                                        steady_now() - began));
      }
    return longest;
  }
  // Every post once, as this host tells it.
  void check_history(std::size_t host) {
    client::api_client reader(loop, where[host], people.at(0).token);
    std::multiset<std::string> seen;
    for (const std::string& channel : channels)
      for (const seen_message& each : read_history(reader, channel))
        if (each.key.starts_with("post-"))
          seen.insert(each.key);
    CHECK(seen.size() == posted.size());
    CHECK(std::set<std::string>(seen.begin(), seen.end()) == posted);
  }

  template <class Condition>
  bool soon(Condition condition) {
    const auto give_up = steady_now() + patience;
    while (!condition()) {
      if (steady_now() > give_up)
        return false;
      loop.run_for(std::chrono::milliseconds(50));
    }
    return true;
  }
  std::string coordination_of(std::size_t host) {
    const auto said = client::api_client(loop, where[host]).try_get("/readyz");
    const auto* words = said.json.if_contains("coordination");
    return words ? std::string(words->as_string()) : std::string();
  }
  bool is_ready(std::size_t host) {
    return client::api_client(loop, where[host]).try_get("/readyz").status == 200;
  }
  std::uint64_t generation(std::size_t host) {
    const auto said = client::api_client(loop, where[host]).try_get("/healthz");
    const auto* value = said.json.if_contains("generation");
    return value ? value->to_number<std::uint64_t>() : 0;
  }
  std::uint64_t peers_heard(std::size_t host) {
    const auto said = client::api_client(loop, where[host]).try_get("/healthz");
    std::uint64_t out = 0;
    if (const auto* peers = said.json.if_contains("peers"))
      for (const auto& each : peers->as_array())
        out += each.as_object().at("heard").as_bool();
    return out;
  }
  cluster::command_outcome ring(std::size_t host, std::vector<std::string> words) {
    std::vector<std::string> command{client::program_beside_us("carillon"), "ring"};
    command.insert(command.end(), words.begin(), words.end());
    command.insert(command.end(), {"--url", "http://" + where[host].authority(), "--token", hosts[host]->admin_token()});
    return cluster::run_command(command);
  }
  void settled() {
    REQUIRE(soon([&] {
      const std::uint64_t first = generation(0);
      for (std::size_t i = 0; i < hosts.size(); ++i)
        if (!is_ready(i) || !coordination_of(i).empty() || generation(i) != first ||
            peers_heard(i) + 1 < hosts.size())
          return false;
      return first > 0;
    }));
  }
  std::string logs() const {
    std::string out;
    for (const auto& host : hosts)
      out += host->log_path() + ":\n" + host->log_text() + "\n";
    return out;
  }

  faults::zookeeper_servers zookeeper;
  client::event_loop loop;
  std::vector<std::unique_ptr<client::host_process>> hosts;
  std::vector<client::endpoint> where;
  std::vector<client::worker> people;
  std::vector<std::string> channels;
  std::set<std::string> posted;

private:
  client::scratch_folder folder_;
  std::vector<client::host_process::options> how_;
};

}  // namespace

TEST_CASE("zookeeper: hosts that know only its address find one another; without it chat goes on, with it the ring") {
  zookeeper_site site;
  site.launch_all();
  site.wait_all();
  site.begin_chat();
  const std::string there = site.zookeeper.command("ls /site/chat/hosts");
  CHECK_MESSAGE(there.find("[a, b, c]") != std::string::npos, there);

  site.zookeeper.kill_all();
  for (std::size_t host : {0, 1, 2})
    REQUIRE(site.soon([&] { return site.coordination_of(host).find("is away") != std::string::npos; }));
  for (std::size_t host : {0, 1, 2})
    CHECK(site.is_ready(host));
  MESSAGE("longest post without ZooKeeper: ", site.chat({0, 1, 2}).count(), " ms");
  const std::uint64_t stands_at = site.generation(0);

  site.hosts[2]->kill_now();
  MESSAGE("longest post while a host is dead, too: ", site.chat({0, 1}).count(), " ms");
  const auto refused = site.ring(0, {"weight", "b", "50"});
  CHECK(refused.exit_code != 0);
  CHECK_MESSAGE(refused.output.find("the ring stands still") != std::string::npos, refused.output);
  CHECK(site.ring(0, {"show"}).exit_code == 0);
  CHECK(site.ring(0, {"weight", "b", "50", "--dry-run"}).exit_code == 0);

  site.hosts[2]->launch();
  site.where[2] = site.hosts[2]->wait_until_listening(patience);
  REQUIRE(site.soon([&] { return site.is_ready(2); }));
  CHECK(site.coordination_of(2).find("ZooKeeper") != std::string::npos);
  MESSAGE("longest post when it is back: ", site.chat({0, 1, 2}).count(), " ms");
  CHECK(site.generation(0) == stands_at);

  site.zookeeper.start_all();
  site.settled();
  CHECK(site.soon([&] { return site.ring(1, {"weight", "b", "150"}).exit_code == 0; }));
  CHECK(site.generation(1) > stands_at);
  const std::size_t d = site.add("d");
  site.hosts[d]->launch();
  site.where[d] = site.hosts[d]->wait_until_listening(patience);
  site.settled();
  REQUIRE(site.soon([&] {
    const auto said = client::api_client(site.loop, site.where[d]).try_get("/healthz");
    const auto* leads = said.json.if_contains("leads");
    return leads && !leads->as_array().empty();
  }));
  MESSAGE("longest post with a fourth host: ", site.chat({0, 1, 2, d}).count(), " ms");
  for (std::size_t host = 0; host < site.hosts.size(); ++host)
    site.check_history(host);
}

TEST_CASE("zookeeper: an ensemble may lose a server; without a majority it is away; hands and wrong roots are told") {
  zookeeper_site site(3);
  site.launch_all();
  site.wait_all();
  site.begin_chat();

  site.zookeeper.kill(0);
  REQUIRE(site.soon([&] { return site.ring(0, {"weight", "a", "120"}).exit_code == 0; }));
  site.settled();
  site.zookeeper.command("delete /site/chat/hosts/b");
  std::string there;
  CHECK_MESSAGE(site.soon([&] {
    there = site.zookeeper.command("ls /site/chat/hosts");
    return there.find("[a, b, c]") != std::string::npos;
  }),
                there);

  site.zookeeper.kill(1);
  for (std::size_t host : {0, 1, 2})
    REQUIRE(site.soon([&] { return site.coordination_of(host).find("is away") != std::string::npos; }));
  MESSAGE("longest post without a majority of ZooKeeper: ", site.chat({0, 1, 2}).count(), " ms");
  site.zookeeper.start_all();
  site.settled();
  REQUIRE(site.soon([&] { return site.ring(2, {"weight", "a", "100"}).exit_code == 0; }));

  site.zookeeper.command("create /other");
  site.zookeeper.command(
      "create /other/cluster {\"clusterName\":\"x\",\"facts\":{\"clusterId\":\"5\",\"metaVoters\":[\"1\"],\"slots\":16}}");
  site.restart_with(2, "cluster.zookeeper.root=/other");
  REQUIRE(site.soon([&] {
    return site.coordination_of(2).find("/other in ZooKeeper belongs to the cluster \"x\"") != std::string::npos;
  }));
  REQUIRE(site.soon([&] { return site.is_ready(2); }));
  site.chat({0, 1, 2});
  site.restart_with(2, "cluster.zookeeper.root=/site/chat");
  site.settled();
  site.chat({0, 1, 2});
  for (std::size_t host : {0, 1, 2})
    site.check_history(host);
}

}  // namespace carillon::testing
