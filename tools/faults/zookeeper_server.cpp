#include "tools/faults/zookeeper_server.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/clock.hpp"
#include "tools/cluster/cluster_process.hpp"

namespace carillon::faults {
namespace {

constexpr std::chrono::seconds patience{90};  // a JVM on a busy machine
constexpr const char* java = "/usr/bin/java";

// What it says to one of its four-letter words; empty: it does not answer.
std::string ask(std::uint16_t port, const std::string& word) {
  const int to = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit{.tv_sec = 1, .tv_usec = 0};
  ::setsockopt(to, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(to, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  std::string said;
  if (::connect(to, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      ::send(to, word.data(), word.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(word.size())) {
    char part[4'096];
    for (ssize_t got = 0; (got = ::recv(to, part, sizeof part, 0)) > 0;)
      said.append(part, static_cast<std::size_t>(got));
  }
  ::close(to);
  return said;
}

std::string class_path(const std::string& jar) {
  const std::string log = "/usr/share/java/slf4j-simple.jar";
  return std::filesystem::exists(log) ? jar + ":" + log : jar;
}

}  // namespace

std::optional<std::string> zookeeper_servers::program() {
  const std::string jar = "/usr/share/java/zookeeper.jar";
  if (!std::filesystem::exists(jar) || !std::filesystem::exists(java))
    return std::nullopt;
  return jar;
}

zookeeper_servers::zookeeper_servers(std::size_t count) : jar_(program().value_or("")) {
  if (jar_.empty())
    throw client::client_error("ZooKeeper is not installed");
  for (std::size_t i = 0; i < count; ++i)
    servers_.push_back({cluster::free_port(), cluster::free_port(), cluster::free_port(), 0});
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = std::to_string(i + 1);
    std::filesystem::create_directories(file("data" + name));
    std::ofstream(file("data" + name + "/myid")) << name << '\n';
    // Short ticks, so that a session may be short: from 2 to 20 of them.
    std::ofstream settings(file(name + ".cfg"));
    settings << "tickTime=250\ninitLimit=40\nsyncLimit=20\ndataDir=" << file("data" + name)
             << "\nclientPort=" << servers_[i].port
             << "\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n"
                "4lw.commands.whitelist=srvr\nmaxClientCnxns=0\n";
    for (std::size_t j = 0; count > 1 && j < count; ++j)
      settings << "server." << j + 1 << "=127.0.0.1:" << servers_[j].peer_port << ':'
               << servers_[j].election_port << '\n';
  }
  start_all();
}

zookeeper_servers::~zookeeper_servers() {
  kill_all();
}

std::string zookeeper_servers::addresses() const {
  std::string out;
  for (const server& each : servers_)
    out += (out.empty() ? "127.0.0.1:" : ",127.0.0.1:") + std::to_string(each.port);
  return out;
}

pid_t zookeeper_servers::spawn(const std::vector<std::string>& arguments,
                               const std::string& output) const {
  std::vector<std::string> words{java, "-Xmx96m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                                 "-Dzookeeper.forceSync=no", "-cp", class_path(jar_)};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& each : words)
    pointers.push_back(each.data());
  pointers.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child != 0)
    return child;
  const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
  const int in = ::open("/dev/null", O_RDONLY);
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // nothing is left behind when the test is killed
  if (::getppid() != parent)
    ::_exit(126);
  ::execv(pointers[0], pointers.data());
  ::_exit(127);
}

void zookeeper_servers::launch(std::size_t which) {
  server& it = servers_.at(which);
  if (it.process != 0)
    return;
  const std::string name = std::to_string(which + 1);
  it.process = spawn({"org.apache.zookeeper.server.quorum.QuorumPeerMain", file(name + ".cfg")},
                     file(name + ".log"));
  if (it.process < 0) {
    it.process = 0;
    throw client::client_error("cannot start ZooKeeper");
  }
}

bool zookeeper_servers::serves(std::size_t which) const {
  return ask(servers_.at(which).port, "srvr").find("Mode: ") != std::string::npos;
}

void zookeeper_servers::start_all() {
  for (std::size_t i = 0; i < servers_.size(); ++i)
    launch(i);
  const tick_time deadline = steady_now() + patience;
  for (std::size_t i = 0; i < servers_.size(); ++i)
    while (!serves(i)) {
      if (steady_now() >= deadline)
        throw client::client_error("ZooKeeper does not start:\n" +
                                   client::read_text_file(file(std::to_string(i + 1) + ".log")));
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
}

void zookeeper_servers::kill(std::size_t which) {
  server& it = servers_.at(which);
  if (it.process == 0)
    return;
  ::kill(it.process, SIGKILL);
  ::waitpid(it.process, nullptr, 0);
  it.process = 0;
}

void zookeeper_servers::kill_all() {
  for (std::size_t i = 0; i < servers_.size(); ++i)
    kill(i);
}

void zookeeper_servers::freeze(std::size_t which) {
  if (servers_.at(which).process != 0)
    ::kill(servers_[which].process, SIGSTOP);
}

void zookeeper_servers::thaw(std::size_t which) {
  if (servers_.at(which).process != 0)
    ::kill(servers_[which].process, SIGCONT);
}

std::string zookeeper_servers::command(const std::string& words) const {
  std::vector<std::string> arguments{"org.apache.zookeeper.ZooKeeperMain", "-server", addresses()};
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t end = std::min(words.find(' ', at), words.size());
    arguments.push_back(words.substr(at, end - at));
    at = end + 1;
  }
  const std::string output = file("command.log");
  std::filesystem::remove(output);
  const pid_t child = spawn(arguments, output);
  if (child > 0)
    ::waitpid(child, nullptr, 0);
  return client::read_text_file(output);
}

}  // namespace carillon::faults
