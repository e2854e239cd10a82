#include "tools/bench/machine.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <sstream>
#include <thread>

#include <sys/utsname.h>
#include <unistd.h>

#include "tools/client/host_process.hpp"

namespace carillon::bench {
namespace {

// The rest of the first line that begins with `name`, after its colon.
std::string line_after(const std::string& text, const std::string& name) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(name)) {
      std::size_t value = line.find_first_not_of(" \t", line.find(':') + 1);
      return value == std::string::npos ? std::string() : line.substr(value);
    }
  return {};
}

// Standard output of a command without its last line end; empty when it fails.
std::string output_of(const std::string& command) {
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::string text;
  std::array<char, 256> room;
  while (pipe && std::fgets(room.data(), room.size(), pipe.get()))
    text += room.data();
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  return text;
}

} // namespace

std::string machine_words() {
  std::string processor = line_after(client::read_text_file("/proc/cpuinfo"), "model name");
  std::string memory = line_after(client::read_text_file("/proc/meminfo"), "MemTotal");
  utsname kernel{};
  ::uname(&kernel);
  std::ostringstream words;
  words << std::thread::hardware_concurrency() << " x "
        << (processor.empty() ? kernel.machine : processor) << ", "
        << std::strtoull(memory.c_str(), nullptr, 10) / 1'000'000 << " GB, " << kernel.sysname << ' '
        << kernel.release;
  return words.str();
}

std::string commit_words() {
  std::string program = client::program_beside_us("");
  std::string git = "cd '" + program + "' 2>/dev/null && git ";
  std::string commit = output_of(git + "rev-parse --short=12 HEAD 2>/dev/null");
  if (commit.empty())
    return {};
  return output_of(git + "status --porcelain -uno 2>/dev/null").empty() ? commit : commit + "+";
}

std::string command_words() {
  std::string line = client::read_text_file("/proc/self/cmdline"); // each word ends with a zero
  std::string words = "carillon";
  for (std::size_t at = line.find('\0'); at + 1 < line.size();) {
    std::size_t end = line.find('\0', at + 1);
    words.append(" ").append(line, at + 1, end - at - 1);
    at = end;
  }
  return words;
}

std::string today() {
  std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 16> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts);
  return text.data();
}

} // namespace carillon::bench
