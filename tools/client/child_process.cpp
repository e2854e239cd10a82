#include "tools/client/child_process.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/clock.hpp"
#include "tools/client/stream.hpp"

namespace carillon::client {
namespace {

struct pipe_pair {
  int reading = -1;
  int writing = -1;
};

pipe_pair make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    throw client_error(std::string("pipe: ") + std::strerror(errno));
  return {ends[0], ends[1]};
}


// Only async-signal-safe calls between fork and exec.
[[noreturn]] void become(char* const* arguments, int in, int out, const std::optional<int>& core) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  if (core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(static_cast<unsigned>(*core), &cores);
    ::sched_setaffinity(0, sizeof cores, &cores);
  }
  ::execv("/proc/self/exe", arguments);
  ::_exit(127);
}

} // namespace

child_process::child_process(const options& how) {
  std::vector<std::string> words{"carillon"};
  words.insert(words.end(), how.arguments.begin(), how.arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words)
    pointers.push_back(word.data());
  pointers.push_back(nullptr);
  pipe_pair in = make_pipe();
  pipe_pair out = make_pipe();
  pid_ = ::fork();
  if (pid_ == 0)
    become(pointers.data(), in.reading, out.writing, how.core);
  ::close(in.reading);
  ::close(out.writing);
  in_ = in.writing;
  out_ = out.reading;
  if (pid_ < 0)
    throw client_error(std::string("fork: ") + std::strerror(errno));
}

child_process::~child_process() {
  ::close(in_);
  ::close(out_);
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

void child_process::write_line(std::string_view line) {
  std::string bytes(line);
  bytes.push_back('\n');
  std::string_view left = bytes;
  // The reader may be gone: an error to throw, not a signal to die of.
  auto before = ::signal(SIGPIPE, SIG_IGN);
  while (!left.empty()) {
    ssize_t done = ::write(in_, left.data(), left.size());
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      break;
    left.remove_prefix(static_cast<std::size_t>(done));
  }
  ::signal(SIGPIPE, before);
  if (!left.empty())
    throw client_error("a process of the load ended too early");
}

bool child_process::read_some(std::chrono::milliseconds at_most) {
  pollfd ready{out_, POLLIN, 0};
  if (::poll(&ready, 1, static_cast<int>(at_most.count())) <= 0)
    return false;
  char room[65'536];
  ssize_t got = ::read(out_, room, sizeof room);
  if (got <= 0) {
    ended_ = true;
    return false;
  }
  unread_.append(room, static_cast<std::size_t>(got));
  return true;
}

std::optional<std::string> child_process::take_line() {
  std::size_t end = unread_.find('\n');
  if (end == std::string::npos)
    return std::nullopt;
  std::string line = unread_.substr(0, end);
  unread_.erase(0, end + 1);
  return line;
}

std::optional<std::string> child_process::poll_line() {
  while (read_some(std::chrono::milliseconds(0)))
    continue;
  auto line = take_line();
  if (!line && ended_)
    throw client_error("a process of the load ended too early");
  return line;
}

std::string child_process::read_line(std::chrono::milliseconds at_most) {
  auto deadline = steady_now() + at_most;
  while (true) {
    if (auto line = take_line())
      return *line;
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_now());
    if (left.count() <= 0 || !read_some(left))
      throw client_error("a process of the load says nothing");
  }
}

std::string child_process::read_rest() {
  while (read_some(std::chrono::hours(24)))
    continue;
  return std::exchange(unread_, {});
}

int child_process::wait() {
  int state = 0;
  ::waitpid(std::exchange(pid_, -1), &state, 0);
  return WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
}

} // namespace carillon::client
