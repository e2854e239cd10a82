#include "tools/faults/small_disk.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "tools/client/host_process.hpp"
#include "tools/cluster/command.hpp"

namespace carillon::faults {
namespace {

void must(const std::vector<std::string>& words) {
  auto outcome = cluster::run_command(words);
  if (outcome.exit_code != 0)
    throw client::client_error(words.front() + " failed: " + outcome.output);
}

// From here on what we mount is seen by this thread and the processes that it starts, and goes when
// they are gone.
void keep_mounts_to_ourselves() {
  static bool done = false;
  if (done)
    return;
  if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0)
    throw client::client_error("no mount namespace of our own");
  done = true;
}

} // namespace

std::optional<std::string> small_disk::obstacle() {
  if (::geteuid() != 0)
    return "a disk of its own needs root";
  client::scratch_folder folder;
  try {
    small_disk probe(folder.path() + "/probe.img", folder.path() + "/probe", 16);
  } catch (const client::client_error& failure) {
    return failure.what();
  }
  return std::nullopt;
}

small_disk::small_disk(std::string image, std::string folder, std::uint64_t megabytes)
    : image_(std::move(image)), folder_(std::move(folder)), filler_(folder_ + "/filler") {
  std::filesystem::create_directories(folder_);
  std::ofstream(image_).close();
  std::filesystem::resize_file(image_, megabytes << 20);
  must({"mkfs.ext4", "-q", "-m", "0", image_}); // no reserve: root is as poor as everybody
  keep_mounts_to_ourselves();
  must({"mount", "-o", "loop", image_, folder_});
}

small_disk::~small_disk() {
  ::umount2(folder_.c_str(), MNT_DETACH);
}

std::uint64_t small_disk::free_bytes() const {
  struct statvfs room {};
  return ::statvfs(folder_.c_str(), &room) == 0 ? room.f_bavail * room.f_bsize : 0;
}

void small_disk::fill() {
  int file = ::open(filler_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0)
    return; // not even room for a name
  struct stat about {};
  ::fstat(file, &about);
  off_t end = about.st_size;
  // An extent as long as all that is left may not exist: ever shorter ones until none does.
  for (auto step = static_cast<off_t>(free_bytes()); step >= 4'096;) {
    if (::fallocate(file, 0, end, step) == 0) {
      end += step;
      step = std::min(step, static_cast<off_t>(free_bytes()));
    } else {
      step /= 2;
    }
  }
  ::close(file);
}

void small_disk::make_room() {
  ::unlink(filler_.c_str());
}

} // namespace carillon::faults
