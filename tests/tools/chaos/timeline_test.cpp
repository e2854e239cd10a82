// The picture of a run: every text of it is where a reader's browser takes it as text, each fault is in
// its lane, and it stays small however long the run. What it looks like, eyes have judged.
#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "tests/tools/chaos/xml_check.hpp"
#include "tools/chaos/timeline.hpp"

using namespace carillon::chaos;

namespace {

constexpr std::size_t size_max = 300'000;  // bytes

timeline empty_run(std::size_t channels = 4) {
  return {.name = "nothing",
          .end = run_end::held,
          .facts = {},
          .broken = {},
          .hosts = {"a", "b", "c"},
          .channels = {},
          .faults = {},
          .phases = {},
          .posts_wanted = 0,
          .wait_expected_seconds = 0,
          .wait_expected = "",
          .gap_expected_seconds = 0,
          .seen = recording(channels, {})};
}

fault_event fault(fault_kind kind, std::vector<std::size_t> hosts, double began, double ended) {
  return {.fault = kind,
          .what = std::string(to_string(kind)),
          .hosts = std::move(hosts),
          .began = began,
          .ended = ended,
          .healed = ended,
          .all_well = {}};
}

bool says(const xml_findings& found, std::string_view words) {
  return std::any_of(found.texts.begin(), found.texts.end(),
                     [&](auto& text) { return text.find(words) != std::string::npos; });
}

xml_findings drawn(const timeline& run) {
  std::string picture = draw(run);
  INFO(picture.size());
  CHECK(picture.size() < size_max);
  CHECK(picture.find("nan") == std::string::npos);
  CHECK(picture.find("inf\"") == std::string::npos);
  auto found = check_xml(picture);
  CHECK(found.wrong == "");
  CHECK(found.tags.count("svg") == 1);
  CHECK(found.tags.count("script") == 0);
  return found;
}

// Every channel posts ten times a second, and stops for a second in every second bucket of half an
// hour: more than that, no picture has to show.
void load(recording& seen, double seconds) {
  std::uint64_t events = 0;
  for (int i = 0; i < seconds * 10; ++i) {
    const double now = i * 0.1;
    for (std::size_t c = 0; c < seen.channels(); ++c)
      if (i % 64 < 10 || i % 64 >= 20)
        seen.accepted(c, 0.004 * static_cast<double>(1 + (i * 31 + static_cast<int>(c)) % 700), now);
    seen.sample({.events = events += 600, .reconnections = events / 9'000,
                 .unconnected = static_cast<std::size_t>(i % 40)}, now);
  }
}

}  // namespace

TEST_CASE("timeline: a run in which nothing happened is a picture too") {
  auto found = drawn(empty_run());
  CHECK(says(found, "nothing"));
  CHECK(says(found, "HELD"));
  CHECK(says(found, "host c"));
  CHECK(says(found, "no faults"));
  CHECK_FALSE(says(found, "directory"));
  drawn(empty_run(0));
  timeline nobody = empty_run(1);
  nobody.hosts.clear();
  drawn(nobody);
}

TEST_CASE("timeline: one bucket and one fault without an end, as when a run is cut short") {
  timeline run = empty_run(1);
  run.end = run_end::unfinished;
  run.posts_wanted = 10;
  run.wait_expected_seconds = 2;
  run.gap_expected_seconds = 10;
  run.seen.accepted(0, 0.02, 0.1);
  run.faults = {{.fault = fault_kind::stop,
                 .what = "stop",
                 .hosts = {1},
                 .began = 0.05,
                 .ended = {},
                 .healed = {},
                 .all_well = {}}};
  auto found = drawn(run);
  CHECK(says(found, "NOT FINISHED"));
  CHECK(says(found, "stop on host b, from 0.05 s, not ended, not healed"));
  CHECK(says(found, "stop \xC3\x97" "1"));
}

TEST_CASE("timeline: whatever a run says stays text") {
  timeline run = empty_run(1);
  run.name = "</text><script>alert(1)</script> & \"more\"";
  run.end = run_end::broken;
  run.facts = {"<b>fact</b>"};
  run.broken = {"<i>log</i> \x01\xFF]]>:\nits first line"};
  run.hosts = {"<a>", "b&b"};
  run.channels = {"<C1>"};
  run.phases = {{"<phase>", 0}};
  run.faults = {fault(fault_kind::kill, {0}, 0, 1)};
  run.faults[0].what = "kill<>&\"'";
  auto found = drawn(run);
  CHECK(says(found, "&lt;script&gt;"));
  CHECK(says(found, "host &lt;a&gt;"));
  CHECK(says(found, "&lt;i&gt;log&lt;/i&gt; \xEF\xBF\xBD\xEF\xBF\xBD]]&gt;:"));
  CHECK_FALSE(says(found, "its first line"));
}

TEST_CASE("timeline: the first sentences are told, in two lines each, and how many more there are") {
  timeline run = empty_run(1);
  run.end = run_end::broken;
  for (int i = 0; i < 6; ++i)
    run.broken.push_back("sentence " + std::to_string(i));
  CHECK_FALSE(says(drawn(run), "more"));
  run.broken.push_back("sentence 6");
  auto found = drawn(run);
  CHECK(says(found, "BROKEN"));
  CHECK(says(found, "sentence 5"));
  CHECK_FALSE(says(found, "sentence 6"));
  CHECK(says(found, "and 1 more"));
  run.broken = {std::string(100'000, 'x'), std::string(400, ' ').append("tail")};
  drawn(run);
}

TEST_CASE("timeline: half an hour with two hundred faults and 64 channels stays small") {
  timeline run = empty_run(64);
  run.posts_wanted = 640;
  run.wait_expected_seconds = 2;
  run.wait_expected = "expected";
  run.gap_expected_seconds = 10;
  load(run.seen, 1'800);
  for (std::size_t i = 0; i < 200; ++i)
    run.faults.push_back(fault(fault_kind::kill, {i % 3}, static_cast<double>(i) * 9,
                               static_cast<double>(i) * 9 + 2));
  auto found = drawn(run);
  CHECK(says(found, "kill \xC3\x97" "200"));
  CHECK(says(found, "1500"));
}

TEST_CASE("timeline: so many faults that nobody could tell them apart stay small too") {
  timeline run = empty_run(1);
  load(run.seen, 1'800);
  const std::vector kinds{fault_kind::kill, fault_kind::partition, fault_kind::clock};
  for (std::size_t i = 0; i < 20'000; ++i)
    run.faults.push_back(fault(kinds[i % 3], {i % 3}, static_cast<double>(i) * 0.09,
                               static_cast<double>(i) * 0.09 + 0.5));
  CHECK(says(drawn(run), "kill \xC3\x97" "6667"));
}

TEST_CASE("timeline: a host's faults are in its lane, others in lanes of their own, on top") {
  std::vector<fault_event> faults{fault(fault_kind::kill, {1}, 0, 1),
                                  fault(fault_kind::network, {0, 1, 2}, 0, 1),
                                  fault(fault_kind::postgres_stop, {}, 0, 1),
                                  fault(fault_kind::reconnect_storm, {}, 0, 0),
                                  fault(fault_kind::clock, {2}, 0, 1)};
  auto lanes = lanes_of(faults, {"a", "b", "c"}, 10, 0);
  std::string names;
  for (auto& lane : lanes)
    names += lane.name + ' ' + (lane.rows[0].empty() ? "-" : std::to_string(lane.rows[0][0])) + '\n';
  CHECK(names == "clients 3\ndirectory 2\nseveral hosts 1\nhost a -\nhost b 0\nhost c 4\n");
}

TEST_CASE("timeline: faults that overlap stand in rows, one that begins where another ends does not") {
  auto rows = [](std::vector<fault_event> faults, double shortest = 0) {
    return lanes_of(faults, {"a"}, 10, shortest)[0].rows;
  };
  using places = std::vector<std::vector<std::size_t>>;
  auto first = fault(fault_kind::kill, {0}, 0, 1);
  CHECK(rows({first, fault(fault_kind::stop, {0}, 1, 2)}) == places{{0, 1}});
  CHECK(rows({first, fault(fault_kind::stop, {0}, 0.9, 2)}) == places{{0}, {1}});
  CHECK(rows({first, fault(fault_kind::stop, {0}, 1, 2)}, 1.5) == places{{0}, {1}});
  first.all_well = 3;
  CHECK(rows({first, fault(fault_kind::stop, {0}, 2, 3)}) == places{{0}, {1}});
  first.healed = {};  // up to the end
  CHECK(rows({first, fault(fault_kind::stop, {0}, 9.9, 11)}) == places{{0}, {1}});
  std::vector<fault_event> many(lane_rows_max + 2, first);
  CHECK(rows(many).size() == lane_rows_max);
  CHECK(rows(many).back().size() == 3);
}
