#include "tools/faults/host_shim.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/clock.hpp"
#include "tools/client/host_process.hpp"
#include "tools/faults/shim/control.hpp"

namespace carillon::faults {
namespace {

std::string library() {
  return client::program_beside_us("carillon_shim.so");
}

struct file_on_disk {
  std::uint64_t number = 0;
  std::int64_t size = 0;
};

std::optional<file_on_disk> look_at(const std::filesystem::path& file) {
  struct statx about {};
  if (::statx(AT_FDCWD, file.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &about) != 0)
    return std::nullopt;
  const std::uint64_t device = std::uint64_t{about.stx_dev_major} << 32 | about.stx_dev_minor;
  return file_on_disk{file_number(device, about.stx_ino, about.stx_btime.tv_sec, about.stx_btime.tv_nsec),
                      static_cast<std::int64_t>(about.stx_size)};
}

// How much of it a loss of power leaves; nullopt: the host never wrote to it.
std::optional<std::int64_t> kept_of(const shim_control& control, std::uint64_t number) {
  for (std::size_t i = 0; i < files_max; ++i) {
    const file_account& each = control.files[(number + i) % files_max];
    if (each.file == 0)
      break;
    if (each.file == number && each.kept_plus_one > 0)
      return each.kept_plus_one - 1;
  }
  return std::nullopt;
}

} // namespace

host_weather together(const host_weather& a, const host_weather& b) {
  host_weather both;
  both.sync_delay = std::min(a.sync_delay + b.sync_delay, host_weather::for_ever);
  both.syncs_fail = a.syncs_fail || b.syncs_fail;
  both.writes_fail = a.writes_fail || b.writes_fail;
  both.clock_offset = a.clock_offset + b.clock_offset;
  both.clock_drift_ppm = a.clock_drift_ppm + b.clock_drift_ppm;
  return both;
}

std::optional<std::string> host_shim::obstacle() {
  if (!std::filesystem::exists(library()))
    return "no " + library();
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return "nothing can be preloaded before a sanitizer";
#else
  return std::nullopt;
#endif
}

host_shim::host_shim(std::string file) : file_(std::move(file)) {
  int made = ::open(file_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  void* mapped = MAP_FAILED;
  if (made >= 0 && ::ftruncate(made, sizeof(shim_control)) == 0)
    mapped = ::mmap(nullptr, sizeof(shim_control), PROT_READ | PROT_WRITE, MAP_SHARED, made, 0);
  if (made >= 0)
    ::close(made);
  if (mapped == MAP_FAILED)
    throw client::client_error("cannot map " + file_);
  control_ = static_cast<shim_control*>(mapped);
}

host_shim::~host_shim() {
  set({}); // a host that outlives us does not hang for ever
  ::munmap(control_, sizeof(shim_control));
}

std::vector<std::string> host_shim::environment() const {
  return {"LD_PRELOAD=" + library(), std::string(shim_variable) + "=" + file_};
}

void host_shim::set(const host_weather& weather) {
  control_->sync_delay_ns = weather.sync_delay.count();
  control_->sync_error = weather.syncs_fail ? EIO : 0;
  control_->write_error = weather.writes_fail ? EIO : 0;
  control_->clock_offset_ns = weather.clock_offset.count();
  if (control_->clock_drift_ppm != weather.clock_drift_ppm) {
    control_->clock_drift_ppm = 0;
    control_->clock_drift_since = steady_now().time_since_epoch().count();
    control_->clock_drift_ppm = weather.clock_drift_ppm;
  }
}

std::uint64_t host_shim::lose_unsynced(const std::string& folder) {
  if (control_->files_left_out != 0)
    throw client::client_error("too many files to know what was synced: " + folder);
  std::uint64_t lost = 0;
  std::error_code unreadable;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, unreadable)) {
    if (!entry.is_regular_file() || entry.is_symlink())
      continue;
    const auto there = look_at(entry.path());
    const auto kept = there ? kept_of(*control_, there->number) : std::nullopt;
    if (!kept || *kept >= there->size)
      continue;
    if (::truncate(entry.path().c_str(), *kept) != 0)
      throw client::client_error(entry.path().string() + ": " + std::strerror(errno));
    lost += static_cast<std::uint64_t>(there->size - *kept);
  }
  for (file_account& each : control_->files) { // what is left is on the disk
    each.file = 0;
    each.kept_plus_one = 0;
  }
  return lost;
}

std::uint64_t host_shim::syncs_hit() const {
  return control_->syncs_hit;
}

std::uint64_t host_shim::writes_hit() const {
  return control_->writes_hit;
}

} // namespace carillon::faults
