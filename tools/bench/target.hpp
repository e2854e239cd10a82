// The host under load: one that is started for the run on an empty folder, a cluster of several, or
// one that runs already.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/client/host_process.hpp"
#include "tools/client/workforce.hpp"
#include "tools/cluster/cluster_process.hpp"

namespace carillon::bench {

struct target_options {
  std::string url;                   // empty: start our own host
  std::string admin_token_file;      // with url: DATA/admin.token of that host
  int pid = 0;                       // with url: its process, for CPU and memory; 0: not measured
  bool pin = false;                  // own host on core 0, the load on core 1
  std::string program;               // own host: empty: carillond beside this program
  std::vector<std::string> settings; // own host: "section.key=value"
  std::string data;                  // own host: folder, kept afterwards; empty: a scratch one
  std::vector<std::string> environment = {}; // own single host: "NAME=value"
  std::size_t hosts = 1;             // own hosts: a cluster of so many on this machine
};

class target {
public:
  explicit target(const target_options& how);

  const client::endpoint& where() const { return where_.front(); }
  // For the client with this number: clients are spread over all hosts.
  const client::endpoint& where(std::size_t client) const { return where_[client % where_.size()]; }
  const std::vector<client::endpoint>& hosts() const { return where_; }
  const std::string& admin_token() const { return admin_token_; }
  // Of all hosts together; nullopt: the process is not known.
  std::optional<client::process_usage> usage() const;
  // The most that any of the hosts had resident since it started; 0: not known.
  std::uint64_t peak_resident_bytes() const;
  // Ends the own host with SIGTERM and starts it again on the same data. Throws client_error for a
  // host that is not ours.
  void restart();
  // A folder on the hosts' disk; empty: not our hosts.
  const std::string& disk() const { return disk_; }
  // Where the hosts run; nullopt: where they want.
  std::optional<int> core() const { return pinned_ ? std::optional(0) : std::nullopt; }
  // While the own host is pinned to one core, the load has the other for itself and stays awake for
  // moments in which nothing comes: so a delivery costs the host what it costs to a client that is
  // elsewhere, and not the waking up of a thread beside it. The same for the raw loop, on the same loop.
  void keep_awake(client::event_loop& loop) const;
  // The own single host is stopped while `work` runs, with its data folder.
  void while_stopped(const std::function<void(const std::string& data)>& work);
  // Of a cluster of own hosts.
  cluster::cluster_process& cluster();

private:
  void start_cluster(const target_options& how);

  void stop();

  std::optional<client::scratch_folder> folder_;
  std::string disk_;
  std::string data_; // of the own single host
  bool pinned_ = false;
  std::optional<client::host_process> host_;
  std::unique_ptr<cluster::cluster_process> cluster_;
  std::vector<client::endpoint> where_; // at least one
  std::string admin_token_;
  std::vector<int> pids_;
};

// Raises RLIMIT_NOFILE for us and our children. Throws client_error when `files` are not allowed.
void allow_open_files(std::uint64_t files);

} // namespace carillon::bench
