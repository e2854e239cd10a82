// A scenario's cluster with everything that its faults need around it: networks, disks, shims, memory
// cages, a PostgreSQL server, ZooKeeper; only what the scenario asks for. One thread; the destructor ends all
// processes before it takes their surroundings away.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/chaos/scenario.hpp"
#include "tools/cluster/cluster_process.hpp"
#include "tools/cluster/private_network.hpp"
#include "tools/faults/host_shim.hpp"
#include "tools/faults/memory_cage.hpp"
#include "tools/faults/postgres_server.hpp"
#include "tools/faults/small_disk.hpp"
#include "tools/faults/zookeeper_server.hpp"

namespace carillon::chaos {

class stage {
public:
  // Why this machine does not allow what the scenario needs; nullopt: it does.
  static std::optional<std::string> obstacle(const scenario& what);

  // Hosts are not started yet. Throws client::client_error.
  stage(const scenario& what, const std::string& folder, std::uint64_t seed);

  cluster::cluster_process& hosts() { return *hosts_; }
  std::size_t size() const { return hosts_->size(); } // visitors stand behind the members
  std::size_t members() const { return hosts_->members(); }
  // nullptr, or empty: the scenario needs none.
  cluster::private_network* network() { return network_.get(); }
  faults::postgres_server* postgres() { return postgres_.get(); }
  faults::zookeeper_servers* zookeeper() { return zookeeper_.get(); }
  std::vector<std::unique_ptr<faults::host_shim>>& shims() { return shims_; }
  std::vector<std::unique_ptr<faults::memory_cage>>& cages() { return cages_; }
  std::vector<std::unique_ptr<faults::small_disk>>& disks() { return disks_; }

private:
  std::unique_ptr<cluster::private_network> network_;
  std::unique_ptr<faults::postgres_server> postgres_;
  std::unique_ptr<faults::zookeeper_servers> zookeeper_;
  std::vector<std::unique_ptr<faults::host_shim>> shims_;
  std::vector<std::unique_ptr<faults::memory_cage>> cages_;
  std::vector<std::unique_ptr<faults::small_disk>> disks_;
  std::unique_ptr<cluster::cluster_process> hosts_;
};

} // namespace carillon::chaos
