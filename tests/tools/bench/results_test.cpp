// Reports, sets of results as JSON, and two sets beside one another.
#include <limits>
#include <sstream>

#include <doctest/doctest.h>

#include "tools/bench/figures/compare.hpp"
#include "tools/bench/figures/results.hpp"

namespace carillon::bench {
namespace {

report durable_at(double rate, double p99, double spread) {
  report out{"durable", {}, {}};
  out.add("posters", 64, "");
  out.add("acknowledged_per_second", rate, "1/s", 0, better::higher).spread = spread;
  out.add("latency_p99", p99, "ms", 2, better::lower).spread = spread;
  return out;
}

results one_run(report measured, const std::string& name = "durable") {
  return {"a machine", "abc", "2026-11-22", {{name, "carillon bench " + name, {}, std::move(measured)}}};
}

const compared& row_of(const comparison& all, std::string_view name) {
  for (const compared& row : all.rows)
    if (row.name == name)
      return row;
  FAIL("no such row");
  return all.rows.front();
}

} // namespace

TEST_CASE("report: the spread is the way from the lowest to the highest round, to the middle one") {
  CHECK(spread_of({100, 90, 120}) == doctest::Approx(0.3));
  CHECK(spread_of({5}) == 0);
  CHECK(spread_of({0, 0, 0}) == 0);
  CHECK(median_of({4, 1, 3, 2}) == doctest::Approx(2.5));
  CHECK(median_of({}) == 0);
}

TEST_CASE("report: only figures that can be better get the spread of their rounds") {
  report whole = durable_at(100, 2, -1);
  add_spreads(whole, {durable_at(90, 2, -1), durable_at(110, 2, -1), durable_at(100, 2, -1)});
  CHECK(whole.find("acknowledged_per_second")->spread == doctest::Approx(0.2));
  CHECK(whole.find("latency_p99")->spread == 0);
  CHECK(whole.find("posters")->spread < 0);
}

TEST_CASE("report: a latency is four figures and a curve that ends at the longest") {
  histogram durations;
  for (int i = 1; i <= 1'000; ++i)
    durations.record(std::chrono::microseconds(i));
  report out{"x", {}, {}};
  out.add_latency("reply", durations);
  CHECK(out.at("reply_p50") == doctest::Approx(0.5).epsilon(0.02));
  CHECK(out.at("reply_max") == doctest::Approx(1.0));
  CHECK(out.at("nothing") == 0);
  REQUIRE(out.curves.size() == 1);
  const auto& points = out.curves[0].points;
  CHECK(points.front().share == 0);
  CHECK(points.back().share == 1);
  CHECK(points.back().milliseconds == doctest::Approx(1.0));
  for (std::size_t i = 1; i < points.size(); ++i) {
    CHECK(points[i].share > points[i - 1].share);
    CHECK(points[i].milliseconds >= points[i - 1].milliseconds);
  }
}

TEST_CASE("report: a share of nothing is 0, which JSON can say") {
  report out{"x", {}, {}};
  out.add("ratio", std::numeric_limits<double>::infinity(), "");
  out.add("other", std::numeric_limits<double>::quiet_NaN(), "");
  CHECK(out.at("ratio") == 0);
  CHECK(out.at("other") == 0);
}

TEST_CASE("results: what was written as JSON is read again as it was") {
  histogram durations;
  durations.record(std::chrono::milliseconds(3));
  report measured = durable_at(18'100.5, 2.25, 0.07);
  measured.add_latency("reply", durations);
  results before = one_run(measured, "durable_minute");
  before.runs.push_back({"storm", "carillon bench storm", "no \"sockets\" left", {}});
  std::string text = to_json(before);
  CHECK(text.find('\n') == std::string::npos);

  std::string why;
  auto after = parse_results(text, why);
  REQUIRE_MESSAGE(after, why);
  CHECK(after->machine == before.machine);
  CHECK(after->commit == before.commit);
  CHECK(after->date == before.date);
  REQUIRE(after->runs.size() == 2);
  CHECK(after->runs[0].command == before.runs[0].command);
  CHECK(after->runs[0].measured.workload == "durable");
  CHECK(after->runs[1].failure == "no \"sockets\" left");
  REQUIRE(after->runs[0].measured.figures.size() == measured.figures.size());
  for (std::size_t i = 0; i < measured.figures.size(); ++i) {
    const figure& was = measured.figures[i];
    const figure& is = after->runs[0].measured.figures[i];
    CHECK(is.name == was.name);
    CHECK(is.value == doctest::Approx(was.value));
    CHECK(is.unit == was.unit);
    CHECK(is.decimals == was.decimals);
    CHECK(is.direction == was.direction);
    CHECK(is.spread == doctest::Approx(was.spread));
  }
  REQUIRE(after->runs[0].measured.curves.size() == 1);
  CHECK(after->runs[0].measured.curves[0].points.back().milliseconds == doctest::Approx(3));
}

TEST_CASE("results: what the host showed and what it broke is kept as well") {
  report measured = durable_at(100, 2, -1);
  measured.shown = {"carillon_lagging_connections 1"};
  measured.broken = {"2 posts are lost"};
  std::string why;
  auto read = parse_results(to_json(one_run(measured)), why);
  REQUIRE(read);
  CHECK(read->runs[0].measured.shown == measured.shown);
  CHECK(read->runs[0].measured.broken == measured.broken);
  std::ostringstream table;
  print_table(table, read->runs[0].measured);
  CHECK(table.str().find("    carillon_lagging_connections 1\n") != std::string::npos);
  CHECK(table.str().find("BROKEN: 2 posts are lost\n") != std::string::npos);
}

TEST_CASE("results: what is no such JSON is refused in words") {
  std::string why;
  CHECK_FALSE(parse_results("", why));
  CHECK(why == "not a JSON object");
  CHECK_FALSE(parse_results("{\"workload\":\"durable\"}", why));
  CHECK(why == "not results of carillon bench");
  CHECK_FALSE(parse_results("{\"carillon_bench\":2,\"runs\":[]}", why));
  CHECK(why == "results of another version of carillon bench");
  CHECK_FALSE(parse_results("{\"carillon_bench\":1,\"runs\":[{\"name\":1}]}", why));
}

TEST_CASE("compare: worse is what left the larger of the two runs' spreads, in the bad direction") {
  auto told = compare(one_run(durable_at(100, 2.0, 0.05)), one_run(durable_at(89, 2.25, 0.10)));
  REQUIRE(told.rows.size() == 2); // "posters" has no direction
  CHECK(row_of(told, "acknowledged_per_second").told == verdict::worse);
  CHECK(row_of(told, "acknowledged_per_second").ratio == doctest::Approx(0.89));
  CHECK(row_of(told, "latency_p99").told == verdict::worse);
  CHECK(told.any_worse());

  told = compare(one_run(durable_at(100, 2.0, 0.05)), one_run(durable_at(92, 2.15, 0.10)));
  CHECK(row_of(told, "acknowledged_per_second").told == verdict::same);
  CHECK(row_of(told, "latency_p99").told == verdict::same);
  CHECK_FALSE(told.any_worse());

  told = compare(one_run(durable_at(100, 2.0, 0.05)), one_run(durable_at(120, 1.5, 0.05)));
  CHECK(row_of(told, "acknowledged_per_second").told == verdict::better);
  CHECK(row_of(told, "latency_p99").told == verdict::better);
}

TEST_CASE("compare: rounds that agree to the digit still leave room for two runs to differ") {
  auto told = compare(one_run(durable_at(100, 2, 0)), one_run(durable_at(98, 2, 0)));
  CHECK(row_of(told, "acknowledged_per_second").told == verdict::same);
  told = compare(one_run(durable_at(100, 2, 0)), one_run(durable_at(96, 2, 0)));
  CHECK(row_of(told, "acknowledged_per_second").told == verdict::worse);
}

TEST_CASE("compare: a figure without rounds may move as far as such machines do between two runs") {
  auto told = compare(one_run(durable_at(100, 2, -1)), one_run(durable_at(85, 2.3, -1)));
  CHECK_FALSE(told.any_worse());
  told = compare(one_run(durable_at(100, 2, -1)), one_run(durable_at(75, 2, -1)));
  CHECK(row_of(told, "acknowledged_per_second").told == verdict::worse);
  CHECK(row_of(told, "latency_p99").told == verdict::same);
}

TEST_CASE("compare: runs that only one side has are named, failed ones among them") {
  results before = one_run(durable_at(100, 2, 0));
  results after = one_run(durable_at(100, 2, 0), "fanout");
  after.runs.push_back({"durable", "", "it broke", {}});
  auto told = compare(before, after);
  CHECK(told.rows.empty());
  CHECK(told.only_before == std::vector<std::string>{"durable"});
  CHECK(told.only_after == std::vector<std::string>{"fanout", "durable"});
  std::ostringstream words;
  print_comparison(words, told);
  CHECK(words.str().find("durable: only before") != std::string::npos);
}

TEST_CASE("compare: the table marks what got worse") {
  std::ostringstream words;
  print_comparison(words, compare(one_run(durable_at(100, 2, 0)), one_run(durable_at(50, 2, 0))));
  CHECK(words.str().find("WORSE") != std::string::npos);
  CHECK(words.str().find("0.500") != std::string::npos);
}

} // namespace carillon::bench
