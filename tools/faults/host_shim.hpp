// The disk and the wall clock of one host, as bad as a test wants them: what this side says, the
// shim inside the host does (shim/shim.cpp), and the shim keeps account of what was synced, so that a
// loss of power can be had without one. Outlives restarts of its host; one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace carillon::faults {

struct shim_control;

struct host_weather {
  std::chrono::nanoseconds sync_delay{0}; // of each fsync and its like; `for_ever` hangs
  bool syncs_fail = false;                // with EIO
  bool writes_fail = false;
  std::chrono::nanoseconds clock_offset{0};
  std::int64_t clock_drift_ppm = 0; // from the moment it is set; without it the clock is right again
  static constexpr std::chrono::nanoseconds for_ever = std::chrono::hours(24);
  bool operator==(const host_weather&) const = default;
};

// Both at once.
host_weather together(const host_weather& a, const host_weather& b);

class host_shim {
public:
  // Why hosts cannot have one here; nullopt: they can.
  static std::optional<std::string> obstacle();

  // `file` is made, for the host to map. Throws client::client_error.
  explicit host_shim(std::string file);
  ~host_shim();
  host_shim(const host_shim&) = delete;
  host_shim& operator=(const host_shim&) = delete;

  // What the host's process needs, as "NAME=value".
  std::vector<std::string> environment() const;
  void set(const host_weather& weather);
  // Its machine loses power; the host is dead already. What it appended to files in `folder` and below
  // and never synced is gone; a file of which nothing was synced is empty, its name stays. What was
  // written over in place, or through a mapped page, stays. How many bytes were lost. Throws
  // client::client_error.
  std::uint64_t lose_unsynced(const std::string& folder);
  // Calls of the host that met a fault so far.
  std::uint64_t syncs_hit() const;
  std::uint64_t writes_hit() const;

private:
  const std::string file_;
  shim_control* control_ = nullptr;
};

} // namespace carillon::faults
