// A disk of its own for one host's data, so that it can be full: ext4 in an image file, mounted
// through a loop device. Not a tmpfs, where fsync means nothing and costs nothing: here it goes the
// way of a real disk. Needs root. One thread.
//
// Mounts are made in a mount namespace of this process and its children (from the first disk on), so
// nothing stays mounted however the run ends; the image file can be mounted to look at it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace carillon::faults {

class small_disk {
public:
  // Why this machine does not allow it; nullopt: it does.
  static std::optional<std::string> obstacle();

  // Makes `image` and mounts it on `folder`, which it makes too. Throws client::client_error.
  small_disk(std::string image, std::string folder, std::uint64_t megabytes);
  ~small_disk();
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;

  // Takes all room that is left, and what was freed since the last call.
  void fill();
  void make_room();
  std::uint64_t free_bytes() const;

private:
  const std::string image_, folder_, filler_;
};

} // namespace carillon::faults
