// This program once more, as a child with a pipe to and from it: load from several processes, raw
// servers, one workload after the other. The child dies with us. One thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace carillon::client {

class child_process {
public:
  struct options {
    std::vector<std::string> arguments; // of this program, without its name
    std::optional<int> core = {};       // run on this core only; empty: where we may
  };
  // Throws client_error.
  explicit child_process(const options& how);
  ~child_process(); // SIGKILL if it still runs
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  // Into its standard input. Throws client_error when it is gone.
  void write_line(std::string_view line);
  // From its standard output, without the end of the line. Waits; throws client_error when it ends
  // before it says something, or says nothing for so long.
  std::string read_line(std::chrono::milliseconds at_most);
  // The next line if it is there already. Throws client_error when the child has ended.
  std::optional<std::string> poll_line();
  // Everything it still says until it ends, and its exit code (128 + signal when it was killed).
  std::string read_rest();
  int wait();
  pid_t pid() const { return pid_; }

private:
  bool read_some(std::chrono::milliseconds at_most); // false: the end, or nothing came in time
  std::optional<std::string> take_line();            // of what was read

  pid_t pid_ = -1;
  int in_ = -1;  // its standard input
  int out_ = -1; // its standard output
  std::string unread_;
  bool ended_ = false; // no more will come
};

} // namespace carillon::client
