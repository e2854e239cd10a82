// What can be done to a cluster on purpose: the kinds of faults, their names in scenario files, and
// what each of them needs to be told. Values; what carries them out is injector.hpp.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace carillon::chaos {

enum class fault_kind : std::uint8_t {
  none,             // to see what the load alone does
  kill,             // kill -9; started again at the end
  kill_all,         // every host at once, started again at once
  stop,             // SIGSTOP, SIGCONT at the end
  partition,        // cut off from the others, both ways
  one_way,          // the same, one way only: by turns it is not heard, or hears nothing
  network,          // its links to the others are bad: delay_ms, jitter_ms, loss_percent,
                    // duplicate_percent, reorder_percent, bandwidth_kbit, each way
  slow_fsync,       // every fsync of it takes delay_ms more
  hang_fsync,       // none returns before the end
  fsync_error,      // every one fails with EIO; at the end the host is restarted, as the README says
  write_error,      // the same for writes to files
  disk_full,        // no room for its data; at the end there is, and the host is restarted
  clock,            // its wall clock is step_seconds ahead (negative: behind) and goes drift_ppm too
                    // fast, and is right again at the end
  memory,           // it may take headroom_mb more memory than it holds, not a page more; negative: it
                    // is ended for it, as the kernel does; started again at the end
  postgres_kill,    // the directory's server is killed; started again at the end
  postgres_stop,    // it is frozen
  postgres_restart, // it is stopped in order; started again at the end
  zookeeper_kill,   // all its servers are killed; started again at the end
  zookeeper_stop,   // they are frozen
  rolling_restart,  // one host after the other is ended in order, started again, and waited for
                    // until it is well; takes as long as that takes
  drain,            // the ring is told to give its slots to the others, live; for `seconds` it holds none,
                    // then it gets its share again; takes as long as that takes beside
  visit,            // hosts that the cluster does not know (cluster.visitors; all of them unless `host` is
                    // one) join it with the address of one member, get their share of the slots, keep
                    // it for `seconds`, are removed and end; takes as long as that takes beside
  reconnect_storm,  // all subscribers drop their connections at once and come back
};

struct fault_plan {
  fault_kind fault = fault_kind::none;
  std::string host;   // "a", "b", ...; "all"; empty: a random one each time
  std::string peer;   // of partition, one_way and network: only between the two; empty: all others
  double seconds = 2; // from its beginning to its end
  double delay_ms = 0, jitter_ms = 0, loss_percent = 0, duplicate_percent = 0, reorder_percent = 0;
  double bandwidth_kbit = 0; // a second; 0: as fast as it goes
  double step_seconds = 0, drift_ppm = 0;
  double headroom_mb = 16;
  // Of kill and kill_all: the machine has lost its power, not only its process its life: what was
  // appended to files and never synced is gone (tools/faults/host_shim.hpp).
  bool lose_unsynced = false;
};

struct fault_description {
  std::string_view name;
  fault_kind kind;
  std::string_view keys; // what it may be told beside `seconds`, each with a blank behind it
};
std::span<const fault_description> all_faults();
std::string_view to_string(fault_kind kind);
bool may_have(fault_kind kind, std::string_view key);
// Its name and what it was told beside host and seconds: "network, delay_ms 40, loss_percent 1".
std::string describe(const fault_plan& plan);
// It has no `seconds`: it is over when it is done.
bool ends_itself(fault_kind kind);

} // namespace carillon::chaos
