#include "tools/cluster/command.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace carillon::cluster {

command_outcome run_command(const std::vector<std::string>& words) {
  command_outcome outcome;
  int ends[2];
  if (::pipe(ends) != 0)
    return outcome;
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  ::posix_spawn_file_actions_addclose(&actions, ends[0]);
  std::vector<std::string> copies = words;
  std::vector<char*> arguments;
  for (auto& word : copies)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = -1;
  int failed = ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (failed == 0) {
    char bytes[4096];
    for (ssize_t got; (got = ::read(ends[0], bytes, sizeof bytes)) > 0;)
      outcome.output.append(bytes, static_cast<std::size_t>(got));
    int state = 0;
    ::waitpid(child, &state, 0);
    if (WIFEXITED(state))
      outcome.exit_code = WEXITSTATUS(state);
  }
  ::close(ends[0]);
  return outcome;
}

} // namespace carillon::cluster
