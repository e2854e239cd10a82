#include "tools/chaos/chaos.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <random>

#include "tools/chaos/report.hpp"
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

// Where the picture goes when nobody says so: to what is kept, or where the system cleans up.
std::string picture_folder(const std::string& wanted, const run_options& how) {
  if (!wanted.empty())
    return wanted;
  return how.folder.empty() ? std::filesystem::temp_directory_path().string() : how.folder;
}

// Says where it is. A picture that cannot be written changes no verdict.
void save_picture(const std::filesystem::path& file, const timeline& run) {
  std::error_code ignored; // the stream will say so
  std::filesystem::create_directories(file.parent_path(), ignored);
  std::ofstream out(file, std::ios::binary);
  out << draw(run);
  out.close();
  std::cout << (out ? "picture: " : "no picture: cannot write ") << file.string() << std::endl;
}

int run_file(const std::string& file, run_options how, const std::string& pictures) {
  scenario what = read_scenario(file);
  std::cout << "== " << file << ": " << what.name << ", seed " << how.seed << std::endl;
  if (auto why = stage::obstacle(what)) {
    std::cout << "SKIPPED: " << what.name << ": " << *why << std::endl;
    return exit_not_here;
  }
  const std::string name = std::filesystem::path(file).stem().string();
  const std::filesystem::path picture = std::filesystem::path(picture_folder(pictures, how)) /
                                        ("chaos-" + name + "-" + std::to_string(how.seed) + ".svg");
  if (!how.folder.empty())
    how.folder += "/" + name;
  run_outcome outcome;
  try {
    run_scenario(what, how, std::cout, outcome);
  } catch (const std::runtime_error& failure) {
    std::cout << std::endl; // progress may stand in the middle of a line
    if (outcome.seen)
      save_picture(picture, timeline_of(what, how.seed, outcome, run_end::unfinished,
                                        report_of_failure(outcome, failure.what())));
    throw;
  }
  report words = report_of(what, outcome);
  std::cout << words.table;
  save_picture(picture, timeline_of(what, how.seed, outcome,
                                    words.held ? run_end::held : run_end::broken, words));
  std::cout << (words.held ? "HELD" : "BROKEN") << std::endl;
  return words.held ? exit_held : exit_broken;
}

} // namespace

void add_chaos_command(CLI::App& program, std::function<int()>& run) {
  struct options {
    std::vector<std::string> files;
    run_options how;
    std::string pictures;
  };
  auto chosen = std::make_shared<options>();
  chosen->how.seed = std::random_device()();
  CLI::App* chaos = program.add_subcommand("chaos", "break a cluster on purpose and judge it");
  chaos->require_subcommand(1);
  CLI::App* command = chaos->add_subcommand("run", "run scenarios from files");
  command->add_option("files", chosen->files, "scenarios (tests/chaos/*.toml)")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_option("--seed", chosen->how.seed, "repeats the choice of hosts");
  command->add_option("--times", chosen->how.times, "rounds of each fault, instead of the file's");
  command->add_option("--keep", chosen->how.folder, "folder for data and logs, kept afterwards");
  command->add_option("--picture", chosen->pictures,
                      "folder for each run's timeline, chaos-NAME-SEED.svg; otherwise that of --keep, "
                      "or the system's for temporary files");
  command->add_option("--stock-script", chosen->how.stock_script, "client of @slack/rtm-api");
  command->callback([chosen, &run] {
    run = [chosen] {
      int worst = exit_held;
      std::string verdicts;
      for (const auto& file : chosen->files) {
        int verdict = exit_broken;
        try {
          verdict = run_file(file, chosen->how, chosen->pictures);
        } catch (const interrupted&) {
          std::cout << "interrupted: " << file << ", seed " << chosen->how.seed << std::endl;
          return exit_broken;
        } catch (const client::client_error& failure) {
          std::cout << "BROKEN: " << file << ", seed " << chosen->how.seed << ": " << failure.what()
                    << std::endl;
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
