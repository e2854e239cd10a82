// A referee that never whistles proves nothing: each rule of find_violations is shown a record that
// breaks it and nothing else, next to the good record it was forged from.
#include <doctest/doctest.h>

#include "tests/support/history_check.hpp"

namespace carillon::testing {
namespace {

// A join and three acknowledged posts, one post whose fate its poster never learned and that is
// stored, one that is not, and an edit as seq 5. The reader came after the join.
channel_record good_record() {
  channel_record record;
  record.channel = "C1";
  record.posts = {{"a", true, 2, "10.000002"},
                  {"b", true, 3, "10.000003"},
                  {"c", true, 6, "10.000006"},
                  {"unknown", false, 0, ""},
                  {"never", false, 0, ""}};
  record.history = {{1, "10.000001", ""},
                    {2, "10.000002", "a"},
                    {3, "10.000003", "b"},
                    {4, "10.000004", "unknown"},
                    {6, "10.000006", "c"}};
  record.other_seqs = {5};
  record.live = {record.history.begin() + 1, record.history.end()};
  return record;
}

// The first sentence's invariant, or "nothing".
std::string first_broken(const channel_record& record) {
  auto violations = find_violations(record);
  return violations.empty() ? "nothing"
                            : violations.front().substr(0, violations.front().find(':'));
}

} // namespace

TEST_CASE("history check: a good record has no violation") {
  CHECK(find_violations(good_record()).empty());
}

TEST_CASE("history check: an acknowledged post that is gone is found, an unknown one may be gone") {
  auto record = good_record();
  record.history.erase(record.history.begin() + 3);
  record.live.erase(record.live.begin() + 2);
  record.other_seqs.push_back(4);
  CHECK(first_broken(record) == "nothing");
  record.posts[3].acknowledged = true;
  CHECK(first_broken(record) == "validity");
}

TEST_CASE("history check: a post stored twice is found") {
  auto record = good_record();
  record.history.push_back({7, "10.000007", "a"});
  record.live.push_back(record.history.back());
  CHECK(first_broken(record) == "integrity");
}

TEST_CASE("history check: a message that nobody posted is found") {
  auto record = good_record();
  record.history.push_back({7, "10.000007", "ghost"});
  record.live.push_back(record.history.back());
  CHECK(first_broken(record) == "integrity");
}

TEST_CASE("history check: an acknowledgement with another place than the stored one is found") {
  SUBCASE("seq") {
    auto record = good_record();
    record.posts[0].seq = 3;
    CHECK(first_broken(record) == "durability");
  }
  SUBCASE("ts") {
    auto record = good_record();
    record.posts[0].ts = "10.000009";
    CHECK(first_broken(record) == "durability");
  }
}

TEST_CASE("history check: a seq that nothing took is found") {
  auto record = good_record();
  record.other_seqs.clear();
  CHECK(first_broken(record) == "total order");
}

TEST_CASE("history check: a channel whose order does not begin with 1 is found") {
  auto record = good_record();
  record.history.erase(record.history.begin());
  CHECK(first_broken(record) == "total order");
}

TEST_CASE("history check: a ts that stands still while seq rises is found") {
  auto record = good_record();
  record.history[4].ts = record.history[3].ts;
  record.live.back().ts = record.history[3].ts;
  record.posts[2].ts = record.history[3].ts;
  CHECK(first_broken(record) == "total order");
}

TEST_CASE("history check: a ts with more digits before the point is later") {
  auto record = good_record();
  record.history[4].ts = record.live.back().ts = record.posts[2].ts = "100.000000";
  CHECK(first_broken(record) == "nothing");
}

TEST_CASE("history check: what the reader missed, saw twice, saw swapped or saw alone is found") {
  auto record = good_record();
  SUBCASE("missed in the middle") {
    record.live.erase(record.live.begin() + 1);
    CHECK(first_broken(record) == "total order");
  }
  SUBCASE("missed at the end") {
    record.live.pop_back();
    CHECK(first_broken(record) == "validity");
  }
  SUBCASE("twice") {
    record.live.insert(record.live.begin() + 1, record.live[1]);
    CHECK(first_broken(record) == "total order");
  }
  SUBCASE("swapped") {
    std::swap(record.live[1], record.live[2]);
    CHECK(first_broken(record) == "total order");
  }
  SUBCASE("a message that history does not have") {
    record.live.push_back({7, "10.000007", "lost"});
    CHECK(first_broken(record) == "integrity");
  }
  SUBCASE("another message in the same place") {
    record.live.back().key = "other";
    CHECK(first_broken(record) == "total order");
  }
}

} // namespace carillon::testing
