#include <iostream>

#include "runtime/wire/protobuf_log.hpp"
#include "tools/bench/bench.hpp"
#include "tools/certs/certs.hpp"
#include "tools/chaos/chaos.hpp"
#include "tools/cli/program.hpp"
#include "tools/inspect/inspect.hpp"
#include "tools/ring/ring.hpp"
#include "tools/sim/sim_command.hpp"
#include "tools/up/up.hpp"

namespace {

using namespace carillon::cli;

void add_bench_command(CLI::App& program, invocation& now) {
  carillon::bench::add_bench_command(program, now.run);
}

void add_certs_command(CLI::App& program, invocation& now) {
  carillon::certs::add_certs_command(program, now.run, now.out, now.err);
}

void add_up_command(CLI::App& program, invocation& now) {
  carillon::up::add_up_command(program, now.run);
}

void add_chaos_command(CLI::App& program, invocation& now) {
  carillon::chaos::add_chaos_command(program, now.run);
}

void add_sim_command(CLI::App& program, invocation& now) {
  carillon::sim::add_sim_command(program, now.run);
}

}  // namespace

int main(int argc, char** argv) {
  carillon::take_protobuf_log();
  invocation now{std::cin, std::cout, std::cerr, {}};
  return run_program(
      {
          add_user_command,
          add_token_command,
          add_bench_command,
          add_up_command,
          add_certs_command,
          add_chaos_command,
          carillon::inspect::add_inspect_command,
          carillon::ring::add_ring_command,
          add_sim_command,
          add_version_command,
      },
      {argv + 1, argv + argc}, now);
}
