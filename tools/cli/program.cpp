#include "tools/cli/program.hpp"

#include <algorithm>
#include <ostream>

namespace carillon::cli {
namespace {

// The words that a command line went through, as "carillon user", and the first that is none; empty when
// the line is wrong in some other way. CLI11 says then only that a word is missing.
std::string unknown_word(const CLI::App& program, const std::vector<std::string>& arguments) {
  const CLI::App* at = &program;
  std::string path = program.get_name();
  for (const std::string& word : arguments) {
    const auto below = at->get_subcommands([](const CLI::App*) { return true; });
    if (below.empty() || word.empty() || word.front() == '-')
      return {};
    const auto next = std::find_if(below.begin(), below.end(), [&](const CLI::App* each) {
      return each->check_name(word);
    });
    if (next == below.end()) {
      std::string there;
      for (const CLI::App* each : below)
        if (!each->get_group().empty())  // the others are between our own processes
          there.append(there.empty() ? "" : ", ").append(each->get_name());
      return path + ": there is no '" + word + "'; there are " + there;
    }
    at = *next;
    path.append(" ").append(word);
  }
  return {};
}

}  // namespace

int run_program(const std::vector<command>& commands, std::vector<std::string> arguments,
                invocation& now) {
  CLI::App program("Carillon: everything around a host (carillond is the host itself)", "carillon");
  program.require_subcommand(1);
  for (command add : commands)
    add(program, now);
  const std::string unknown = unknown_word(program, arguments);
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the end
  try {
    program.parse(std::move(arguments));
  } catch (const CLI::ParseError& failure) {
    if (!unknown.empty() && failure.get_exit_code() != 0) {
      now.err << unknown << "\nRun with --help for more information.\n";
      return exit_usage;
    }
    return program.exit(failure, now.out, now.err) == 0 ? exit_done : exit_usage;
  }
  return now.run ? now.run() : exit_usage;
}

}  // namespace carillon::cli
