#include "tools/up/up.hpp"

#include <csignal>
#include <cstdio>
#include <iostream>
#include <memory>

#include <sys/signalfd.h>
#include <unistd.h>

#include "tools/client/http_client.hpp"
#include "tools/cluster/cluster_process.hpp"
#include "tools/up/rolling.hpp"
#include "tools/up/seat.hpp"
#include "tools/up/table.hpp"

namespace carillon::up {
namespace {

constexpr std::chrono::milliseconds refresh{1'000};
constexpr std::chrono::milliseconds watch_every{100};
constexpr std::chrono::milliseconds restart_delay_min{500};
constexpr std::chrono::milliseconds restart_delay_max{30'000};
constexpr std::chrono::milliseconds stop_each{15'000};
constexpr std::chrono::seconds runs_well{30}; // after it, the next restart waits the least again

class stop_signal final : client::event_source {
public:
  explicit stop_signal(client::event_loop& loop) : loop_(loop) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    descriptor_ = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    loop_.watch(descriptor_, *this, false);
  }
  ~stop_signal() override {
    loop_.forget(descriptor_, *this);
    ::close(descriptor_);
  }
  int count() const { return count_; }

private:
  void on_ready(std::uint32_t) override {
    signalfd_siginfo what;
    while (::read(descriptor_, &what, sizeof what) == sizeof what)
      ++count_;
  }
  client::event_loop& loop_;
  int descriptor_ = -1;
  int count_ = 0;
};

class supervisor {
public:
  explicit supervisor(cluster::cluster_process::options how)
      : program_(how.program), processes_(std::move(how)), stop_(loop_), hosts_(processes_.size()) {
    if (!program_.empty() && program_text(program_).empty())
      throw client::client_error(program_ + " is no program that can be run");
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
      const settings::cluster_host& entry = processes_.entry(i);
      seats_.emplace_back(up_file(entry.data));
      if (!seats_.back().take())
        throw client::client_error("another carillon up watches over " + entry.name);
      if (!program_.empty()) {  // what was rolled out before does not count any more
        held_file wish(program_file(entry.data));
        if (!wish.take())
          throw client::client_error("carillon up --rolling is at work (" + wish.path() + " is held)");
        wish.write(program_text(program_));
      }
    }
  }

  int run(bool plain) {
    for (std::size_t i = 0; i < hosts_.size(); ++i)
      launch(i);
    auto shown_at = steady_now();
    while (stop_.count() == 0) {
      loop_.run_until([&] { return stop_.count() > 0; }, watch_every);
      watch_processes();
      auto now = steady_now();
      if (now - shown_at < refresh)
        continue;
      show(plain, std::chrono::duration_cast<std::chrono::milliseconds>(now - shown_at));
      shown_at = now;
      ask_all();
    }
    std::cout << "\nstopping " << hosts_.size() << " hosts, one after the other" << std::endl;
    stop_in_order();
    return 0;
  }

private:
  struct one {
    std::unique_ptr<client::http_client> http;
    client::endpoint where;
    bool listens = false;
    std::uint32_t starts = 0;
    tick_time started_at;
    tick_time start_again_at;
    std::chrono::milliseconds delay = restart_delay_min;
    std::string wish;                    // for its program, as it was started
    std::optional<tick_time> renewed_at; // it was told to end, for another program
    cluster::host_health now, before;
  };

  void launch(std::size_t i) {
    hosts_[i].wish = line_of(program_file(processes_.entry(i).data));
    hosts_[i].renewed_at.reset();
    std::string program = program_text(path_of_program(hosts_[i].wish));
    if (program.empty() && !hosts_[i].wish.empty())
      std::cout << "host " << processes_.entry(i).name << ": there is no program "
                << path_of_program(hosts_[i].wish) << " any more; " << own_program() << " is started"
                << std::endl;
    if (program.empty())
      program = program_text(own_program());
    processes_.process(i).use_program(program.empty() ? own_program() : path_of_program(program));
    processes_.launch(i);
    seats_[i].write(program);
    hosts_[i].listens = false;
    hosts_[i].http.reset();
    hosts_[i].now = hosts_[i].before = {};
    hosts_[i].started_at = steady_now();
    ++hosts_[i].starts;
  }

  std::string own_program() const {
    return program_.empty() ? client::program_beside_us("carillond") : program_;
  }

  // Somebody wants this host to run another program: it ends in order, and is started with that.
  void renew_if_wished(std::size_t i) {
    one& host = hosts_[i];
    auto& process = processes_.process(i);
    if (host.renewed_at) {
      if (steady_now() - *host.renewed_at > stop_each)
        process.kill_now();
      return;
    }
    const std::string wish = line_of(program_file(processes_.entry(i).data));
    if (wish.empty() || wish == host.wish || program_text(path_of_program(wish)) != wish)
      return;
    host.renewed_at = steady_now();
    std::cout << "host " << processes_.entry(i).name << " ends, to start with " << path_of_program(wish)
              << std::endl;
    process.signal(SIGTERM);
  }

  void watch_processes() {
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
      one& host = hosts_[i];
      auto now = steady_now();
      if (processes_.process(i).is_running()) {
        renew_if_wished(i);
        if (!host.listens)
          greet(i);
        if (now - host.started_at > runs_well)
          host.delay = restart_delay_min;
        host.start_again_at = now + host.delay;
      } else if (host.renewed_at) {
        launch(i);
      } else if (now >= host.start_again_at) {
        std::cout << "host " << processes_.entry(i).name << " ended; starting it again. Its log: "
                  << processes_.process(i).log_path() << std::endl;
        host.delay = std::min(host.delay * 2, restart_delay_max);
        launch(i);
      }
    }
  }

  void greet(std::size_t i) {
    std::string address = client::read_text_file(processes_.entry(i).data + "/address");
    if (address.empty() || address.back() != '\n')
      return;
    address.pop_back();
    hosts_[i].where = client::endpoint::parse(address);
    hosts_[i].listens = true;
  }

  void ask_all() {
    for (one& host : hosts_) {
      if (!host.listens)
        continue;
      if (host.http && host.http->is_busy()) { // no answer for a whole turn
        host.now.answers = false;
        continue;
      }
      if (!host.http)
        host.http = std::make_unique<client::http_client>(loop_, host.where);
      host.http->send(client::get_request(host.where, "/healthz"),
                      [&host](const client::http_response_view* answer) {
                        host.before = host.now;
                        host.now = answer ? cluster::read_health(answer->status,
                                                                 std::string(answer->body))
                                          : cluster::host_health{};
                      });
    }
  }

  void show(bool plain, std::chrono::milliseconds elapsed) {
    std::vector<host_row> rows;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
      const one& host = hosts_[i];
      rows.push_back({processes_.entry(i).name,
                      host.listens ? "http://" + host.where.authority() : "",
                      processes_.process(i).is_running(), host.starts, host.now, host.before});
    }
    std::string table = render(rows, elapsed);
    if (plain) {
      // One table per change, for logs and pipes.
      std::string states;
      for (const auto& row : rows)
        states += state_of(row) + std::to_string(row.now.leads.size()) + ' ';
      if (states == shown_states_)
        return;
      shown_states_ = states;
      std::cout << table << std::endl;
    } else {
      std::cout << "\x1b[H\x1b[2J" << table << "\nctrl-C stops them in order" << std::flush;
    }
  }

  // Each gets its time; a second signal ends all that are left.
  void stop_in_order() {
    for (std::size_t i = hosts_.size(); i-- > 0;) {
      auto& process = processes_.process(i);
      if (!process.is_running())
        continue;
      process.signal(SIGTERM);
      auto gone = [&] { return stop_.count() > 1 || !process.is_running(); };
      auto deadline = steady_now() + stop_each;
      while (!gone() && steady_now() < deadline)
        loop_.run_for(std::chrono::milliseconds(20));
      process.kill_now();
      std::cout << "host " << processes_.entry(i).name << " stopped" << std::endl;
    }
  }

  const std::string program_;  // empty: carillond beside us
  client::event_loop loop_;
  cluster::cluster_process processes_;
  std::vector<held_file> seats_;  // by host
  stop_signal stop_;
  std::vector<one> hosts_;
  std::string shown_states_;
};

} // namespace

void add_up_command(CLI::App& program, std::function<int()>& run) {
  auto how = std::make_shared<cluster::cluster_process::options>();
  auto plain = std::make_shared<bool>(false);
  CLI::App* up = program.add_subcommand("up", "start all hosts of a cluster on this machine");
  up->add_option("file", how->file, "settings with [[cluster.hosts]]")->required();
  auto change = std::make_shared<rolling>();
  auto patience = std::make_shared<unsigned>(300);
  up->add_option("--program", how->program, "this carillond, and not the one beside carillon");
  auto* settings = up->add_option("--set", how->settings, "one setting for all hosts, section.key=value")
                       ->take_all();
  auto* logs =
      up->add_option("--logs", how->logs, "folder for the hosts' logs (default: beside their data)");
  up->add_flag("--plain", *plain, "a line-by-line report of changes instead of a live table");
  auto rolls = std::make_shared<bool>(false);
  auto* roll_it = up->add_flag("--rolling", *rolls,
                               "beside a carillon up that runs this file: every host gets the program, one "
                               "after the other, while clients go on")
                      ->excludes(settings)
                      ->excludes(logs);
  up->add_flag("--without-rest", change->without_rest,
               "with --rolling: hosts are only ended, to go back to a program from before carillon ring rest")
      ->needs(roll_it);
  up->add_option("--patience", *patience, "with --rolling: seconds to wait for one thing at most")
      ->capture_default_str()
      ->needs(roll_it);
  up->callback([how, plain, change, patience, rolls, &run] {
    run = [how, plain, change, patience, rolls] {
      try {
        if (*rolls) {
          change->file = how->file;
          change->program = how->program;
          change->patience = std::chrono::seconds(*patience);
          return roll(*change, std::cout, std::cerr);
        }
        return supervisor(*how).run(*plain || !::isatty(STDOUT_FILENO));
      } catch (const client::client_error& failure) {
        std::cerr << "carillon up: " << failure.what() << std::endl;
        return 1;
      }
    };
  });
}

} // namespace carillon::up
