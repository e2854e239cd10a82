// The facts that a data folder is founded with and keeps for ever: the format of what is on disk,
// the number of slots, and the store id, which is the host's identity among others (DESIGN 4: an
// empty or foreign disk is a new host). Then, once, those of the cluster it belongs to: drawn here
// for a host that is alone, learned from others (write_founding) for one that is not; until then the
// disk has an identity and no groups. And how often it was started, which gives away a disk that was
// put back from an older copy, and under which names. Called at start, before the journal has the kv.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/random.hpp"
#include "runtime/base/result.hpp"
#include "runtime/raft/types.hpp"
#include "runtime/wire/peer.pb.h"
#include "storage/kv.hpp"

namespace carillon::storage {

// Rises when an older program could not read what a newer one writes.
//   1  one host, groups of one; no facts of a cluster: opened, it becomes a cluster of one
//   2  facts of the cluster in a row of their own; groups of several, changes of members in logs
//   3  starts are counted: a program that does not would make an old copy of the newest folder
inline constexpr std::uint64_t format_version = 3;

struct founding {
  std::uint64_t format = format_version;
  std::uint64_t store_id = 0;  // never 0
  std::uint32_t slots = 0;
  bool is_new = false;  // founded by this call
  std::uint64_t cluster_id = 0;                // 0: in no cluster yet
  std::vector<raft::member_id> meta_voters;    // first voters of the meta group; rising
  std::uint64_t starts = 0;                    // 0: never counted
  std::string host_name;                       // empty: never started among others
  std::string cluster_name;                    // empty: never counted

  bool has_cluster() const { return cluster_id != 0; }
};

// Founds an empty store as a cluster of its own, synced, or reads what it was founded with; a store
// that is in no cluster yet becomes one of its own. invalid_config when it was founded with another
// number of slots or a newer format; corrupt_record when the facts are damaged, or missing beside
// other data.
result<founding> found_or_check(kv& store, std::uint32_t slots, random_source& random);

// The same for a host among others: an empty store gets its store id and number of slots, and may
// be in no cluster yet when this returns.
result<founding> open_founding(kv& store, std::uint32_t slots, random_source& random);

// What the store was founded with, and nothing else happens; nullopt: nothing was.
result<std::optional<founding>> read_founding(const kv& store);

// The store belongs to this cluster from now on; synced. Writing the same again changes nothing;
// invalid_config when it belongs to another cluster, was founded with another number of slots, or
// the facts are not complete. REQUIRES: open_founding; nobody else writes meanwhile.
status write_founding(kv& store, const wire::founding_facts& facts);

// Under which names a store is started.
struct start_names {
  std::string cluster;
  std::string host;  // empty: it is alone, and its name may be changed freely
};

// invalid_config: the store was founded under other names, so it is another cluster's, or was copied
// from another host.
status check_names(const founding& facts, const start_names& names);

// Counts this start, synced, before any other host hears of it; `facts` follow. The first counted
// start gives the store its names. Errors: of check_names, and of the disk.
// REQUIRES: open_founding or found_or_check gave `facts`; nobody else writes meanwhile.
status count_start(kv& store, founding& facts, const start_names& names);

wire::founding_facts to_wire(const founding& facts);

}  // namespace carillon::storage
