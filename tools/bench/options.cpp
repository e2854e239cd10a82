#include "tools/bench/options.hpp"

namespace carillon::bench {
namespace {

void add_host_options(CLI::App& command, target_options& host) {
  command.add_option("--url", host.url, "a running host (default: starts its own on a new folder)");
  command.add_option("--admin-token-file", host.admin_token_file,
                     "with --url: DATA/admin.token of that host");
  command.add_option("--pid", host.pid,
                     "with --url: the host's process, to measure CPU and memory");
  command.add_flag("--pin", host.pin, "own host on core 0, the load on core 1");
  command.add_option("--hosts", host.hosts, "own hosts: a cluster of so many on this machine")
      ->check(CLI::Range(1, 9));
  command.add_option("--program", host.program, "own host: another carillond");
  command.add_option("--data", host.data, "own host: data folder, kept afterwards");
  command.add_option("--set", host.settings, "own host: section.key=value, as carillond --set");
}

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1e3));
}

} // namespace

void add_output_options(CLI::App& command, output_options& to) {
  command.add_flag("--json", to.json, "one line of JSON instead of a table");
  command.add_flag("--plot", to.plot, "latencies as percentile curves in the terminal");
  command.add_option("--svg", to.svg, "latencies as percentile curves in a file");
  command.add_option("--compare", to.compare,
                     "results that --json printed before: the ratio of each figure; exit code 1 when "
                     "one is worse by more than the runs' rounds lie apart");
}

void add_common_options(CLI::App& command, workload_options& to) {
  add_host_options(command, to.load.host);
  add_output_options(command, to.output);
  command.add_option("--seconds", to.seconds, "how long to measure")->check(CLI::Range(0.01, 86'400.0));
  command.add_option("--warm-up", to.warm_up_seconds, "seconds of load before that")
      ->check(CLI::Range(0.01, 3'600.0));
  command.add_option("--rounds", to.load.rounds, "parts of the measured time, to see how far they lie apart")
      ->check(CLI::Range(1, 1'000));
  command.add_option("--raw-seconds", to.raw_seconds,
                     "of each round of the raw limit, before and after; 0: none")
      ->check(CLI::Range(0.0, 3'600.0));
}

void add_count(CLI::App& command, const char* name, std::size_t& value, const char* words) {
  command.add_option(name, value, words)->check(CLI::Range(1, 100'000'000));
}

void add_text_bytes(CLI::App& command, load_options& to) {
  command.add_option("--text-bytes", to.text_bytes, "length of a message's text")
      ->check(CLI::Range(1, 40'000));
}

load_options finished(const workload_options& from) {
  load_options load = from.load;
  load.duration = milliseconds(from.seconds);
  load.warm_up = milliseconds(from.warm_up_seconds);
  load.raw_duration = milliseconds(from.raw_seconds);
  return load;
}

} // namespace carillon::bench
