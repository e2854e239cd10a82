// This host's replica of the meta group (slot number cluster.slots): its log carries the ring view
// and the directory's commands to every host. Where it leads it also runs ring_state: it announces,
// nominates, hands leadership back.
//
// It takes, besides what every replica takes (actors/replica_actor.hpp), from actors/protocols.hpp:
//   commit_directory       -> directory_outcome: committed at an index, from whichever host leads
//   meta_request_box       -> peer_reply_box: the same for another host, through the link
//   directory_applied         the directory of this host holds everything up to an index
//   wait_view              -> unit, once a view with places is known (from disk or committed)
//
// Committed directory commands go to setup::directory_sink in their order, each once per process and
// again after a restart unless directory_applied covered them; the log keeps what is not applied.
#pragma once

#include <functional>
#include <memory>

#include <caf/all.hpp>

#include "actors/host_services.hpp"
#include "actors/protocols.hpp"
#include "actors/ring_view_holder.hpp"
#include "storage/log_store.hpp"

namespace carillon {

struct meta_setup {
  wire::ring_member myself;               // announced until the view has it
  std::uint32_t members_expected = 1;     // hosts in the configuration
  ring_view_holder* view = nullptr;       // both written here only; outlive the actor
  cluster_health* health = nullptr;
  raft::log_index directory_applied = 0;  // what the directory holds at start
  // Called on the actor's thread, in order: must be quick (it posts to the directory's actor). May
  // be empty.
  std::function<void(std::vector<directory_commit>)> directory_sink;
};

// `log` and `start` were read from the disk; spawning does no I/O. It stands still until wait_serving
// or wait_view.
caf::actor spawn_meta(caf::actor_system& system, const host_services& host, meta_setup setup,
                      const storage::slot_start& start, std::unique_ptr<storage::log_store> log);

}  // namespace carillon
