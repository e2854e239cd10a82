#include "tools/bench/all.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>

#include "tools/bench/figures/goals.hpp"
#include "tools/bench/figures/plan.hpp"
#include "tools/bench/guarded.hpp"
#include "tools/bench/machine.hpp"
#include "tools/bench/options.hpp"
#include "tools/client/child_process.hpp"

namespace carillon::bench {
namespace {

struct all_options {
  output_options output;
  bool quick = false;
  std::vector<std::string> only;
  std::string save; // file for the JSON
  std::string from; // check: file of results instead of running anything
};

bool is_wanted(const all_options& how, std::string_view name) {
  return how.only.empty() || std::find(how.only.begin(), how.only.end(), name) != how.only.end();
}

run_result run_planned(const planned_run& what, bool quick) {
  std::string line(quick ? what.quick : what.words);
  if (quick)
    line.append(" ").append(quick_words);
  std::vector<std::string> words = split_at_blanks(line);
  words.insert(words.begin(), "bench");
  words.push_back("--json");
  std::cerr << what.name << ": carillon bench " << line << std::endl;
  client::child_process child({words, {}});
  std::string said = child.read_rest();
  int code = child.wait();
  run_result out{std::string(what.name), "carillon bench " + line, {}, {}};
  std::string why;
  auto parsed = parse_results(said, why);
  bool has_figures = parsed && parsed->runs.size() == 1;
  if (has_figures && (code == 0 || !parsed->runs.front().measured.broken.empty()))
    out.measured = std::move(parsed->runs.front().measured);
  else
    out.failure = "exit code " + std::to_string(code) + ", its words are above";
  return out;
}

results run_plan(const all_options& how) {
  for (const std::string& name : how.only)
    if (std::none_of(plan().begin(), plan().end(),
                     [&](const planned_run& run) { return run.name == name; }))
      throw client::client_error("no run is called " + name);
  results all{machine_words(), commit_words(), today(), {}};
  for (const planned_run& run : plan())
    if (is_wanted(how, run.name))
      all.runs.push_back(run_planned(run, how.quick));
  if (!how.save.empty()) {
    std::ofstream file(how.save);
    file << to_json(all) << '\n';
    if (!file.flush())
      throw client::client_error("cannot write " + how.save);
  }
  return all;
}

int check(const all_options& how) {
  results all = how.from.empty() ? run_plan(how) : read_results(how.from);
  auto states = check_goals(all);
  for (const run_result& run : all.runs) {
    if (!run.failure.empty())
      std::cout << run.name << ": " << run.failure << '\n';
    for (const std::string& words : run.measured.broken)
      std::cout << run.name << ": BROKEN: " << words << '\n';
  }
  print_goals(std::cout, states);
  bool good = std::all_of(states.begin(), states.end(), [](const goal_state& state) {
    return state.state == reached::yes;
  }) && std::all_of(all.runs.begin(), all.runs.end(), [](const run_result& run) {
    return run.failure.empty() && run.measured.broken.empty();
  });
  return good ? 0 : 1;
}

void add_plan_options(CLI::App& command, all_options& to) {
  command.add_flag("--quick", to.quick, "tiny numbers, a few seconds each: whether all of it works");
  command.add_option("--only", to.only, "these runs: " + [] {
    std::string names;
    for (const planned_run& run : plan())
      names.append(names.empty() ? "" : " ").append(run.name);
    return names;
  }());
  command.add_option("--save", to.save, "the JSON in this file, whatever is printed");
}

void add_check_options(CLI::App& command, all_options& to) {
  add_plan_options(command, to);
  command.add_option("--from", to.from, "results of a file, without running anything");
}

} // namespace

void add_all_commands(CLI::App& bench, std::function<int()>& run) {
  auto options = std::make_shared<all_options>();
  CLI::App* all = bench.add_subcommand("all", "every workload, one after the other");
  add_plan_options(*all, *options);
  add_output_options(*all, options->output);
  all->add_option("--write", options->output.write, "a page such as BENCHMARKS.md");
  all->add_option("--from", options->from, "results of a file, without running anything");
  all->callback([options, &run] {
    run = [options] {
      return guarded([&] {
        check_files(options->output);
        results what = options->from.empty() ? run_plan(*options) : read_results(options->from);
        return show(what, options->output);
      });
    };
  });

  auto check_options = std::make_shared<all_options>();
  CLI::App* checked = bench.add_subcommand("check", "the numbers to reach: which are reached");
  add_check_options(*checked, *check_options);
  checked->callback([check_options, &run] {
    run = [check_options] { return guarded([&] { return check(*check_options); }); };
  });

  // The same as `check`, for who looks for a flag.
  auto flagged = std::make_shared<bool>(false);
  bench.add_flag("--check", *flagged, "the same as the subcommand check, with its options");
  add_check_options(bench, *check_options);
  bench.callback([&bench, check_options, flagged, &run] {
    if (*flagged == !bench.get_subcommands().empty())
      throw CLI::ValidationError("bench", "wants one workload, or `all`, or `check`");
    if (*flagged)
      run = [check_options] { return guarded([&] { return check(*check_options); }); };
  });
}

} // namespace carillon::bench
