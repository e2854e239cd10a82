#include "tools/chaos/stock_client.hpp"

#include <charconv>
#include <csignal>
#include <filesystem>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/cluster/command.hpp"

extern char** environ;

namespace carillon::chaos {

std::string stock_client::obstacle(const std::string& script) {
  if (!std::filesystem::exists(script))
    return "no " + script + " (run from the top of the source tree)";
  if (cluster::run_command({"node", script, "--check"}).exit_code != 0)
    return "node or @slack/rtm-api is not installed (tools/setup --tests)";
  return {};
}

stock_client::stock_client(client::event_loop& loop, const std::string& script,
                           const client::worker& who, std::size_t host,
                           const client::endpoint& where, const subscriber::listener& told)
    : loop_(loop), host_(host), told_(told) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    throw client::client_error("no pipe for a stock client");
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::vector<std::string> words{"node", script, "http://" + where.authority() + "/api/", who.token};
  std::vector<char*> arguments;
  for (auto& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  int failed = ::posix_spawnp(&pid_, "node", &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (failed != 0) {
    ::close(ends[0]);
    throw client::client_error("node does not start");
  }
  output_ = ends[0];
  ::fcntl(output_, F_SETFL, O_NONBLOCK);
  loop_.watch(output_, *this, false);
}

stock_client::~stock_client() {
  if (output_ >= 0) {
    loop_.forget(output_, *this);
    ::close(output_);
  }
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

std::uint64_t stock_client::last_seq(const std::string& channel_id) const {
  auto found = seen_.find(channel_id);
  return found == seen_.end() ? 0 : found->second.back().last();
}

void stock_client::on_ready(std::uint32_t) {
  char bytes[16'384];
  ssize_t got;
  while ((got = ::read(output_, bytes, sizeof bytes)) > 0) {
    partial_.append(bytes, static_cast<std::size_t>(got));
    std::size_t start = 0;
    for (std::size_t end; (end = partial_.find('\n', start)) != std::string::npos; start = end + 1)
      hear(std::string_view(partial_).substr(start, end - start));
    partial_.erase(0, start);
  }
  if (got == 0) {
    loop_.forget(output_, *this);
    ::close(std::exchange(output_, -1));
    connected_ = false;
    told_.lost(host_, "a stock client's process ended");
  }
}

void stock_client::hear(std::string_view line) {
  if (line.starts_with("# connected")) {
    connected_ = true;
    for (auto& [channel, stretches] : seen_)
      if (!stretches.back().empty())
        stretches.emplace_back();
    return;
  }
  if (line.starts_with('#')) {
    if (std::exchange(connected_, false))
      told_.lost(host_, "stock client: " + std::string(line.substr(1)));
    return;
  }
  std::size_t a = line.find(' ');
  std::size_t b = a == line.npos ? a : line.find(' ', a + 1);
  std::size_t c = b == line.npos ? b : line.find(' ', b + 1);
  if (c == line.npos)
    return;
  sighting message;
  std::from_chars(line.data() + a + 1, line.data() + b, message.seq);
  message.ts = read_ts(line.substr(b + 1, c - b - 1));
  read_key(line.substr(c + 1), message);
  ++events_;
  auto found = seen_.try_emplace(std::string(line.substr(0, a)), 1).first;
  std::string wrong = found->second.back().see(message);
  if (!wrong.empty())
    told_.wrong(found->first, "stock client: " + wrong);
}

} // namespace carillon::chaos
