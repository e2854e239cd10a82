#include <ostream>

#include "tools/cli/program.hpp"

namespace carillon::cli {

void add_version_command(CLI::App& program, invocation& now) {
  program.add_subcommand("version", "print the version")->callback([&now] {
    now.run = [&now] {
      now.out << "carillon " CARILLON_VERSION "\n";
      return exit_done;
    };
  });
}

}  // namespace carillon::cli
