#include "tests/storage/directory_homes/postgres_server.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/clock.hpp"

namespace carillon::test {
namespace {

constexpr std::chrono::seconds patience{60};

// Whom the server runs as when we are root.
const passwd* unprivileged() {
  const passwd* user = ::getpwnam("postgres");
  return user ? user : ::getpwnam("nobody");
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

postgres_server::postgres_server() : programs_(programs().value()) {
  if (::geteuid() == 0)
    REQUIRE(::chown(folder_.file("").c_str(), unprivileged()->pw_uid, unprivileged()->pw_gid) == 0);
  REQUIRE_MESSAGE(
      done({programs_ + "/initdb", "--pgdata=" + folder_.file("data"), "--username=carillon",
            "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"}),
      "initdb failed; " << folder_.file("log") << " says why");
  start();
}

postgres_server::~postgres_server() {
  stop();
}

// Its output goes to the log in the folder.
pid_t postgres_server::spawn(const std::vector<std::string>& command) const {
  std::vector<char*> arguments;
  for (const std::string& each : command)
    arguments.push_back(const_cast<char*>(each.c_str()));
  arguments.push_back(nullptr);
  const std::string log = folder_.file("log");
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

void postgres_server::start() {
  server_ = spawn({programs_ + "/postgres", "-D", folder_.file("data"), "-k", folder_.file(""),
                   "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=50"});
  const tick_time deadline = steady_now() + patience;
  while (!done({programs_ + "/pg_isready", "--quiet", "--host=" + folder_.file("")})) {
    REQUIRE_MESSAGE(steady_now() < deadline, "the server does not start");
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

std::string postgres_server::connection() const {
  return "host=" + folder_.file("") + " user=carillon dbname=postgres";
}

void postgres_server::run(const std::string& statement) const {
  REQUIRE(done({programs_ + "/psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1",
                "--host=" + folder_.file(""), "--username=carillon", "--dbname=postgres",
                "--command=" + statement}));
}

}  // namespace carillon::test
