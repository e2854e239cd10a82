// A carillond started, watched and ended by us: for benchmarks and for tests on real processes.
// The child dies with us (PR_SET_PDEATHSIG), whatever happens. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "tools/client/stream.hpp"

namespace carillon::client {

// A folder of its own under TMPDIR (or /tmp), removed with everything in it.
class scratch_folder {
public:
  scratch_folder();
  ~scratch_folder();
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  const std::string& path() const { return path_; }

private:
  std::string path_;
};

// The program of that name in the folder of the running one; $CARILLOND, if set, for "carillond".
std::string program_beside_us(const std::string& name);

struct exit_report {
  std::optional<int> code;   // it left with this exit code ...
  std::optional<int> signal; // ... or was ended by this signal
};

class host_process {
public:
  struct options {
    std::string program = {}; // empty: carillond beside us
    std::string data = {};    // folder; made by the host if absent
    std::string log = {};     // file; empty: the folder's name + ".log"
    std::string listen = "127.0.0.1:0";
    std::vector<std::string> settings = {};          // "section.key=value", as --set
    std::vector<std::string> arguments = {};         // further ones, as they are
    std::optional<int> core = {};                    // run on this core only
    std::string network_space = {};                  // name of a network namespace; empty: ours
    std::optional<std::uint64_t> file_size_max = {}; // RLIMIT_FSIZE, SIGXFSZ ignored: a small disk
    std::vector<std::string> environment = {};       // "NAME=value", beside and before ours
    std::string cgroup = {};                         // folder of the cgroup it runs in; empty: ours
  };

  explicit host_process(options how) : how_(std::move(how)) {}
  ~host_process(); // SIGKILL if it still runs
  host_process(const host_process&) = delete;
  host_process& operator=(const host_process&) = delete;

  // Starts it and returns at once. What it prints goes to log_path(), which the first start of this
  // object begins anew.
  void launch();
  // What launch() starts from now on.
  void use_program(std::string path) { how_.program = std::move(path); }
  // Waits until it listens. Throws client_error with the end of its log if it exits before.
  endpoint wait_until_listening(std::chrono::milliseconds at_most = std::chrono::seconds(60));
  endpoint start() {
    launch();
    return wait_until_listening();
  }
  void signal(int number);
  // nullopt: still running at the deadline.
  std::optional<exit_report> wait_for_exit(std::chrono::milliseconds at_most);
  void kill_now(); // SIGKILL, and reaped

  bool is_running();
  pid_t pid() const { return pid_; }
  std::string admin_token() const; // of DATA/admin.token; throws client_error if there is none
  std::string log_path() const { return how_.log.empty() ? how_.data + ".log" : how_.log; }
  std::string log_text() const;

private:
  options how_;
  bool log_begun_ = false;
  pid_t pid_ = -1; // -1: not running, or reaped
  std::optional<exit_report> exit_;
};

// What a process uses, of any process of this user.
struct process_usage {
  std::chrono::nanoseconds cpu{0};   // user and system, of all its threads
  std::uint64_t resident_bytes = 0;  // VmRSS
  std::uint64_t anonymous_bytes = 0; // RssAnon: without mapped files
};
process_usage usage_of(pid_t process);

std::string read_text_file(const std::string& path); // empty when it cannot be read

} // namespace carillon::client
