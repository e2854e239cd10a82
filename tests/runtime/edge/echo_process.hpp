// carillon_echo as a process of its own, started on a free port and stopped with its owner. The
// program is looked for beside the test's.
#pragma once

#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace carillon::testing {

class echo_process {
public:
  // `descriptors_max`: what the process may open; 0: as many as we.
  explicit echo_process(rlim_t descriptors_max = 0) {
    const auto program =
        std::filesystem::read_symlink("/proc/self/exe").parent_path() / "carillon_echo";
    int out[2];
    if (::pipe2(out, O_CLOEXEC) != 0)
      throw std::runtime_error("pipe");
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(out[1], STDOUT_FILENO);
      if (descriptors_max != 0) {
        ::closefrom(3);
        const rlimit limit{descriptors_max, descriptors_max};
        ::setrlimit(RLIMIT_NOFILE, &limit);
      }
      ::execl(program.c_str(), program.c_str(), "--port", "0", static_cast<char*>(nullptr));
      ::_exit(127);
    }
    ::close(out[1]);
    std::string line;
    char c = 0;
    while (::read(out[0], &c, 1) == 1 && c != '\n')
      line.push_back(c);
    ::close(out[0]);
    const auto colon = line.rfind(':');
    if (!line.starts_with("listening on 127.0.0.1:") || colon == std::string::npos)
      throw std::runtime_error("carillon_echo did not start: " + line);
    port = static_cast<std::uint16_t>(std::stoul(line.substr(colon + 1)));
  }
  ~echo_process() { stop(); }
  echo_process(const echo_process&) = delete;
  echo_process& operator=(const echo_process&) = delete;

  // Asks it to end and waits; returns its exit status.
  int stop() {
    if (child_ > 0) {
      ::kill(child_, SIGTERM);
      rusage used{};
      ::wait4(child_, &status_, 0, &used);
      cpu_time = std::chrono::seconds(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                 std::chrono::microseconds(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
      child_ = 0;
    }
    return status_;
  }

  std::uint16_t port = 0;
  std::chrono::microseconds cpu_time{};  // of its whole life, known after stop()

private:
  pid_t child_ = 0;
  int status_ = 0;
};

}  // namespace carillon::testing
