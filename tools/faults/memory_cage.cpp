#include "tools/faults/memory_cage.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/client/host_process.hpp"

namespace carillon::faults {
namespace {

// The names that differ between the two hierarchies.
struct hierarchy {
  const char* root;
  const char* limit;
  const char* no_limit;
  const char* used;
  const char* held;  // a line of memory.stat
  const char* kills; // a file with a line "oom_kill N"
};
constexpr hierarchy v1{"/sys/fs/cgroup/memory", "memory.limit_in_bytes", "-1",
                       "memory.usage_in_bytes", "rss ",                  "memory.oom_control"};
constexpr hierarchy v2{"/sys/fs/cgroup", "memory.max", "max", "memory.current", "anon ", "memory.events"};

const hierarchy* here() {
  if (::access("/sys/fs/cgroup/memory/memory.limit_in_bytes", F_OK) == 0)
    return &v1;
  if (client::read_text_file("/sys/fs/cgroup/cgroup.subtree_control").find("memory") !=
      std::string::npos)
    return &v2;
  return nullptr;
}

bool write_text(const std::string& path, const std::string& text) {
  int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0)
    return false;
  bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(file);
  return written;
}

// Of the line that begins so.
std::uint64_t number_after(const std::string& text, std::string_view name) {
  for (std::size_t at = 0; at < text.size();) {
    if (text.compare(at, name.size(), name) == 0)
      return std::strtoull(text.c_str() + at + name.size(), nullptr, 10);
    at = text.find('\n', at);
    at = at == std::string::npos ? text.size() : at + 1;
  }
  return 0;
}

} // namespace

std::optional<std::string> memory_cage::obstacle() {
  const hierarchy* ours = here();
  if (!ours)
    return "no cgroup controller for memory";
  std::string probe = std::string(ours->root) + "/carillon-probe-" + std::to_string(::getpid());
  if (::mkdir(probe.c_str(), 0755) != 0)
    return std::string("cannot make cgroups in ") + ours->root;
  ::rmdir(probe.c_str());
  return std::nullopt;
}

memory_cage::memory_cage(const std::string& name) {
  if (auto why = obstacle())
    throw client::client_error(*why);
  folder_ = std::string(here()->root) + "/" + name;
  if (::mkdir(folder_.c_str(), 0755) != 0)
    throw client::client_error("cannot make the cgroup " + folder_);
}

memory_cage::~memory_cage() {
  lift();
  ::rmdir(folder_.c_str());
}

void memory_cage::limit(std::int64_t headroom_bytes) {
  auto held = static_cast<std::int64_t>(held_bytes());
  if (headroom_bytes < 0) {
    if (!write_text(folder_ + "/" + here()->limit, std::to_string(std::max<std::int64_t>(0, held + headroom_bytes))))
      kill_all();
    return;
  }
  // The kernel refuses what it cannot reach at once (pages under way to the disk); then it gets more
  // room: a limit that is a little wide is better than none.
  constexpr int tries = 6;
  std::int64_t room = headroom_bytes;
  for (int i = 0; i < tries; ++i, room += headroom_bytes / 2 + (4u << 20))
    if (write_text(folder_ + "/" + here()->limit, std::to_string(held + room)))
      return;
  throw client::client_error("cannot lower the memory limit of " + folder_);
}

void memory_cage::kill_all() {
  std::istringstream processes(client::read_text_file(folder_ + "/cgroup.procs"));
  for (pid_t process = 0; processes >> process; ++kills_of_ours_)
    ::kill(process, SIGKILL);
}

void memory_cage::lift() {
  write_text(folder_ + "/" + here()->limit, here()->no_limit);
}

std::uint64_t memory_cage::held_bytes() const {
  return number_after(client::read_text_file(folder_ + "/memory.stat"), here()->held);
}

std::uint64_t memory_cage::used_bytes() const {
  return number_after(client::read_text_file(folder_ + "/" + here()->used), "");
}

std::uint64_t memory_cage::kills() const {
  return number_after(client::read_text_file(folder_ + "/" + here()->kills), "oom_kill ") + kills_of_ours_;
}

} // namespace carillon::faults
