#include "tools/client/host_process.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/ensure.hpp"

namespace carillon::client {
namespace {

constexpr std::chrono::milliseconds poll_interval{5}; // of files and exits, which make no event

// What the child needs, made before the fork.
struct start {
  const char* log_path;
  int network_space; // -1: ours
  int cgroup;        // its cgroup.procs; -1: ours
  char* const* arguments;
  char* const* environment;
};

// Only async-signal-safe calls between fork and exec.
[[noreturn]] void become_host(const host_process::options& how, const start& from) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  int log = ::open(from.log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  if (from.network_space >= 0 && ::setns(from.network_space, CLONE_NEWNET) != 0)
    ::_exit(126);
  if (from.cgroup >= 0 && ::write(from.cgroup, "0", 1) != 1) // "0": whoever writes it
    ::_exit(126);
  if (how.core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(static_cast<unsigned>(*how.core), &cores);
    ::sched_setaffinity(0, sizeof cores, &cores);
  }
  if (how.file_size_max) {
    rlimit limit{*how.file_size_max, *how.file_size_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ::signal(SIGXFSZ, SIG_IGN); // inherited through exec: write() fails with EFBIG instead
  }
  ::execve(from.arguments[0], from.arguments, from.environment);
  const char words[] = "exec failed\n";
  [[maybe_unused]] ssize_t ignored = ::write(STDERR_FILENO, words, sizeof words - 1);
  ::_exit(127);
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (auto& word : words)
    pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::uint64_t kilobytes_after(const std::string& text, std::string_view name) {
  std::size_t at = text.find(name);
  return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + name.size(), nullptr, 10);
}

} // namespace

scratch_folder::scratch_folder() {
  const char* base = std::getenv("TMPDIR");
  path_ = std::string(base ? base : "/tmp") + "/carillon-XXXXXX";
  if (!::mkdtemp(path_.data()))
    throw client_error("cannot make a folder: " + path_);
}

scratch_folder::~scratch_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string program_beside_us(const std::string& name) {
  if (const char* given = std::getenv("CARILLOND"); given && name == "carillond")
    return given;
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

std::string read_text_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

host_process::~host_process() {
  kill_now();
}

void host_process::launch() {
  ENSURE(pid_ < 0, "a host is started once at a time");
  std::string program = how_.program.empty() ? program_beside_us("carillond") : how_.program;
  // A host that was killed leaves its address behind; only the new one counts.
  std::filesystem::remove(how_.data + "/address");
  std::vector<std::string> words{program, "--data", how_.data, "--listen", how_.listen};
  for (const auto& setting : how_.settings)
    words.insert(words.end(), {"--set", setting});
  words.insert(words.end(), how_.arguments.begin(), how_.arguments.end());
  std::vector<std::string> variables = how_.environment;
  for (char** each = environ; *each; ++each)
    variables.emplace_back(*each); // of two with one name the first counts
  auto arguments = pointers_to(words);
  auto environment = pointers_to(variables);
  std::string log = log_path();
  int network_space = -1;
  if (!how_.network_space.empty()) {
    std::string path = "/run/netns/" + how_.network_space;
    network_space = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (network_space < 0)
      throw client_error("no network namespace " + path);
  }
  int cgroup = -1;
  if (!how_.cgroup.empty()) {
    std::string path = how_.cgroup + "/cgroup.procs";
    cgroup = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (cgroup < 0)
      throw client_error("no cgroup " + how_.cgroup);
  }
  exit_.reset();
  pid_ = ::fork();
  if (pid_ < 0)
    throw client_error(std::string("fork: ") + std::strerror(errno));
  if (pid_ == 0)
    become_host(how_, {log.c_str(), network_space, cgroup, arguments.data(), environment.data()});
  for (int handed_over : {network_space, cgroup})
    if (handed_over >= 0)
      ::close(handed_over);
}

endpoint host_process::wait_until_listening(std::chrono::milliseconds at_most) {
  auto deadline = steady_now() + at_most;
  while (true) {
    std::string address = read_text_file(how_.data + "/address");
    if (!address.empty() && address.back() == '\n')
      return endpoint::parse(std::string_view(address).substr(0, address.size() - 1));
    if (!is_running())
      throw client_error("carillond ended before it listened:\n" + log_text());
    if (steady_now() >= deadline)
      throw client_error("carillond does not listen in time:\n" + log_text());
    std::this_thread::sleep_for(poll_interval);
  }
}

void host_process::signal(int number) {
  ENSURE(pid_ > 0, "a running host gets signals");
  ::kill(pid_, number);
}

bool host_process::is_running() {
  if (pid_ < 0)
    return false;
  int state = 0;
  if (::waitpid(pid_, &state, WNOHANG) == 0)
    return true;
  exit_ = exit_report{};
  if (WIFEXITED(state))
    exit_->code = WEXITSTATUS(state);
  else
    exit_->signal = WTERMSIG(state);
  pid_ = -1;
  return false;
}

std::optional<exit_report> host_process::wait_for_exit(std::chrono::milliseconds at_most) {
  auto deadline = steady_now() + at_most;
  while (is_running()) {
    if (steady_now() >= deadline)
      return std::nullopt;
    std::this_thread::sleep_for(poll_interval);
  }
  return exit_;
}

void host_process::kill_now() {
  if (!is_running())
    return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  exit_ = exit_report{.code = {}, .signal = SIGKILL};
  pid_ = -1;
}

std::string host_process::admin_token() const {
  std::string text = read_text_file(how_.data + "/admin.token");
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.pop_back();
  if (text.empty())
    throw client_error("no admin.token in " + how_.data);
  return text;
}

std::string host_process::log_text() const {
  return read_text_file(log_path());
}

process_usage usage_of(pid_t process) {
  process_usage usage;
  // The process' own CPU clock, in nanoseconds; /proc/PID/stat counts only hundredths of a second.
  clockid_t clock = 0;
  timespec time{};
  if (::clock_getcpuclockid(process, &clock) == 0 && ::clock_gettime(clock, &time) == 0)
    usage.cpu = std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  std::string text = read_text_file("/proc/" + std::to_string(process) + "/status");
  usage.resident_bytes = kilobytes_after(text, "VmRSS:") * 1024;
  usage.anonymous_bytes = kilobytes_after(text, "RssAnon:") * 1024;
  return usage;
}

} // namespace carillon::client
