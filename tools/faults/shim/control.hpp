// What a test tells the shim inside a host (shim.cpp) through a file that both have mapped. All zero:
// the host's disk and clock are as they are. Written by host_shim, read by every thread of the host
// at every call that it concerns; each field by itself, so there is no moment of half a fault that
// would matter.
#pragma once

#include <atomic>
#include <cstdint>

namespace carillon::faults {

struct shim_control {
  // fsync, fdatasync and sync_file_range of files.
  std::atomic<std::int64_t> sync_delay_ns; // before each; looked at again all the while, so that it
                                           // can be lifted from a call that hangs
  std::atomic<std::int32_t> sync_error;    // errno instead of doing it; 0: none
  // write and pwrite to files, but for the log (standard output and error).
  std::atomic<std::int32_t> write_error;
  // The wall clock: CLOCK_REALTIME, gettimeofday, time.
  std::atomic<std::int64_t> clock_offset_ns;
  std::atomic<std::int64_t> clock_drift_ppm;   // since the monotonic time ...
  std::atomic<std::int64_t> clock_drift_since; // ... in ns
  // Calls that met a fault, for who wants to know whether it bit. Clocks are not counted.
  std::atomic<std::uint64_t> syncs_hit;
  std::atomic<std::uint64_t> writes_hit;
};
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

inline constexpr char shim_variable[] = "CARILLON_SHIM"; // environment: the file's path

} // namespace carillon::faults
