#include "tools/sim/sim_command.hpp"

#include <atomic>
#include <chrono>
#include <iomanip>
#include <iostream>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "runtime/base/logging.hpp"
#include "tools/sim/run.hpp"
#include "tools/sim/shrink.hpp"

namespace carillon::sim {
namespace {

struct sim_options {
  std::string seeds = "1..100";
  std::string weather = "mixed";
  run_options run;
  std::uint32_t threads = 1;
  bool trace = false;
  bool quiet = false;
  bool keep_going = false;
};

struct seed_range {
  std::uint64_t first = 1;
  std::uint64_t last = 1;
};

// "A..B", or one seed.
seed_range parse_seeds(const std::string& text) {
  seed_range range;
  const std::size_t dots = text.find("..");
  std::size_t used = 0;
  range.first = range.last = std::stoull(text, &used);
  if (dots != std::string::npos)
    range.last = std::stoull(text.substr(dots + 2));
  if (used != std::min(dots, text.size()) || range.last < range.first)
    throw std::invalid_argument("--seeds takes A..B");
  return range;
}

class campaign {
public:
  campaign(const sim_options& options, seed_range seeds)
      : options_(options), seeds_(seeds), next_(seeds.first) {}

  int run() {
    const auto began = std::chrono::steady_clock::now();
    std::cout << "seeds " << seeds_.first << ".." << seeds_.last << ", " << options_.run.minutes
              << " simulated minute(s) each, profile " << options_.weather << std::endl;
    std::vector<std::thread> others;
    for (std::uint32_t i = 1; i < options_.threads; ++i)
      others.emplace_back([this] { work(); });
    work();
    for (std::thread& each : others)
      each.join();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    report(took.count());
    return failures_ == 0 ? 0 : 1;
  }

private:
  void work() {
    for (;;) {
      const std::uint64_t seed = next_.fetch_add(1);
      if (seed > seeds_.last || (failures_ > 0 && !options_.keep_going))
        return;
      run_options how = options_.run;
      how.seed = seed;
      const plan faults = draw_plan(how);
      const outcome came = play(how, faults, options_.trace ? &std::cout : nullptr);
      take(how, faults, came);
    }
  }

  void take(const run_options& how, const plan& faults, const outcome& came) {
    std::lock_guard lock(mutex_);
    ++done_;
    sum_.add(came.count);
    hash_ ^= came.trace_hash + how.seed * 0x9e3779b97f4a7c15ULL;
    if (options_.trace)
      std::cout << "seed " << how.seed << " trace hash " << std::hex << came.trace_hash << std::dec
                << '\n';
    if (came.broken) {
      ++failures_;
      std::cout << "\nseed " << how.seed << " broke " << came.broken->invariant << ": "
                << came.broken->words << "\nshrinking " << faults.faults.size() << " faults ..."
                << std::endl;
      const shrunk least = shrink(how, faults, came);
      std::cout << script_of(how, least) << least.result.state
                << "again: carillon sim --seeds " << how.seed << " --minutes " << how.minutes
                << " --profile " << options_.weather
                << std::endl;
    }
    if (!options_.quiet && done_ % 50 == 0)
      std::cerr << '\r' << done_ << " of " << seeds_.last - seeds_.first + 1 << " seeds, "
                << sum_.acknowledged << " acknowledged, " << sum_.leaders << " leaderships"
                << std::flush;
  }

  void report(double seconds) const {
    if (!options_.quiet)
      std::cerr << '\r';
    std::cout << done_ << " seeds in " << std::fixed << std::setprecision(1) << seconds << " s, "
              << std::setprecision(0) << static_cast<double>(done_) / seconds * 60.0
              << " a minute, on " << options_.threads << " thread(s): " << failures_
              << " broken; all traces " << std::hex << hash_ << std::dec << "\n";
    print(std::cout, sum_);
  }

  const sim_options& options_;
  const seed_range seeds_;
  std::atomic<std::uint64_t> next_;
  std::mutex mutex_;
  std::uint64_t done_ = 0;
  std::atomic<std::uint64_t> failures_{0};
  std::uint64_t hash_ = 0;
  coverage sum_;
};

int run_sim(const sim_options& given) {
  try {
    sim_options options = given;
    options.run.weather = parse_profile(options.weather);
    const seed_range seeds = parse_seeds(options.seeds);
    if (options.threads == 0)
      options.threads = 1;
    start_logging(log_level::off, false);
    return campaign(options, seeds).run();
  } catch (const std::exception& wrong) {
    std::cerr << "carillon sim: " << wrong.what() << '\n';
    return 2;
  }
}

}  // namespace

void add_sim_command(CLI::App& program, std::function<int()>& run) {
  auto options = std::make_shared<sim_options>();
  CLI::App* sim = program.add_subcommand("sim", "simulate whole clusters from seeds");
  sim->add_option("--seeds", options->seeds, "A..B, or one seed")->capture_default_str();
  sim->add_option("--minutes", options->run.minutes, "simulated time of each run")
      ->capture_default_str()
      ->check(CLI::Range(1, 60));
  sim->add_option("--profile", options->weather,
                  "calm, flaky, partitions, crashes, disks, clocks, freezes, storm, everything, ring, sync or mixed")
      ->capture_default_str();
  sim->add_option("--hosts", options->run.hosts, "3 or 5 (of a ring, those that found it); 0: by the seed")
      ->check(CLI::IsMember({0, 3, 5}));
  sim->add_option("--threads", options->threads, "runs at once")->capture_default_str();
  sim->add_flag("--trace", options->trace, "print every step");
  sim->add_flag("--keep-going", options->keep_going, "do not stop at the first broken seed");
  sim->add_flag("--quiet", options->quiet, "no line of progress");
  sim->callback([options, &run] { run = [options] { return run_sim(*options); }; });
}

}  // namespace carillon::sim
