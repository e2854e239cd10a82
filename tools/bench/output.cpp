#include "tools/bench/output.hpp"

#include <fstream>
#include <iostream>

#include "tools/bench/figures/compare.hpp"
#include "tools/bench/figures/markdown.hpp"
#include "tools/bench/figures/plot.hpp"
#include "tools/client/host_process.hpp"

namespace carillon::bench {
namespace {

// Empty when there is none.
std::string read_file(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  if (!file.flush())
    throw client::client_error("cannot write " + path);
}

// Curves of several runs in one picture get their runs' names.
std::vector<curve> all_curves(const results& all) {
  std::vector<curve> out;
  for (const run_result& run : all.runs)
    for (const curve& line : run.measured.curves) {
      out.push_back(line);
      if (all.runs.size() > 1)
        out.back().name = run.name + " " + line.name;
    }
  return out;
}

void print_run(const run_result& run, bool plot) {
  if (!run.failure.empty()) {
    std::cout << run.name << ": " << run.failure << '\n';
    return;
  }
  print_table(std::cout, run.measured);
  if (plot && !run.measured.curves.empty())
    std::cout << '\n' << terminal_plot(run.measured.curves);
}

} // namespace

results read_results(const std::string& path) {
  std::string text = client::read_text_file(path);
  if (text.empty())
    throw client::client_error("cannot read " + path);
  std::string why;
  auto parsed = parse_results(text, why);
  if (!parsed)
    throw client::client_error(path + ": " + why);
  return std::move(*parsed);
}

void check_files(const output_options& how) {
  if (!how.compare.empty())
    read_results(how.compare);
}

int show(const results& all, const output_options& how) {
  bool good = true;
  if (how.json)
    std::cout << to_json(all) << '\n';
  for (const run_result& run : all.runs) {
    good = good && run.failure.empty() && run.measured.broken.empty();
    if (!how.json)
      print_run(run, how.plot);
  }
  if (!how.svg.empty())
    write_file(how.svg, svg_plot("carillon bench: latency", all_curves(all)));
  if (!how.write.empty())
    write_file(how.write, benchmarks_markdown(all, written_by_hand(read_file(how.write))));
  if (!how.compare.empty()) {
    comparison told = compare(read_results(how.compare), all);
    // Standard output is JSON's alone.
    print_comparison(how.json ? std::cerr : std::cout, told);
    good = good && !told.any_worse();
  }
  return good ? 0 : 1;
}

} // namespace carillon::bench
