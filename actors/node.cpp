#include "actors/node.hpp"

#include <algorithm>
#include <filesystem>
#include <thread>

#include "actors/coordination.hpp"
#include "actors/node_parts.hpp"
#include "runtime/base/logging.hpp"
#include "storage/credentials.hpp"
#include "storage/rocks_kv.hpp"

namespace carillon {
namespace {

host_sizes sizes_of(const settings& config) {
  const std::uint32_t cores = std::max(1u, std::thread::hardware_concurrency());
  const std::uint32_t io = edge::resolve_io_threads(config.edge.io_threads);
  const std::uint32_t workers = config.host.scheduler_threads ? config.host.scheduler_threads
                                : cores > io                  ? cores - io
                                                              : 1u;
  return {io, workers};
}

// A ceiling that somebody chose is kept or refused; one that we chose is a guess, and said so.
status check_ceiling(const settings& config) {
  const std::uint64_t ceiling = memory_ceiling(config);
  const status fits = ceiling == 0 ? status(ok) : check_memory(config, ceiling);
  if (fits || config.host.memory_max_mb != 0)
    return fits;
  log_warn("host", "{}", fits.error().detail);
  return ok;
}

}  // namespace

node::node(std::unique_ptr<parts> made) : parts_(std::move(made)) {}
node::~node() = default;

const std::string& node::url() const {
  return parts_->url;
}

bool node::takes_clients() const {
  return parts_->door->knows_directory();
}

result<std::unique_ptr<node>> node::start(const settings& config, file_finder files,
                                          departure& leave) {
  if (!storage::start_credentials())
    return make_error(errc::internal_error, "libsodium does not start on this machine");
  if (status fits = check_ceiling(config); !fits)
    return fits.error();
  auto regions = client_regions::open(config.discovery);
  if (!regions)
    return regions.error();
  if (const std::string words = (*regions)->describe(); !words.empty())
    log_info("host", "discovery: {}", words);
  auto pushes = push::sender::start(config.push);
  if (!pushes)
    return pushes.error();
  auto folder = data_folder::open(config.host.data);
  if (!folder)
    return folder.error();
  if (const std::string why = folder->old_copy(); !why.empty())
    return make_error(errc::invalid_config,
                      fmt::format("{}: other hosts refused it: {}", config.host.data, why));
  auto made = std::make_unique<parts>(std::move(*folder), config, std::move(files),
                                      sizes_of(config), leave);
  parts& p = *made;
  p.regions = std::move(*regions);
  p.host.regions = p.regions.get();
  p.pushes = std::move(*pushes);
  std::unique_ptr<node> out(new node(std::move(made)));
  for (auto step : {&node::open_store, &node::join_cluster, &node::start_storage,
                    &node::start_meta, &node::start_directory, &node::start_slots, &node::listen})
    if (status done = step(p); !done) {
      // Actors may run and use what is here; they live until main() has said why and exits.
      (void)out.release();
      return done.error();
    }
  return out;
}

void node::look_after_itself() const {
  const parts& p = *parts_;
  p.memory->step(steady_now());
  if (!p.others_can_mend() || p.leave.exit_code() != 0)
    return;
  const status writes = p.journal->health();
  if (writes || !std::filesystem::exists(storage::rocks_kv::damage_mark_of(p.folder.file("db"))))
    return;
  log_error("host", "a damaged block has ended all writes ({}): this host hands over and ends; its "
            "next start leaves the block behind and pulls what was in it from the other hosts",
            writes.error().detail);
  p.leave.ask(departure::reason::damaged_store);
}

void node::stop_groups(parts& p, std::chrono::milliseconds grace) {
  caf::scoped_actor self{p.system};
  std::vector<caf::actor> groups;
  for (const caf::actor& slot : p.host.slots)
    groups.push_back(slot);
  groups.push_back(p.host.meta);
  std::erase(groups, caf::actor());
  for (const caf::actor& group : groups)
    caf::anon_send(group, stop_slot{});  // all of them at once: each may wait for another host
  const auto deadline = steady_now() + grace;
  for (const caf::actor& group : groups) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_now());
    self->request(group, std::max(left, std::chrono::milliseconds(1)), stop_slot{})
        .receive([] {}, [](const caf::error&) {});
  }
}

void node::stop(std::chrono::milliseconds grace) {
  parts& p = *parts_;
  p.folder.remove_address();
  p.directory_waiter.request_stop();
  p.door->stop();
  // What is still asked here goes to the new leaders; on a host that is alone, to the slots as ever.
  if (p.has_peers())
    stop_groups(p, grace / 2);
  if (p.zookeeper)  // others find it gone at once, not when its session expires
    caf::scoped_actor(p.system)
        ->request(p.zookeeper, grace / 4, leave_coordination{})
        .receive([] {}, [](const caf::error&) {});
  p.server->shutdown(grace / 2);
  if (!p.has_peers())
    stop_groups(p, grace / 2);
  p.pushes->stop(grace / 8);  // what is under way may have its answer
  if (p.directory_waiter.joinable())
    p.directory_waiter.join();  // it may be asking: at most the server's connect_timeout
  p.journal->close();
  p.directory->close();
}

}  // namespace carillon
