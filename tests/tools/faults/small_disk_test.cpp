// A disk of its own is full for real programs, and has room again.
#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "tools/client/host_process.hpp"
#include "tools/faults/small_disk.hpp"

using namespace carillon;
using namespace carillon::faults;

namespace {

// Writes and syncs so many megabytes; errno.
int store(const std::string& path, int megabytes) {
  int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file < 0)
    return errno;
  std::vector<char> block(1u << 20, 'x');
  int failure = 0;
  for (int i = 0; i < megabytes && failure == 0; ++i)
    if (::write(file, block.data(), block.size()) != static_cast<ssize_t>(block.size()))
      failure = ENOSPC; // part of it, or nothing
  if (failure == 0 && ::fdatasync(file) != 0)
    failure = errno;
  ::close(file);
  return failure;
}

}  // namespace

TEST_CASE("disk: it is full when it is filled, stays full when room is freed, and is lifted again") {
  if (auto why = small_disk::obstacle()) {
    MESSAGE("skipped: " << *why);
    return;
  }
  client::scratch_folder folder;
  small_disk disk(folder.path() + "/disk.img", folder.path() + "/data", 32);
  const std::string data = folder.path() + "/data/";
  CHECK(store(data + "before", 4) == 0);
  CHECK(disk.free_bytes() > (16u << 20));
  disk.fill();
  CHECK(disk.free_bytes() < 4'096);
  CHECK(store(data + "while", 1) == ENOSPC);
  ::unlink((data + "before").c_str());
  disk.fill();
  CHECK(store(data + "while", 1) == ENOSPC);
  disk.make_room();
  CHECK(store(data + "after", 4) == 0);
}
