// The page /metrics: that its names, the table in tools/observe/README.md and the dashboard agree, and
// that numbers come out as they went in. A page on which every family has samples is written to
// $METRICS_PAGE, where promtool reads it.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "actors/metrics/metrics_page.hpp"

namespace carillon {
namespace {

std::string read_all(const char* path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

// A host among others that has counted something of everything.
struct busy_host {
  busy_host() {
    host.metrics = &metrics;
    host.self = 7;
    for (metric_histogram& each : metrics.handled)
      each.record(std::uint64_t{30'000});
    for (metric_histogram& each : metrics.mailboxes)
      each.record(std::uint64_t{3});
    for (metric_histogram& each : metrics.post)
      each.record(std::uint64_t{1'000'000});
    metrics.token_hits.add(5);
    more.process = read_process_use();
  }

  std::vector<metric_family> collect() const { return collect_metrics(host, more); }

  host_metrics metrics{3, {"south", "we\"st\\"}};
  host_services host;
  metrics_sources more;
};

const metric_family& family(const std::vector<metric_family>& all, std::string_view name) {
  for (const metric_family& each : all)
    if (each.name == name)
      return each;
  FAIL("no family ", name);
  throw 0;
}

std::string table_of(const std::vector<metric_family>& all) {
  std::string out = "| name | type | labels | what it says |\n|---|---|---|---|\n";
  for (const metric_family& each : all) {
    std::string labels;
    for (std::string_view label : each.labels)
      labels += (labels.empty() ? "`" : ", `") + std::string(label) + '`';
    out += "| `" + std::string(each.name) + "` | " + std::string(to_string(each.kind)) + " | " +
           labels + " | " + std::string(each.help) + " |\n";
  }
  return out;
}

}  // namespace

TEST_CASE("metrics: the table in tools/observe/README.md is what the page says of itself") {
  const std::string table = table_of(busy_host().collect());
  const bool same = read_all("tools/observe/README.md").find(table) != std::string::npos;
  INFO("the table is to be:\n", table);
  CHECK(same);
}

TEST_CASE("metrics: every name is there once, and has samples on a host that does something") {
  std::set<std::string_view> seen;
  for (const metric_family& each : busy_host().collect()) {
    CHECK_MESSAGE(seen.insert(each.name).second, each.name);
    CHECK_MESSAGE(!each.samples.empty(), each.name);
  }
}

TEST_CASE("metrics: a host alone, without a journal or a link, has the same names") {
  host_services bare;
  const auto all = collect_metrics(bare, {});
  CHECK(table_of(all) == table_of(busy_host().collect()));
  CHECK(family(all, "carillon_peer_up").samples.empty());
}

TEST_CASE("metrics: the page is written for promtool to read") {
  const std::string page = to_text(busy_host().collect());
  CHECK(page.find("# TYPE carillon_posts_total counter\n") != std::string::npos);
  CHECK(page.find("carillon_token_lookups_total{outcome=\"hit\"} 5\n") != std::string::npos);
  CHECK(page.find("{peer=\"we\\\"st\\\\\"}") != std::string::npos);
  if (const char* path = std::getenv("METRICS_PAGE"))
    std::ofstream(path) << page;
}

TEST_CASE("metrics: every metric that dashboard and alerts ask for exists, and so do their labels") {
  const std::string dashboard = read_all("tools/observe/grafana-dashboard.json");
  const std::string rules = read_all("tools/observe/carillon.rules.yml");
  REQUIRE(!dashboard.empty());
  REQUIRE(!rules.empty());
  const std::string asking = dashboard + rules;
  std::set<std::string> known;
  std::set<std::string> labels{"job", "instance", "le"};
  for (const metric_family& each : busy_host().collect()) {
    known.emplace(each.name);
    if (each.kind == metric_family::type::histogram)
      for (const char* part : {"_bucket", "_sum", "_count"})
        known.insert(std::string(each.name) + part);
    labels.insert(each.labels.begin(), each.labels.end());
  }
  const std::regex name("\\b(carillon|process)_[a-z0-9_]+");
  std::size_t named = 0;
  for (std::sregex_iterator at(asking.begin(), asking.end(), name), end; at != end; ++at) {
    ++named;
    CHECK_MESSAGE(known.contains(at->str()), at->str());
  }
  CHECK(named > 30);
  const std::regex by("by \\(([a-z, ]+)\\)");
  for (std::sregex_iterator at(asking.begin(), asking.end(), by), end; at != end; ++at) {
    std::istringstream list((*at)[1].str());
    for (std::string label; std::getline(list, label, ',');)
      CHECK_MESSAGE(labels.contains(label.substr(label.find_first_not_of(' '))), label);
  }
}

TEST_CASE("metrics: a histogram's buckets count what is at most their bound, in seconds") {
  busy_host host;
  metric_histogram& whole = host.metrics.of(post_stage::whole);
  whole.record(std::uint64_t{1} << 20);        // 1.05 ms: on the border
  whole.record((std::uint64_t{1} << 20) + 1);  // just above
  whole.record(std::uint64_t{1} << 38);        // 275 s: above the last bound
  const auto all = host.collect();
  const metric_family& posts = family(all, "carillon_post_seconds");
  const auto& of_whole = posts.samples[static_cast<std::size_t>(post_stage::whole)];
  CHECK(of_whole.labels == std::vector<std::string>{"whole"});
  CHECK(of_whole.spread.count == 4);
  for (const auto& [bound, count] : of_whole.spread.buckets) {
    if (bound < 0.001)
      CHECK(count == 0);
    else if (bound < 0.002)
      CHECK(count == 2);  // with the 1 ms of busy_host
    else
      CHECK(count == 3);
  }
  CHECK(of_whole.spread.sum == doctest::Approx(0.001 + 2 * 0.001048576 + 274.877906944));
}

TEST_CASE("metrics: handlers count for those that were not drawn") {
  const auto all = busy_host().collect();
  const metric_family& handlers = family(all, "carillon_handler_seconds");
  CHECK(handlers.samples.size() == actor_kinds);
  CHECK(handlers.samples[0].spread.count == handler_sample);
  CHECK(handlers.samples[0].spread.sum == doctest::Approx(30e-6 * handler_sample));
}

TEST_CASE("metrics: what groups say is added up, but for the worst of them") {
  busy_host host;
  host.metrics.groups[0].held.set(1);
  host.metrics.groups[0].term.set(9);
  host.metrics.groups[0].behind.set(4);
  host.metrics.groups[0].uncommitted.set(2);
  host.metrics.groups[2].held.set(1);
  host.metrics.groups[2].term.set(5);
  host.metrics.groups[2].behind.set(70);
  host.metrics.groups[2].uncommitted.set(3);
  const auto all = host.collect();
  CHECK(family(all, "carillon_raft_groups").samples[0].value == 2);
  CHECK(family(all, "carillon_raft_term_max").samples[0].value == 9);
  CHECK(family(all, "carillon_raft_lag_entries_max").samples[0].value == 70);
  CHECK(family(all, "carillon_raft_uncommitted_entries").samples[0].value == 5);
}

TEST_CASE("process: what the operating system says of us is plausible") {
  const process_use use = read_process_use();
  CHECK(use.resident_bytes > 1'000'000);
  CHECK(use.virtual_bytes >= use.resident_bytes);
  CHECK(use.open_files >= 3);
  CHECK(use.open_files_max >= use.open_files);
  CHECK(use.threads >= 1);
  CHECK(use.cpu_seconds >= 0);
  CHECK(use.started > 1.7e9);
  CHECK(use.started <= static_cast<double>(wall_now()) / 1e6 + 1);
}

}  // namespace carillon
