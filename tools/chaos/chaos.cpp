#include "tools/chaos/chaos.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <random>

#include "tools/chaos/run.hpp"
#include "tools/chaos/stage.hpp"
#include "tools/client/stream.hpp"

namespace carillon::chaos {
namespace {

constexpr int exit_held = 0;
constexpr int exit_broken = 1;
constexpr int exit_not_here = 3;

// What broke outweighs what could not be tried here, and that outweighs what held.
int worse_of(int a, int b) {
  return a == exit_broken || b == exit_broken ? exit_broken : std::max(a, b);
}

std::string word_for(int verdict) {
  return verdict == exit_held ? "HELD     " : verdict == exit_broken ? "BROKEN   " : "SKIPPED  ";
}

int run_file(const std::string& file, run_options how) {
  scenario what = read_scenario(file);
  std::cout << "== " << file << ": " << what.name << ", seed " << how.seed << std::endl;
  if (auto why = stage::obstacle(what)) {
    std::cout << "SKIPPED: " << what.name << ": " << *why << std::endl;
    return exit_not_here;
  }
  if (!how.folder.empty())
    how.folder += "/" + std::filesystem::path(file).stem().string();
  auto outcome = run_scenario(what, how, std::cout);
  return print_outcome(std::cout, what, outcome) ? exit_held : exit_broken;
}

} // namespace

void add_chaos_command(CLI::App& program, std::function<int()>& run) {
  struct options {
    std::vector<std::string> files;
    run_options how;
  };
  auto chosen = std::make_shared<options>();
  chosen->how.seed = std::random_device()();
  CLI::App* chaos = program.add_subcommand("chaos", "break a cluster on purpose and judge it");
  chaos->require_subcommand(1);
  CLI::App* command = chaos->add_subcommand("run", "run scenarios from files");
  command->add_option("files", chosen->files, "scenarios (tests/chaos/*.toml)")->required();
  command->add_option("--seed", chosen->how.seed, "repeats the choice of hosts");
  command->add_option("--times", chosen->how.times, "rounds of each fault, instead of the file's");
  command->add_option("--keep", chosen->how.folder, "folder for data and logs, kept afterwards");
  command->add_option("--stock-script", chosen->how.stock_script, "client of @slack/rtm-api");
  command->callback([chosen, &run] {
    run = [chosen] {
      int worst = exit_held;
      std::string verdicts;
      for (const auto& file : chosen->files) {
        int verdict = exit_broken;
        try {
          verdict = run_file(file, chosen->how);
        } catch (const interrupted&) {
          std::cout << "\ninterrupted: " << file << std::endl;
          return exit_broken;
        } catch (const client::client_error& failure) {
          std::cout << "BROKEN: " << file << ": " << failure.what() << std::endl;
        }
        worst = worse_of(worst, verdict);
        verdicts += word_for(verdict) + file + '\n';
      }
      if (chosen->files.size() > 1)
        std::cout << "== all\n" << verdicts << std::flush;
      return worst;
    };
  });
}

} // namespace carillon::chaos
