// A whole cluster as child processes of ours: from a settings file that an operator wrote
// (`carillon up`), or from one made here for a trial (`carillon chaos`, tests). One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "tools/client/host_process.hpp"
#include "tools/cluster/private_network.hpp"

namespace carillon::cluster {

// A trial's cluster: hosts a, b, c, ... below `folder`, on loopback or in `network`.
struct trial {
  std::string folder;
  std::size_t hosts = 3;
  const private_network* network = nullptr;
};
// Writes FOLDER/cluster.toml; its path.
std::string write_cluster_file(const trial& how);
// Writes FOLDER/NAME.toml of one more host, which knows the first of `cluster_file` and itself; its path.
std::string write_visitor_file(const trial& how, const std::string& cluster_file, std::size_t host);

// Writes FOLDER/NAME.toml with nothing but this host of `cluster_file`: for one that finds the others in
// another way; its path.
std::string write_lone_file(const trial& how, const std::string& cluster_file, std::size_t host);

// The [[cluster.hosts]] of a settings file. Throws client_error when the file is wrong or names none.
std::vector<settings::cluster_host> hosts_of(const std::string& file);

class cluster_process {
public:
  struct options {
    std::string file;                             // with [[cluster.hosts]]
    // Files of hosts that are not of the cluster at first, each the last in its own.
    std::vector<std::string> visitors = {};
    std::vector<std::string> settings = {};       // "section.key=value", for every host
    std::string logs = {};                        // folder for NAME.log; empty: beside the data
    const private_network* network = nullptr;     // hosts in the order of its namespaces
    std::string program = {};                     // empty: carillond beside us
    // Called for each host in the file's order, to add what is special to it.
    std::function<void(std::size_t host, client::host_process::options&)> each = {};
  };
  // Throws client_error when the file is wrong or names no hosts.
  explicit cluster_process(options how);

  std::size_t size() const { return hosts_.size(); } // visitors are the last
  std::size_t members() const { return members_; }
  const settings::cluster_host& entry(std::size_t host) const { return hosts_.at(host).entry; }
  client::host_process& process(std::size_t host) { return *hosts_.at(host).process; }

  void launch(std::size_t host);
  void launch_all(); // members
  // Where clients reach it. Throws client_error with the end of its log if it ends before it listens.
  client::endpoint wait_until_listening(std::size_t host,
                                        std::chrono::milliseconds at_most = std::chrono::seconds(60));
  void wait_until_all_listen(std::chrono::milliseconds at_most = std::chrono::seconds(60));
  // As of its last wait_until_listening; before it, as its file says.
  const client::endpoint& where(std::size_t host) const { return hosts_.at(host).where; }
  std::vector<client::endpoint> endpoints() const;
  // The cluster's admin token, as any host has it.
  std::string admin_token() const;

  // SIGTERM to one after the other, each after the one before is gone, at most `each` long.
  void stop_in_order(std::chrono::milliseconds each);

private:
  struct one {
    settings::cluster_host entry;
    std::unique_ptr<client::host_process> process;
    client::endpoint where;
  };
  void add(const options& how, const settings::cluster_host& entry, const std::string& file);

  std::vector<one> hosts_;
  std::size_t members_ = 0;
};

// What a host says of itself in /healthz.
struct host_health {
  bool answers = false;
  bool well = false;
  std::string reason;            // why it is not well
  std::vector<std::uint32_t> leads; // slots
  std::uint32_t slots = 0;       // of the whole cluster
  std::uint64_t posts = 0;       // committed since its start, in slots it led
  std::uint64_t deliveries = 0;  // frames handed to sockets since its start
  std::uint64_t sessions = 0;
  std::uint64_t generation = 0;
};
host_health read_health(int status, const std::string& body);

// A port that nobody uses now, and that this process was not given lately. Thread-safe.
std::uint16_t free_port();

} // namespace carillon::cluster
