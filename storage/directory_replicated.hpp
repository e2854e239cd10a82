// A replica's directory for those who change it: what is looked up comes from this host's file; a
// change becomes a command, is committed in the meta group and applied here before the call
// returns, so that its caller reads its own writes. A commit whose fate is unknown is tried again
// under the same request id until the time is up.
//
// Failures beside the directory's own: timed_out (it may still happen), overloaded, shutting_down.
// Used by one thread at a time; several may exist.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"
#include "storage/directory.hpp"
#include "storage/directory_outcomes.hpp"

namespace carillon::storage {

// Blocks until the command is committed (at this index of the meta log), refused, or it is
// `give_up`.
using commit_directory_command =
    std::function<result<std::uint64_t>(const std::string& command, tick_time give_up)>;

// `path`: the replica's file. `outcomes` outlives it.
result<std::unique_ptr<directory>> open_replicated(const std::string& path,
                                                   directory_outcomes& outcomes,
                                                   commit_directory_command commit);

}  // namespace carillon::storage
