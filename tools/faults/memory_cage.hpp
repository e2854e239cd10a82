// A memory cgroup of its own for one host, so that its memory can be made short: v1 (the `memory`
// hierarchy) or v2, whichever the machine has. Below what the host holds for itself it is ended
// (SIGKILL); a little above, the kernel takes every cached page of its files away. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace carillon::faults {

class memory_cage {
public:
  // Why this machine does not allow it; nullopt: it does.
  static std::optional<std::string> obstacle();

  // `name` is unique on this machine. Without a limit. Throws client::client_error.
  explicit memory_cage(const std::string& name);
  ~memory_cage(); // must be empty by then, or it stays behind
  memory_cage(const memory_cage&) = delete;
  memory_cage& operator=(const memory_cage&) = delete;

  // The cgroup's folder: whoever writes "0" into its cgroup.procs is in it.
  const std::string& folder() const { return folder_; }
  // To what the processes in it hold for themselves now, and so much more. Negative: the largest must
  // go. (The v2 kernel ends it at once; v1 refuses such a limit instead, and we end them.)
  void limit(std::int64_t headroom_bytes);
  void lift();

  std::uint64_t held_bytes() const;   // anonymous memory of its processes
  std::uint64_t used_bytes() const;   // and of cached files
  std::uint64_t kills() const;        // for want of memory

private:
  void kill_all();

  std::string folder_;
  std::uint64_t kills_of_ours_ = 0;
};

} // namespace carillon::faults
