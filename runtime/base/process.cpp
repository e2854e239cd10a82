#include "runtime/base/process.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace carillon {
namespace {

std::string read_whole(const char* path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Seconds since 1970 at which the machine was started: the times of proc(5) count from there.
double boot_time() {
  const std::string text = read_whole("/proc/stat");
  const std::size_t at = text.find("\nbtime ");
  return at == std::string::npos ? 0 : std::strtod(text.c_str() + at + 7, nullptr);
}

// Linux since 6.2 says it as the folder's size; before, they are counted one by one.
std::uint64_t count_open_files() {
  struct stat folder {};
  if (::stat("/proc/self/fd", &folder) == 0 && folder.st_size > 0)
    return static_cast<std::uint64_t>(folder.st_size);
  std::error_code failure;
  std::filesystem::directory_iterator all("/proc/self/fd", failure);
  if (failure)
    return 0;
  return static_cast<std::uint64_t>(std::distance(begin(all), end(all)));
}

}  // namespace

process_use read_process_use() {
  process_use out;
  // Behind the name, which stands in brackets and may hold anything: state, 17 numbers, threads, ...
  const std::string text = read_whole("/proc/self/stat");
  if (const std::size_t name_end = text.rfind(')'); name_end != std::string::npos) {
    std::istringstream fields(text.substr(name_end + 1));
    const std::vector<std::string> all{std::istream_iterator<std::string>(fields), {}};
    auto number = [&](std::size_t field) {  // as proc(5) counts them: the state is the third
      return field - 3 < all.size() ? std::strtod(all[field - 3].c_str(), nullptr) : 0.0;
    };
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    static const double booted = boot_time();
    out.cpu_seconds = (number(14) + number(15)) / ticks;
    out.threads = static_cast<std::uint64_t>(number(20));
    out.started = booted + number(22) / ticks;
    out.virtual_bytes = static_cast<std::uint64_t>(number(23));
    out.resident_bytes = static_cast<std::uint64_t>(number(24)) *
                         static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  }
  out.open_files = count_open_files();
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0)
    out.open_files_max = files.rlim_cur;
  return out;
}

}  // namespace carillon
