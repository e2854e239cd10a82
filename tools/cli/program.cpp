#include "tools/cli/program.hpp"

#include <algorithm>
#include <ostream>

namespace carillon::cli {

int run_program(const std::vector<command>& commands, std::vector<std::string> arguments,
                invocation& now) {
  CLI::App program("Carillon: everything around a host (carillond is the host itself)", "carillon");
  program.require_subcommand(1);
  for (command add : commands)
    add(program, now);
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the end
  try {
    program.parse(std::move(arguments));
  } catch (const CLI::ParseError& failure) {
    return program.exit(failure, now.out, now.err) == 0 ? exit_done : exit_usage;
  }
  return now.run ? now.run() : exit_usage;
}

}  // namespace carillon::cli
