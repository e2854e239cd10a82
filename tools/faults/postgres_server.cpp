#include "tools/faults/postgres_server.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/clock.hpp"
#include "runtime/base/ensure.hpp"

namespace carillon::faults {
namespace {

constexpr std::chrono::seconds patience{60};

// Whom the server runs as when we are root.
const passwd* unprivileged() {
  const passwd* user = ::getpwnam("postgres");
  return user ? user : ::getpwnam("nobody");
}

// Its backends are sessions of their own, so no process group names them all.
std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  std::error_code none;
  for (const auto& each : std::filesystem::directory_iterator("/proc", none)) {
    // "PID (NAME) STATE PARENT ..."; a name may have parentheses in it.
    std::string text = client::read_text_file(each.path() / "stat");
    std::size_t end = text.rfind(')');
    if (end != std::string::npos && std::atoi(text.c_str() + std::min(end + 4, text.size())) == parent)
      children.push_back(std::atoi(text.c_str()));
  }
  return children;
}

}  // namespace

std::optional<std::string> postgres_server::programs() {
  std::vector<std::string> versions;
  std::error_code none;
  for (const auto& each : std::filesystem::directory_iterator("/usr/lib/postgresql", none))
    if (std::filesystem::exists(each.path() / "bin" / "postgres") &&
        std::filesystem::exists(each.path() / "bin" / "initdb"))
      versions.push_back((each.path() / "bin").string());
  if (versions.empty())
    return std::nullopt;
  return *std::max_element(versions.begin(), versions.end());
}

postgres_server::postgres_server() : programs_(programs().value_or("")) {
  if (programs_.empty())
    throw client::client_error("PostgreSQL is not installed");
  if (::geteuid() == 0 &&
      ::chown(folder_.path().c_str(), unprivileged()->pw_uid, unprivileged()->pw_gid) != 0)
    throw client::client_error("cannot give a folder to " + std::string(unprivileged()->pw_name));
  if (!done({programs_ + "/initdb", "--pgdata=" + file("data"), "--username=carillon", "--auth=trust",
             "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"}))
    throw client::client_error("initdb failed:\n" + client::read_text_file(file("log")));
  start();
}

postgres_server::~postgres_server() {
  thaw();
  stop();
}

// Its output goes to the log in the folder.
pid_t postgres_server::spawn(const std::vector<std::string>& command) const {
  std::vector<char*> arguments;
  for (const std::string& each : command)
    arguments.push_back(const_cast<char*>(each.c_str()));
  arguments.push_back(nullptr);
  const std::string log = file("log");
  const passwd* user = ::geteuid() == 0 ? unprivileged() : nullptr;
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child != 0)
    return child;
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  if (user && (::setgroups(0, nullptr) != 0 || ::setgid(user->pw_gid) != 0 ||
               ::setuid(user->pw_uid) != 0 || ::chdir("/") != 0))
    ::_exit(126);
  ::prctl(PR_SET_PDEATHSIG, SIGINT);  // nothing is left behind when the test is killed
  if (::getppid() != parent)
    ::_exit(126);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

bool postgres_server::done(const std::vector<std::string>& command) const {
  int outcome = -1;
  const pid_t child = spawn(command);
  return child > 0 && ::waitpid(child, &outcome, 0) == child && WIFEXITED(outcome) &&
         WEXITSTATUS(outcome) == 0;
}

void postgres_server::launch() {
  ENSURE(server_ == 0, "a server is started once at a time");
  server_ =
      spawn({programs_ + "/postgres", "-D", file("data"), "-k", folder_.path(), "-c",
             "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=100"});
  if (server_ < 0) {
    server_ = 0;
    throw client::client_error("cannot start PostgreSQL");
  }
}

bool postgres_server::takes_connections() const {
  return done({programs_ + "/pg_isready", "--quiet", "--timeout=1", "--host=" + folder_.path()});
}

void postgres_server::start() {
  launch();
  const tick_time deadline = steady_now() + patience;
  while (!takes_connections()) {
    if (steady_now() >= deadline)
      throw client::client_error("PostgreSQL does not start:\n" + client::read_text_file(file("log")));
    std::this_thread::yield();
  }
}

void postgres_server::stop() {
  if (server_ == 0)
    return;
  ::kill(server_, SIGINT);  // "fast shutdown"
  ::waitpid(server_, nullptr, 0);
  server_ = 0;
}

void postgres_server::signal_all(int number) const {
  ::kill(server_, number);
  for (pid_t child : children_of(server_))
    ::kill(child, number);
}

void postgres_server::kill() {
  if (server_ == 0)
    return;
  ::kill(server_, SIGSTOP);  // or it would have more children than we counted
  signal_all(SIGKILL);
  ::waitpid(server_, nullptr, 0);
  server_ = 0;
}

void postgres_server::freeze() {
  if (server_ != 0)
    signal_all(SIGSTOP);
}

void postgres_server::thaw() {
  if (server_ != 0)
    signal_all(SIGCONT);
}

std::string postgres_server::connection() const {
  return "host=" + folder_.path() + " user=carillon dbname=postgres";
}

void postgres_server::run(const std::string& statement) const {
  if (!done({programs_ + "/psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1",
             "--host=" + folder_.path(), "--username=carillon", "--dbname=postgres",
             "--command=" + statement}))
    throw client::client_error("psql failed: " + statement + "\n" +
                               client::read_text_file(file("log")));
}

}  // namespace carillon::faults
