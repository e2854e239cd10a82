// A process that faults are tried on.
//   probe FILE             writes, syncs, looks at every clock, waits; one line of name=value
//   probe FILE SYNCED MORE appends SYNCED bytes to it and syncs (not if 0), appends MORE
//   probe eat MEGABYTES    takes so much memory and uses it
//   probe ... hold         takes 48 MB, and waits to be ended
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <mutex>
#include <vector>

#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>

namespace {

using namespace std::chrono;

// Milliseconds since 1970 by that clock.
template <class Time>
double wall_ms(const Time& time, double fraction_per_ms) {
  return static_cast<double>(time.first) * 1e3 + static_cast<double>(time.second) / fraction_per_ms;
}

int look(const char* path) {
  int file = ::open(path, O_WRONLY | O_CREAT, 0600);
  int write_errno = ::write(file, "x", 1) == 1 ? 0 : errno;
  if (write_errno == 0)
    write_errno = ::pwrite(file, "y", 1, 1) == 1 ? 0 : errno;
  auto began = steady_clock::now();
  int sync_errno = ::fdatasync(file) == 0 ? 0 : errno;
  double sync_ms = duration<double, std::milli>(steady_clock::now() - began).count();
  int fsync_errno = ::fsync(file) == 0 ? 0 : errno;
  timespec spec{};
  ::clock_gettime(CLOCK_REALTIME, &spec);
  timeval val{};
  ::gettimeofday(&val, nullptr);
  // Two readings of the wall clock with a true 200 ms between them: what it lost or won on the way.
  auto wall = system_clock::now();
  began = steady_clock::now();
  while (steady_clock::now() - began < milliseconds(200)) {
  }
  double passed_ms = duration<double, std::milli>(system_clock::now() - wall).count();
  std::mutex mutex;
  std::condition_variable nobody_calls;
  std::unique_lock lock(mutex);
  began = steady_clock::now();
  nobody_calls.wait_until(lock, system_clock::now() + milliseconds(100));
  double waited_ms = duration<double, std::milli>(steady_clock::now() - began).count();
  std::printf("write_errno=%d sync_errno=%d fsync_errno=%d sync_ms=%.3f clock_gettime=%.3f "
              "gettimeofday=%.3f time=%.3f passed_ms=%.3f waited_ms=%.3f\n",
              write_errno, sync_errno, fsync_errno, sync_ms,
              wall_ms(std::pair(spec.tv_sec, spec.tv_nsec), 1e6),
              wall_ms(std::pair(val.tv_sec, val.tv_usec), 1e3),
              static_cast<double>(std::time(nullptr)) * 1e3, passed_ms, waited_ms);
  return 0;
}

int append(const char* path, std::size_t synced, std::size_t more) {
  int file = ::open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  std::vector<char> bytes(std::max(synced, more), 'z');
  bool done = ::write(file, bytes.data(), synced) == static_cast<ssize_t>(synced);
  if (synced > 0)
    ::fdatasync(file);
  done = done && ::write(file, bytes.data(), more) == static_cast<ssize_t>(more);
  std::printf("appended %s\n", path);
  return done ? 0 : 1;
}

int eat(std::size_t megabytes) {
  std::vector<std::vector<char>> eaten;
  for (std::size_t i = 0; i < megabytes; ++i)
    eaten.emplace_back(1u << 20, 'x');
  std::printf("ate %zu MB\n", eaten.size());
  return 0;
}

}  // namespace

int main(int count, char** words) {
  if (count == 3 && std::strcmp(words[1], "eat") == 0)
    return eat(std::strtoul(words[2], nullptr, 10));
  if (count == 4)
    return append(words[1], std::strtoul(words[2], nullptr, 10), std::strtoul(words[3], nullptr, 10));
  if (count > 2 && std::strcmp(words[count - 1], "hold") == 0) {
    std::vector<char> held(48u << 20, 'x');
    while (held.back() == 'x')
      ::pause();
  }
  return count == 2 ? look(words[1]) : 2;
}
