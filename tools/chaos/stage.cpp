#include "tools/chaos/stage.hpp"

#include <algorithm>

#include <unistd.h>

namespace carillon::chaos {

std::optional<std::string> stage::obstacle(const scenario& what) {
  scenario_needs needs = needs_of(what);
  std::optional<std::string> why;
  if (needs.network)
    why = cluster::private_network::obstacle();
  if (!why && needs.shim)
    why = faults::host_shim::obstacle();
  if (!why && needs.disk)
    why = faults::small_disk::obstacle();
  if (!why && needs.cage)
    why = faults::memory_cage::obstacle();
  if (!why && needs.postgres && !faults::postgres_server::programs())
    why = "PostgreSQL is not installed";
  if (!why && needs.zookeeper && !faults::zookeeper_servers::program())
    why = "ZooKeeper is not installed";
  if (!why && needs.zookeeper && (needs.network || what.visitors > 0))
    why = "with ZooKeeper, which is on loopback, hosts have no network of their own, and no visitors";
  return why;
}

stage::stage(const scenario& what, const std::string& folder, std::uint64_t seed) {
  scenario_needs needs = needs_of(what);
  std::vector<std::string> settings = what.settings;
  if (needs.network)
    network_ = std::make_unique<cluster::private_network>(what.hosts + what.visitors, seed);
  if (needs.postgres) {
    postgres_ = std::make_unique<faults::postgres_server>();
    settings.push_back("directory.postgres=" + postgres_->connection());
  }
  if (needs.zookeeper) {
    zookeeper_ = std::make_unique<faults::zookeeper_servers>(std::max<std::size_t>(1, what.zookeeper));
    settings.insert(settings.end(), {"cluster.coordination=zookeeper", "cluster.zookeeper.session_timeout_s=3",
                                     "cluster.zookeeper.servers=" + zookeeper_->addresses()});
  }
  const cluster::trial trial{.folder = folder, .hosts = what.hosts, .network = network_.get()};
  const std::string file = cluster::write_cluster_file(trial);
  std::vector<std::string> visitors;
  for (std::size_t i = 0; i < what.visitors; ++i)
    visitors.push_back(cluster::write_visitor_file(trial, file, what.hosts + i));
  auto surround = [&](std::size_t host, client::host_process::options& options) {
    const std::string place = options.data; // FOLDER/a: its neighbours are named after it
    if (needs.shim) {
      shims_.push_back(std::make_unique<faults::host_shim>(place + ".shim"));
      options.environment = shims_.back()->environment();
    }
    if (needs.zookeeper) // it finds the others there
      options.arguments.at(1) = cluster::write_lone_file(trial, file, host);
    if (needs.cage) {
      cages_.push_back(std::make_unique<faults::memory_cage>(
          "carillon-" + std::to_string(::getpid()) + "-" + std::to_string(host)));
      options.cgroup = cages_.back()->folder();
    }
    if (needs.disk)
      disks_.push_back(std::make_unique<faults::small_disk>(place + ".img", place, what.disk_mb));
  };
  hosts_ = std::make_unique<cluster::cluster_process>(
      cluster::cluster_process::options{.file = file,
                                        .visitors = visitors,
                                        .settings = settings,
                                        .logs = folder,
                                        .network = network_.get(),
                                        .program = {},
                                        .each = surround});
}

} // namespace carillon::chaos
