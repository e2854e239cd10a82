#include "runtime/base/memory_limit.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace carillon {
namespace {

// Version 1 says "no limit" with a number near 2^63.
constexpr std::uint64_t believable_max = std::uint64_t{1} << 60;

std::optional<std::uint64_t> read_limit(const std::string& file) {
  std::ifstream in(file);
  std::string word;
  if (!(in >> word))
    return std::nullopt;
  std::uint64_t bytes = 0;
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), bytes);
  if (parsed.ec != std::errc() || bytes >= believable_max)
    return std::nullopt;  // "max", or as good as that
  return bytes;
}

void lower_to(std::optional<std::uint64_t>& limit, std::optional<std::uint64_t> other) {
  if (other)
    limit = limit ? std::min(*limit, *other) : other;
}

// A group's limit holds for the groups below it. In a container the path may name folders that are
// not there; the one at the top is.
void look_up_the_tree(std::optional<std::uint64_t>& limit, const std::string& top, std::string path,
                      const char* file) {
  for (;;) {
    lower_to(limit, read_limit(top + path + '/' + file));
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos)
      return;
    path.resize(slash);
  }
}

}  // namespace

std::optional<std::uint64_t> memory_limit_of_groups(const std::string& root) {
  std::optional<std::uint64_t> out;
  std::ifstream groups(root + "/proc/self/cgroup");
  // "0::/path" is the one group of version 2, "7:cpu,memory:/path" one of version 1.
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first == std::string::npos ? first : first + 1);
    if (second == std::string::npos)
      continue;
    const std::string kinds = ',' + line.substr(first + 1, second - first - 1) + ',';
    std::string path = line.substr(second + 1);
    if (path == "/")
      path.clear();
    if (kinds == ",,")
      look_up_the_tree(out, root + "/sys/fs/cgroup", path, "memory.max");
    else if (kinds.find(",memory,") != std::string::npos)
      look_up_the_tree(out, root + "/sys/fs/cgroup/memory", path, "memory.limit_in_bytes");
  }
  return out;
}

std::uint64_t memory_available() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page = ::sysconf(_SC_PAGESIZE);
  std::uint64_t machine = 0;
  if (pages > 0 && page > 0)
    machine = static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page);
  const auto groups = memory_limit_of_groups();
  if (!groups)
    return machine;
  return machine == 0 ? *groups : std::min(machine, *groups);
}

std::uint64_t resident_bytes() {
  // Kept open: it is read ten times a second.
  static const int file = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  char text[128];
  const ssize_t size = ::pread(file, text, sizeof text, 0);
  if (size <= 0)
    return 0;
  const std::string_view words(text, static_cast<std::size_t>(size));
  const std::size_t second = words.find(' ');
  if (second == std::string_view::npos)
    return 0;
  std::uint64_t pages = 0;
  std::from_chars(words.data() + second + 1, words.data() + words.size(), pages);
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace carillon
