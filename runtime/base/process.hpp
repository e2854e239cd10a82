// What this process takes of its machine, as the operating system counts it (proc(5)). Any thread;
// some tens of microseconds. What cannot be read is 0.
#pragma once

#include <cstdint>

namespace carillon {

struct process_use {
  double cpu_seconds = 0;            // of all threads, in user and kernel mode
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t open_files = 0;      // and sockets
  std::uint64_t open_files_max = 0;  // the soft limit
  std::uint64_t threads = 0;
  double started = 0;                // seconds since 1970
};
process_use read_process_use();

}  // namespace carillon
