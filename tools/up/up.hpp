// `carillon up FILE`: starts every host of a cluster on this machine, watches them, starts again one
// that ends by itself, and shows a live table. For trying and testing; on machines of their own,
// each host is started by `carillond --config FILE --host NAME`. SIGINT or SIGTERM stops the hosts
// one after the other; a second one ends them at once. Which program each host is started with, others may
// say beside it (seat.hpp): with --rolling this command does.
#pragma once

#include <functional>

#include <CLI/CLI.hpp>

namespace carillon::up {

// Adds the subcommand `up`. After parsing, `run` is set when it was chosen.
void add_up_command(CLI::App& program, std::function<int()>& run);

} // namespace carillon::up
