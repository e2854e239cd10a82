#include "tools/bench/bench.hpp"

#include <iostream>
#include <memory>

#include "tools/bench/all.hpp"
#include "tools/bench/guarded.hpp"
#include "tools/bench/machine.hpp"
#include "tools/bench/options.hpp"
#include "tools/bench/presence/presence_worker.hpp"
#include "tools/bench/pressure/presser.hpp"
#include "tools/bench/pressure/pressure_worker.hpp"
#include "tools/bench/raw/raw_server.hpp"
#include "tools/bench/storm/storm_worker.hpp"
#include "tools/bench/workloads.hpp"

namespace carillon::bench {
namespace {

// A workload as a command: its own defaults and options.
struct workload_command {
  const char* name;
  const char* words;
  workload run;
  void (*add_options)(CLI::App& command, load_options& load);
};

void fanout_options(CLI::App& command, load_options& load) {
  add_count(command, "--subscribers", load.subscribers, "RTM connections, each of its own user");
  add_count(command, "--in-flight", load.in_flight, "posts on the way at once");
  command.add_flag("--read-all", load.reads_all,
                   "every listener reads all it gets; otherwise one in 16, and of the others (and of the raw "
                   "loop's) the bytes are counted");
  add_text_bytes(command, load);
}

void groups_options(CLI::App& command, load_options& load) {
  load.channels = 1'000;
  load.in_flight = 64;
  add_count(command, "--channels", load.channels, "channels");
  add_count(command, "--members", load.members, "of each channel");
  add_count(command, "--subscribers", load.subscribers, "RTM connections that they are spread over");
  add_count(command, "--in-flight", load.in_flight, "posts on the way at once");
  add_text_bytes(command, load);
}

void durable_options(CLI::App& command, load_options& load) {
  add_count(command, "--posters", load.posters, "posters, each waiting for its acknowledgement");
  add_count(command, "--channels", load.channels, "channels they post to");
  add_text_bytes(command, load);
}

void idle_options(CLI::App& command, load_options& load) {
  add_count(command, "--connections", load.connections, "RTM connections");
}

void channels_options(CLI::App& command, load_options& load) {
  load.channels = 10'000;
  add_count(command, "--channels", load.channels, "channels to make");
  add_text_bytes(command, load);
}

void latency_options(CLI::App& command, load_options& load) {
  load.channels = 1;
  load.members = 0;
  command.add_option("--rate", load.rate, "posts per second, whatever comes back")
      ->check(CLI::Range(0.1, 1e6));
  add_count(command, "--subscribers", load.subscribers, "RTM connections, each of its own user");
  add_count(command, "--channels", load.channels, "channels");
  add_count(command, "--members", load.members, "of each channel (default: all)");
  add_count(command, "--posters", load.posters, "connections that post");
  add_text_bytes(command, load);
}

void activate_options(CLI::App& command, load_options& load) {
  load.channels = 2'000;
  load.in_flight = 64;
  add_count(command, "--channels", load.channels, "channels");
  add_count(command, "--in-flight", load.in_flight, "calls on the way at once");
  add_text_bytes(command, load);
}

void dormant_options(CLI::App& command, load_options& load) {
  load.channels = 1'000'000;
  load.in_flight = 64;
  add_count(command, "--channels", load.channels, "channels to write into the stopped host's folder");
  add_count(command, "--activate", load.activated, "channels to wake: half by reads, half by posts");
  add_count(command, "--in-flight", load.in_flight, "calls on the way at once");
  add_text_bytes(command, load);
}

void storm_options(CLI::App& command, load_options& load) {
  load.members = 50;
  load.rate = 100;
  add_count(command, "--clients", load.clients, "RTM connections that break and come back");
  add_count(command, "--people", load.people, "users behind them at most");
  add_count(command, "--members", load.members, "users of each channel");
  add_count(command, "--processes", load.processes, "of the load; each has its own descriptors");
  add_count(command, "--posters", load.posters, "connections that post");
  command.add_option("--rate", load.rate, "posts per second meanwhile")->check(CLI::Range(0.1, 1e6));
  add_text_bytes(command, load);
}

void growth_options(CLI::App& command, load_options& load) {
  load.host.hosts = 7;
  load.clients = 5'000;
  load.people = 1'000;
  load.rate = 30;
  load.posters = 8;
  add_count(command, "--subscribers", load.clients,
            "RTM connections in the channel; hosts that have too few descriptors for them are left out");
  add_count(command, "--people", load.people, "users behind them at most");
  add_count(command, "--processes", load.processes, "of the load; each has its own descriptors");
  add_count(command, "--posters", load.posters, "connections that post");
  command.add_option("--rate", load.rate, "posts per second")->check(CLI::Range(0.1, 1e6));
  add_text_bytes(command, load);
}

void pressure_options(CLI::App& command, load_options& load) {
  load.rate = 200;
  load.members = 20;
  load.posters = 128; // so many are enough for a slow disk's time at that rate
  load.clients = 50'000;
  load.processes = 3;
  command.add_option("what", load.presses,
                     "stalled: one reader stops reading; trickle: 1,000 readers take 1 KB/s each; flood: "
                     "posts at ten times what the disk takes; storm: everyone reconnects")
      ->check(CLI::IsMember(pressure_names()))
      ->required();
  command.add_option("--rate", load.rate, "posts per second of those who are measured")
      ->check(CLI::Range(0.1, 1e6));
  add_count(command, "--members", load.members, "who read these, each of its own user");
  add_count(command, "--posters", load.posters, "connections that post them");
  add_count(command, "--readers", load.slow_readers, "stalled, trickle: how many (1; 1,000)");
  add_count(command, "--press-rate", load.press_rate,
            "posts per second that press (400; 20; flood: 10 times what 512 posters get)");
  add_count(command, "--press-bytes", load.press_bytes, "length of their texts (4,000; flood: 200)");
  add_count(command, "--lines", load.press_lines, "flood: connections");
  command.add_option("--fsync-ms", load.fsync_ms, "flood: what each fsync of the host takes; 0: as it is")
      ->check(CLI::Range(0, 10'000));
  command.add_flag("--ignore-refusals", load.ignores_refusals,
                   "flood: who is refused posts on at once, whatever Retry-After says");
  command.add_option("--ceiling-mb", load.ceiling_mb,
                     "host.memory_max_mb of own hosts; 0: not set, and nothing held against it")
      ->check(CLI::Range(0, 1'000'000));
  add_count(command, "--clients", load.clients, "storm: RTM connections that break and come back");
  add_count(command, "--people", load.people, "storm: users behind them at most");
  add_count(command, "--processes", load.processes, "storm: of the load; each has its own descriptors");
  add_text_bytes(command, load);
}

void presence_options(CLI::App& command, load_options& load) {
  load.host.hosts = 3;
  load.people = 10'000;
  load.channels = 100;
  load.members = 20;
  load.rate = 50;
  load.posters = 16;
  add_count(command, "--people", load.people, "users, each with a connection");
  add_count(command, "--watched", load.watched, "users whom each of them watches");
  add_count(command, "--events-per-host", load.events_per_host, "presence.events_per_host_s of own hosts");
  command.add_option("--return-seconds", load.return_seconds, "in which the half that left comes back")
      ->check(CLI::Range(0.1, 3'600.0));
  add_count(command, "--channels", load.channels, "channels that are posted to");
  add_count(command, "--members", load.members, "users of each channel");
  add_count(command, "--processes", load.processes, "of the load");
  add_count(command, "--posters", load.posters, "connections that post");
  command.add_option("--rate", load.rate, "posts per second")->check(CLI::Range(0.1, 1e6));
  add_text_bytes(command, load);
}

void failover_options(CLI::App& command, load_options& load) {
  load.host.hosts = 3;
  load.channels = 64;
  add_count(command, "--channels", load.channels, "channels that are posted to");
  add_count(command, "--times", load.times, "hosts to kill, one after the other");
  add_text_bytes(command, load);
}

void scale_options(CLI::App& command, load_options& load) {
  load.host.hosts = 3;
  durable_options(command, load);
}

constexpr workload_command commands[] = {
    {"durable", "posts acknowledged after fsync", run_durable, durable_options},
    {"fanout", "deliveries of one channel to many connections", run_fanout, fanout_options},
    {"groups", "deliveries of many small channels, every post fsynced", run_groups, groups_options},
    {"latency", "at a given rate, from the intended time of each post", run_latency, latency_options},
    {"idle", "memory and CPU of silent connections", run_idle, idle_options},
    {"channels", "memory per dormant and per active channel", run_channels, channels_options},
    {"activate", "first reads and posts after a restart", run_activate, activate_options},
    {"dormant", "millions of channels on a host's disk", run_dormant, dormant_options},
    {"storm", "everyone reconnects at once, with replay", run_storm, storm_options},
    {"pressure", "how others fare while something presses on the host", run_pressure, pressure_options},
    {"presence", "half of all reconnect, everybody watches others, messages go on", run_presence,
     presence_options},
    {"failover", "how long channels take no posts when their host is killed", run_failover,
     failover_options},
    {"growth", "one channel, the same load, on 1, 3, 5 and 7 hosts", run_growth, growth_options},
    {"scale", "durable over one host, two, and so on", run_scale, scale_options},
};

int run_one(const workload_command& what, const workload_options& options) {
  return guarded([&] {
    check_files(options.output);
    run_result run{what.name, command_words(), {}, what.run(finished(options))};
    return show({machine_words(), commit_words(), today(), {std::move(run)}}, options.output);
  });
}

// What workloads start as processes beside their own; people do not see them.
void add_storm_worker(CLI::App& bench, std::function<int()>& run) {
  bench.add_subcommand("storm-worker")->group("")->callback(
      [&run] { run = [] { return guarded(run_storm_worker); }; });
}

void add_presence_worker(CLI::App& bench, std::function<int()>& run) {
  bench.add_subcommand("presence-worker")->group("")->callback(
      [&run] { run = [] { return guarded(run_presence_worker); }; });
}

void add_pressure_worker(CLI::App& bench, std::function<int()>& run) {
  bench.add_subcommand("pressure-worker")->group("")->callback(
      [&run] { run = [] { return guarded(run_pressure_worker); }; });
}

void add_raw_server(CLI::App& bench, std::function<int()>& run) {
  auto shape = std::make_shared<raw_shape>();
  CLI::App* command = bench.add_subcommand("raw-server")->group("");
  command->add_option("--people", shape->people);
  command->add_option("--groups", shape->groups);
  command->add_option("--members", shape->members);
  command->add_option("--request-bytes", shape->request_bytes);
  command->add_option("--frame-bytes", shape->frame_bytes);
  command->add_option("--answer-bytes", shape->answer_bytes);
  command->add_flag("--coalesced", shape->coalesced);
  command->add_option("--journal", shape->journal);
  command->callback([shape, &run] {
    run = [shape] {
      return guarded([&] {
        return serve_raw(*shape, [](std::uint16_t port) { std::cout << port << std::endl; });
      });
    };
  });
}

} // namespace

void add_bench_command(CLI::App& program, std::function<int()>& run) {
  CLI::App* bench = program.add_subcommand("bench", "put load on a host and measure it");
  bench->require_subcommand(0, 1); // 0: --check
  for (const workload_command& each : commands) {
    auto options = std::make_shared<workload_options>();
    CLI::App* command = bench->add_subcommand(each.name, each.words);
    add_common_options(*command, *options);
    each.add_options(*command, options->load);
    command->callback(
        [options, &each, &run] { run = [options, &each] { return run_one(each, *options); }; });
  }
  add_all_commands(*bench, run);
  add_raw_server(*bench, run);
  add_storm_worker(*bench, run);
  add_pressure_worker(*bench, run);
  add_presence_worker(*bench, run);
}

} // namespace carillon::bench
