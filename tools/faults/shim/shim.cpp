// Stands between a host and its libc (LD_PRELOAD) and makes its disk slow, hanging or failing and
// its wall clock wrong, as the mapped shim_control says. Without one everything goes straight on. It
// notes there how much of each file was synced, for who takes the rest away (host_shim.hpp).
//
// It is called before anything is initialised (jemalloc reads the clock in its own first call), so it
// allocates nothing, throws nothing, needs no C++ runtime, and goes by raw system calls until its
// constructor has run; for files it always does. The monotonic clock is never touched. Waits that
// end at a wall-clock time (pthread_cond_timedwait and its like) are translated back for the kernel,
// whose clock is right.
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <ctime>

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tools/faults/shim/control.hpp"

namespace {

using carillon::faults::shim_control;

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t nap_ns = 5'000'000;

shim_control* control = nullptr;
int (*real_clock_gettime)(clockid_t, timespec*) = nullptr;
int (*real_timedwait)(pthread_cond_t*, pthread_mutex_t*, const timespec*) = nullptr;
int (*real_clockwait)(pthread_cond_t*, pthread_mutex_t*, clockid_t, const timespec*) = nullptr;

template <class Function>
void look_up(Function& into, const char* name, const char* version) {
  void* found = version ? ::dlvsym(RTLD_NEXT, name, version) : nullptr;
  if (!found)
    found = ::dlsym(RTLD_NEXT, name);
  into = reinterpret_cast<Function>(found);
}

// Two versions exist on x86-64; the old one's condition variables have another shape.
void look_up_waits() {
  look_up(real_clockwait, "pthread_cond_clockwait", nullptr);
  look_up(real_timedwait, "pthread_cond_timedwait", "GLIBC_2.3.2");
}

__attribute__((constructor)) void begin() {
  look_up(real_clock_gettime, "clock_gettime", nullptr);
  look_up_waits();
  const char* path = std::getenv(carillon::faults::shim_variable);
  if (!path)
    return;
  auto file = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC));
  if (file < 0)
    return;
  void* mapped = ::mmap(nullptr, sizeof(shim_control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  if (mapped != MAP_FAILED)
    control = static_cast<shim_control*>(mapped);
}

int true_clock(clockid_t clock, timespec* out) {
  return real_clock_gettime ? real_clock_gettime(clock, out)
                            : static_cast<int>(::syscall(SYS_clock_gettime, clock, out));
}

std::int64_t monotonic_ns() {
  timespec now{};
  true_clock(CLOCK_MONOTONIC, &now);
  return now.tv_sec * second_ns + now.tv_nsec;
}

// How far the wall clock is off.
std::int64_t skew_ns() {
  if (!control)
    return 0;
  std::int64_t skew = control->clock_offset_ns.load(std::memory_order_relaxed);
  if (std::int64_t ppm = control->clock_drift_ppm.load(std::memory_order_relaxed)) {
    std::int64_t passed = monotonic_ns() - control->clock_drift_since.load(std::memory_order_relaxed);
    skew += passed / 1'000 * ppm / 1'000;
  }
  return skew;
}

void add(timespec& time, std::int64_t ns) {
  std::int64_t nanoseconds = time.tv_nsec + ns % second_ns;
  time.tv_sec += ns / second_ns;
  if (nanoseconds < 0) {
    nanoseconds += second_ns;
    --time.tv_sec;
  } else if (nanoseconds >= second_ns) {
    nanoseconds -= second_ns;
    ++time.tv_sec;
  }
  time.tv_nsec = nanoseconds;
}

bool is_wall_clock(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

// A condition variable does not tell its clock. No machine has been up for thirty years, and no wall
// clock says that it is still 1970.
bool is_wall_time(const timespec& time) {
  return time.tv_sec > second_ns;
}

timespec for_the_kernel(timespec time) {
  add(time, -skew_ns());
  if (time.tv_sec < 0)
    time = {};
  return time;
}

// False: the call is to fail with errno as it is set.
bool sync_passes() {
  if (!control)
    return true;
  bool hit = false;
  for (std::int64_t began = 0;;) {
    std::int64_t delay = control->sync_delay_ns.load(std::memory_order_relaxed);
    if (delay <= 0)
      break;
    std::int64_t now = monotonic_ns();
    if (!hit) {
      hit = true;
      began = now;
      control->syncs_hit.fetch_add(1, std::memory_order_relaxed);
    }
    std::int64_t left = delay - (now - began);
    if (left <= 0)
      break;
    timespec nap{0, left < nap_ns ? left : nap_ns};
    ::syscall(SYS_nanosleep, &nap, nullptr);
  }
  int failure = control->sync_error.load(std::memory_order_relaxed);
  if (!hit && failure != 0)
    control->syncs_hit.fetch_add(1, std::memory_order_relaxed);
  if (failure == 0)
    return true;
  errno = failure;
  return false;
}

bool write_passes(int file) {
  int failure = control ? control->write_error.load(std::memory_order_relaxed) : 0;
  struct stat about {};
  if (failure == 0 || file == STDOUT_FILENO || file == STDERR_FILENO || ::fstat(file, &about) != 0 ||
      !S_ISREG(about.st_mode))
    return true;
  control->writes_hit.fetch_add(1, std::memory_order_relaxed);
  errno = failure;
  return false;
}

// -- what a loss of power leaves ------------------------------------------------------------------

struct file_now {
  std::uint64_t number = 0; // 0: not a file that is accounted for
  std::int64_t size = 0;
};

file_now look_at(int file) {
  struct statx about {};
  if (!control || file == STDOUT_FILENO || file == STDERR_FILENO ||
      ::syscall(SYS_statx, file, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &about) != 0 ||
      !S_ISREG(about.stx_mode))
    return {};
  std::uint64_t device = std::uint64_t{about.stx_dev_major} << 32 | about.stx_dev_minor;
  return {carillon::faults::file_number(device, about.stx_ino, about.stx_btime.tv_sec,
                                        about.stx_btime.tv_nsec),
          static_cast<std::int64_t>(about.stx_size)};
}

enum class absent { leave, add };

carillon::faults::file_account* account_of(std::uint64_t number, absent what) {
  constexpr std::size_t last = carillon::faults::files_max - 1;
  for (std::size_t i = 0; i <= last; ++i) {
    auto& each = control->files[(number + i) & last];
    std::uint64_t there = each.file.load(std::memory_order_acquire);
    if (there == 0 && what == absent::leave)
      return nullptr;
    if (there == 0 && each.file.compare_exchange_strong(there, number))
      return &each;
    if (there == number)
      return &each;
  }
  if (what == absent::add)
    control->files_left_out.fetch_add(1, std::memory_order_relaxed);
  return nullptr;
}

// Only what is appended can be lost: where a file is written over, the new bytes are taken to have
// reached the disk, as they may have.
void note_write(int file) {
  file_now now = look_at(file);
  auto* account = now.number != 0 ? account_of(now.number, absent::add) : nullptr;
  if (!account)
    return;
  std::int64_t before = 0;
  if (account->kept_plus_one.compare_exchange_strong(before, now.size + 1))
    return;
  if (before > now.size + 1) // it was cut off meanwhile
    account->kept_plus_one.store(now.size + 1);
}

// `before` it began: what came meanwhile may have missed it.
void note_sync(const file_now& before) {
  auto* account = before.number != 0 ? account_of(before.number, absent::leave) : nullptr;
  if (!account)
    return;
  std::int64_t known = account->kept_plus_one.load();
  while (known < before.size + 1 &&
         !account->kept_plus_one.compare_exchange_weak(known, before.size + 1)) {
  }
}

int sync_by(long call, int file) {
  file_now before = look_at(file);
  if (!sync_passes())
    return -1;
  auto outcome = static_cast<int>(::syscall(call, file));
  if (outcome == 0)
    note_sync(before);
  return outcome;
}

} // namespace

extern "C" {

int fsync(int file) {
  return sync_by(SYS_fsync, file);
}

int fdatasync(int file) {
  return sync_by(SYS_fdatasync, file);
}

// No promise that anything is on the disk: it writes no metadata and empties no cache of the disk's.

int sync_file_range(int file, off64_t offset, off64_t size, unsigned flags) {
  return sync_passes() ? static_cast<int>(::syscall(SYS_sync_file_range, file, offset, size, flags))
                       : -1;
}

ssize_t write(int file, const void* bytes, size_t size) {
  note_write(file);
  return write_passes(file) ? ::syscall(SYS_write, file, bytes, size) : -1;
}

ssize_t writev(int file, const iovec* parts, int count) {
  note_write(file);
  return write_passes(file) ? ::syscall(SYS_writev, file, parts, count) : -1;
}

ssize_t pwrite(int file, const void* bytes, size_t size, off_t offset) {
  note_write(file);
  return write_passes(file) ? ::syscall(SYS_pwrite64, file, bytes, size, offset) : -1;
}

ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t offset) {
  note_write(file);
  return write_passes(file) ? ::syscall(SYS_pwrite64, file, bytes, size, offset) : -1;
}

int clock_gettime(clockid_t clock, timespec* out) noexcept {
  int outcome = true_clock(clock, out);
  if (outcome == 0 && control && is_wall_clock(clock))
    add(*out, skew_ns());
  return outcome;
}

int gettimeofday(timeval* out, void* zone) noexcept {
  if (zone)
    *static_cast<struct timezone*>(zone) = {};
  timespec now{};
  if (::clock_gettime(CLOCK_REALTIME, &now) != 0)
    return -1;
  *out = {now.tv_sec, now.tv_nsec / 1'000};
  return 0;
}

time_t time(time_t* out) noexcept {
  timespec now{};
  if (::clock_gettime(CLOCK_REALTIME, &now) != 0)
    return -1;
  if (out)
    *out = now.tv_sec;
  return now.tv_sec;
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* until) {
  if (!real_timedwait)
    look_up_waits();  // a thread of a library that was ready before us: jemalloc has one
  if (!control || !is_wall_time(*until))
    return real_timedwait(condition, mutex, until);
  timespec kernels = for_the_kernel(*until);
  return real_timedwait(condition, mutex, &kernels);
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* until) {
  if (!real_clockwait)
    look_up_waits();
  if (!control || !is_wall_clock(clock))
    return real_clockwait(condition, mutex, clock, until);
  timespec kernels = for_the_kernel(*until);
  return real_clockwait(condition, mutex, clock, &kernels);
}

} // extern "C"
