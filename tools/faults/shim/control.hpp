// What a test tells the shim inside a host (shim.cpp) through a file that both have mapped. All zero:
// the host's disk and clock are as they are. Written by host_shim, read by every thread of the host
// at every call that it concerns; each field by itself, so there is no moment of half a fault that
// would matter.
//
// The other way the shim tells how much of each file is on the disk for sure: what a loss of power
// leaves of it. A kill -9 does not show what was never synced, for the kernel still has it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace carillon::faults {

// A file that the host wrote to. Both zero: nobody's; never freed but by host_shim.
struct file_account {
  std::atomic<std::uint64_t> file; // file_number()
  // What it will keep, plus one: its size before the first write, then whatever was there when a
  // sync that went well began. 0: not known yet.
  std::atomic<std::int64_t> kept_plus_one;
};
inline constexpr std::size_t files_max = 8'192; // a power of two

struct shim_control {
  // fsync, fdatasync and sync_file_range of files.
  std::atomic<std::int64_t> sync_delay_ns; // before each; looked at again all the while, so that it
                                           // can be lifted from a call that hangs
  std::atomic<std::int32_t> sync_error;    // errno instead of doing it; 0: none
  // write, writev and pwrite to files, but for the log (standard output and error).
  std::atomic<std::int32_t> write_error;
  // The wall clock: CLOCK_REALTIME, gettimeofday, time.
  std::atomic<std::int64_t> clock_offset_ns;
  std::atomic<std::int64_t> clock_drift_ppm;   // since the monotonic time ...
  std::atomic<std::int64_t> clock_drift_since; // ... in ns
  // Calls that met a fault, for who wants to know whether it bit. Clocks are not counted.
  std::atomic<std::uint64_t> syncs_hit;
  std::atomic<std::uint64_t> writes_hit;
  std::atomic<std::uint32_t> files_left_out; // writes to files for which there was no account left
  file_account files[files_max];
};
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

// Which file it is, whatever its name. Of an inode that was used again the time of birth tells.
constexpr std::uint64_t file_number(std::uint64_t device, std::uint64_t inode, std::int64_t born_s,
                                    std::uint32_t born_ns) {
  std::uint64_t mixed = inode * 0x9e3779b97f4a7c15ULL + device;
  mixed = (mixed ^ (mixed >> 29)) * 0xbf58476d1ce4e5b9ULL + static_cast<std::uint64_t>(born_s);
  mixed = (mixed ^ (mixed >> 32)) * 0x94d049bb133111ebULL + born_ns;
  return (mixed ^ (mixed >> 31)) | 1;
}

inline constexpr char shim_variable[] = "CARILLON_SHIM"; // environment: the file's path

} // namespace carillon::faults
