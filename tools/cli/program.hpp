// `carillon`: everything that is not a host, as subcommands. A subcommand is a function that adds
// itself to the program; main.cpp has the list.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace carillon::cli {

// One run of the program: where it reads and writes, and what the command line chose to do.
struct invocation {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  std::function<int()> run;  // set by the chosen subcommand's callback; gives the exit code
};

// `now` outlives the program and everything added to it.
using command = void (*)(CLI::App& program, invocation& now);

inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;  // the host refused, or did not answer
inline constexpr int exit_usage = 2;   // the command line is wrong; nothing was tried

// Parses `arguments` (without the program's name), runs what they chose, gives the exit code.
int run_program(const std::vector<command>& commands, std::vector<std::string> arguments,
                invocation& now);

// carillon version
void add_version_command(CLI::App& program, invocation& now);
// carillon user add | list | disable | enable
void add_user_command(CLI::App& program, invocation& now);
// carillon token issue | revoke | list
void add_token_command(CLI::App& program, invocation& now);

}  // namespace carillon::cli
