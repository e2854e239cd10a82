// sim_mutant_... INVARIANT PROFILE SEEDS [activates-early|plans-early|leaves-unasked]: plays seeds from 1
// on until that invariant breaks. Exit code 0 when it was caught by its name; 1 when it was not, or by
// another name.
#include <iostream>
#include <string>

#include "runtime/base/logging.hpp"
#include "tools/sim/run.hpp"

int main(int argc, char** argv) {
  using namespace carillon;
  if (argc < 4 || argc > 5) {
    std::cerr << "usage: " << argv[0]
              << " INVARIANT PROFILE SEEDS [activates-early|plans-early|leaves-unasked]\n";
    return 2;
  }
  start_logging(log_level::off, false);
  sim::run_options how;
  how.weather = sim::parse_profile(argv[2]);
  // With shells that go wrong as well, where two layers see to the same thing.
  how.lying.activates_early = argc == 5 && argv[4] == std::string("activates-early");
  how.lying.plans_early = argc == 5 && argv[4] == std::string("plans-early");
  how.lying.leaves_unasked = argc == 5 && argv[4] == std::string("leaves-unasked");
  const std::uint64_t last = std::stoull(argv[3]);
  for (how.seed = 1; how.seed <= last; ++how.seed) {
    const sim::outcome came = sim::play(how, sim::draw_plan(how));
    if (!came.broken)
      continue;
    std::cout << "seed " << how.seed << " broke " << came.broken->invariant << ": "
              << came.broken->words << '\n';
    if (came.broken->invariant == argv[1])
      return 0;
  }
  std::cout << "not caught as " << argv[1] << " in " << last << " seeds\n";
  return 1;
}
