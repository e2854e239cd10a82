// carillond: one host. Flags, settings, signals; everything else is actors/node.
#include <atomic>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <thread>

#include <unistd.h>

#include <CLI/CLI.hpp>

#include "actors/node.hpp"
#include "config/load.hpp"
#include "runtime/base/logging.hpp"
#include "runtime/wire/protobuf_log.hpp"
#include "tools/web/web_files.hpp"

// jemalloc's settings (its manual: "malloc_conf"): without the background thread an idle host would
// keep the memory of channels that have stopped. Read by nobody else; harmless without jemalloc.
extern "C" const char* malloc_conf;
const char* malloc_conf = "background_thread:true,dirty_decay_ms:5000,muzzy_decay_ms:5000";

namespace {

using namespace carillon;

constexpr int exit_bad_settings = 2;
constexpr int exit_no_start = 1;
constexpr std::chrono::milliseconds stop_grace{4'000};
// Whether the host wants to end by itself, and at its memory: node::look_after_itself.
constexpr timespec look_every{0, 100'000'000};
constexpr unsigned stop_at_most_seconds = 15;

log_level level_named(const std::string& name) {
  if (name == "trace")
    return log_level::trace;
  if (name == "debug")
    return log_level::debug;
  if (name == "warn")
    return log_level::warn;
  if (name == "error")
    return log_level::error;
  if (name == "off")
    return log_level::off;
  return log_level::info;
}

std::optional<static_file> find_page(std::string_view path) {
  auto found = find_web_file(path == "/" ? "/index.html" : path);
  if (!found)
    return std::nullopt;
  return static_file{found->content_type, found->bytes};
}

// A start among others may wait for them as long as they are away: a signal ends it. Nothing was
// acknowledged by then. So does the host itself, when it learns that it must not go on. The thread that
// calls this takes the signals once the host serves.
class start_watch {
public:
  start_watch(const sigset_t& signals, const departure& leave)
      : thread_([this, signals, &leave] {
          int which = -1;
          while (which < 0 && leave.exit_code() == 0)
            which = sigtimedwait(&signals, nullptr, &look_every);
          if (which == SIGUSR2 && serves_.load())
            return;
          log_info("host", "{} before this host served: ending",
                   which < 0 ? "refused" : strsignal(which));
          std::fflush(nullptr);
          _exit(leave.exit_code());
        }) {}
  void host_serves() {
    serves_.store(true);
    pthread_kill(thread_.native_handle(), SIGUSR2);
    thread_.join();
  }

private:
  std::atomic<bool> serves_{false};
  std::thread thread_;
};

// Blocks until the host is to stop: why. The signals are blocked in every thread and taken here.
const char* wait_for_the_end(const sigset_t& signals, const node& host, const departure& leave) {
  while (leave.exit_code() == 0) {
    const int which = sigtimedwait(&signals, nullptr, &look_every);
    if (which >= 0)
      return strsignal(which);
    host.look_after_itself();
  }
  return "this host must not go on";
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"carillond: a Carillon host"};
  settings_sources sources;
  bool print = false;
  app.add_option("--config", sources.file, "settings from this TOML file");
  app.add_option("--host", sources.host, "which of the file's [[cluster.hosts]] this is");
  app.add_option("--data", sources.data, "data folder (default ./data)");
  app.add_option("--listen", sources.listen, "HOST:PORT to listen on (default 127.0.0.1:8080)");
  app.add_option("--set", sources.set, "one setting, section.key=value; may be repeated")
      ->take_all();
  app.set_version_flag("--version", "carillond " CARILLON_VERSION);
  app.add_flag("--print-config", print, "print the settings in force and end");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& failure) {
    return app.exit(failure) == 0 ? 0 : exit_bad_settings;
  }

  auto config = load_settings(sources);
  if (!config) {
    std::cerr << config.error().detail << "\n";
    return exit_bad_settings;
  }
  if (print) {
    std::cout << print_settings(*config);
    return 0;
  }
  start_logging(level_named(config->host.log_level), config->host.log_json);
  take_protobuf_log();

  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file at its size limit is a write error like any other
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGINT);
  sigaddset(&stop_signals, SIGTERM);
  sigset_t start_signals = stop_signals;
  sigaddset(&start_signals, SIGUSR2);  // only ever sent by ourselves, to one thread
  pthread_sigmask(SIG_BLOCK, &start_signals, nullptr);  // before any thread starts

  departure leave;
  start_watch watch(start_signals, leave);
  auto host = node::start(*config, find_page, leave);
  if (!host) {
    log_error("host", "cannot start: {}", host.error().describe());
    std::fflush(nullptr);
    _exit(exit_no_start);  // actors may run already; see node::stop
  }
  watch.host_serves();
  log_info("host", "listening on {}, data in {}", (*host)->url(), config->host.data);
  std::cout << ((*host)->takes_clients() ? "Carillon is ready at "
                                         : "Carillon waits for its directory at ")
            << (*host)->url() << std::endl;

  log_info("host", "{}: stopping", wait_for_the_end(stop_signals, **host, leave));
  ::alarm(stop_at_most_seconds);  // a disk that hangs must not keep the process
  (*host)->stop(stop_grace);
  log_info("host", "stopped");
  std::fflush(nullptr);
  _exit(leave.exit_code());
}
