#include "tools/bench/bench.hpp"

int main(int argc, char** argv) {
  CLI::App program("carillon");
  std::function<int()> run;
  carillon::bench::add_bench_command(program, run);
  CLI11_PARSE(program, argc, argv);
  return run ? run() : 1;
}
