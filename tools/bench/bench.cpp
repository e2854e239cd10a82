#include "tools/bench/bench.hpp"

#include <exception>
#include <iostream>
#include <memory>

#include "tools/bench/workloads.hpp"

namespace carillon::bench {
namespace {

struct bench_options {
  load_options load;
  int seconds = 10;
  bool json = false;
};

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

int report_on(const bench_options& options, report (*workload)(const load_options&)) {
  try {
    load_options load = options.load;
    load.duration = std::chrono::seconds(options.seconds);
    report measured = workload(load);
    options.json ? print_json(std::cout, measured) : print_table(std::cout, measured);
    return 0;
  } catch (const std::exception& failure) {
    std::cerr << "carillon bench: " << failure.what() << '\n';
    return 1;
  }
}

} // namespace

void add_bench_command(CLI::App& program, std::function<int()>& run) {
  auto options = std::make_shared<bench_options>();
  CLI::App* bench = program.add_subcommand("bench", "put load on a host and measure it");
  bench->require_subcommand(1);
  auto add = [&](const char* name, const char* words, report (*workload)(const load_options&)) {
    CLI::App* command = bench->add_subcommand(name, words);
    add_host_options(*command, options->load.host);
    command->add_flag("--json", options->json, "one line of JSON instead of a table");
    command->add_option("--seconds", options->seconds, "how long to measure")
        ->check(CLI::Range(1, 86'400));
    command->callback([options, workload, &run] {
      run = [options, workload] { return report_on(*options, workload); };
    });
    return command;
  };
  auto text_bytes = [&](CLI::App* command) {
    command->add_option("--text-bytes", options->load.text_bytes, "length of a message's text")
        ->check(CLI::Range(1, 40'000));
  };
  auto count = [&](CLI::App* command, const char* name, std::size_t& value, const char* words) {
    command->add_option(name, value, words)->check(CLI::Range(1, 1'000'000));
  };

  load_options& load = options->load;
  CLI::App* durable = add("durable", "posts acknowledged after fsync", run_durable);
  count(durable, "--posters", load.posters, "posters, each waiting for its acknowledgement");
  count(durable, "--channels", load.channels, "channels they post to");
  text_bytes(durable);

  CLI::App* fanout = add("fanout", "deliveries of one channel to many connections", run_fanout);
  count(fanout, "--subscribers", load.subscribers, "RTM connections, each of its own user");
  count(fanout, "--in-flight", load.in_flight, "posts on the way at once");
  text_bytes(fanout);

  CLI::App* idle = add("idle", "memory and CPU of silent connections", run_idle);
  count(idle, "--connections", load.connections, "RTM connections");

  CLI::App* channels = add("channels", "memory per dormant and per active channel", run_channels);
  channels->preparse_callback([options](std::size_t) { options->load.channels = 10'000; });
  count(channels, "--channels", load.channels, "channels to make");
  text_bytes(channels);
}

} // namespace carillon::bench
