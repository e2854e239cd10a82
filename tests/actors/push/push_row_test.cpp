// One row of the outbox: how news collapse in it, and what reading leaves of it.
#include "actors/slot/push_row.hpp"

#include <doctest/doctest.h>

namespace carillon::test {
namespace {

const push_key key{1, {id_kind::channel, 10}};

push_news news(std::initializer_list<std::uint64_t> seqs, std::vector<std::string> devices = {"phone"}) {
  push_news out{key, {}, std::move(devices), {}};
  for (const auto seq : seqs) {
    auto& item = out.items.emplace_back();
    item.set_seq(seq);
    item.set_ts(100 * seq);
    item.set_kind(wire::MENTION_USER);
  }
  return out;
}
std::vector<std::uint64_t> seqs_of(const wire::push_row& row) {
  std::vector<std::uint64_t> out;
  for (const auto& item : row.items())
    out.push_back(item.seq());
  return out;
}
using seqs = std::vector<std::uint64_t>;

TEST_CASE("push row: news join what waits, once each and in order") {
  auto row = joined({}, news({7}), 1'000);
  row = joined(row, news({5, 7, 9}, {"phone", "tab"}), 2'000);
  CHECK(seqs_of(row) == seqs{5, 7, 9});
  CHECK(row.devices_size() == 2);
  CHECK(row.at() == 1'000);  // since when it waits
  CHECK(is_waiting(row));
  CHECK_FALSE(is_shown(row));
}

TEST_CASE("push row: the newest are kept one by one, the older ones counted where no inbox does") {
  wire::push_row row;
  auto reply = news({1});
  reply.items[0].set_kind(wire::MENTION_THREAD);
  row = joined(row, reply, 0);
  for (std::uint64_t seq = 2; seq <= push_row_items_max; ++seq)
    row = joined(row, news({seq}), 0);
  CHECK(row.more() == 0);
  row = joined(row, news({100}), 0);
  CHECK(row.more() == 1);
  CHECK(joined(row, news({101}), 0).more() == 1);
  CHECK(row.items_size() == static_cast<int>(push_row_items_max));
  CHECK(row.items(0).seq() == 2);
}

TEST_CASE("push row: what speaks of the user in two ways is one, by what the inbox counts") {
  auto reply = news({7});
  reply.items[0].set_kind(wire::MENTION_THREAD);
  const auto row = joined(joined({}, reply, 0), news({7}), 0);
  REQUIRE(row.items_size() == 1);
  CHECK(row.items(0).kind() == wire::MENTION_USER);
  CHECK(joined(row, reply, 0).items(0).kind() == wire::MENTION_USER);
}

TEST_CASE("push row: what was told and then deleted is taken away, unless more of it is shown") {
  auto row = joined({}, news({7, 8}), 0);
  row.mutable_told()->Swap(row.mutable_devices());
  row.set_told_ts(800);
  count_only(row);
  REQUIRE(is_shown(row));
  row = joined(row, {key, {}, {}, {800}}, 5'000);
  CHECK(is_shown(row));
  CHECK(seqs_of(row) == seqs{7});
  row = joined(row, {key, {}, {}, {700}}, 5'000);
  CHECK(row.clear());
  CHECK(row.devices_size() == 1);
}

TEST_CASE("push row: of what was told, what has no known time is read with the newest of it") {
  auto more = news({3, 9});
  for (auto& item : more.items)
    item.set_ts(0);
  auto row = joined({}, more, 0);
  row.mutable_told()->Swap(row.mutable_devices());
  row.set_told_ts(900);
  count_only(row);
  CHECK(seqs_of(read_until(row, 899, 0)) == seqs{3, 9});
  CHECK(read_until(row, 900, 0).clear());
}

TEST_CASE("push row: a message that is withdrawn is not told, and nothing is left when it was all") {
  auto row = joined({}, news({7, 8}), 0);
  row = joined(row, {key, {}, {}, {700}}, 0);
  CHECK(seqs_of(row) == seqs{8});
  row = joined(row, {key, {}, {}, {800}}, 0);
  CHECK(is_over(row));
}

TEST_CASE("push row: reading leaves what is newer, and takes away what is shown when all is read") {
  auto row = joined({}, news({7, 8}), 0);
  CHECK(seqs_of(read_until(row, 699, 0)) == seqs{7, 8});
  CHECK(seqs_of(read_until(row, 700, 0)) == seqs{8});
  CHECK(is_over(read_until(row, 800, 0)));
  row.add_told("tab");
  row.set_told_ts(600);
  const auto read = read_until(row, 800, 5'000);
  CHECK(read.clear());
  CHECK(read.items().empty());
  REQUIRE(read.devices_size() == 1);
  CHECK(read.devices(0) == "tab");
  CHECK(read.told().empty());
  CHECK(read.at() == 5'000);
}

TEST_CASE("push row: what is shown and newer than what was read stays") {
  wire::push_row row;
  row.add_told("phone");
  row.set_told_ts(800);
  CHECK_FALSE(read_until(row, 799, 0).clear());
  CHECK(read_until(row, 800, 0).clear());
}

TEST_CASE("push row: of messages without a known time those before a read one are read too") {
  auto row = joined({}, news({7}), 0);
  auto more = news({3, 9});
  for (auto& item : more.items)
    item.set_ts(0);
  row = joined(row, more, 0);
  CHECK(seqs_of(read_until(row, 700, 0)) == seqs{9});
}

TEST_CASE("push row: news end a taking away; who shows the old one is told of the new one as well") {
  wire::push_row row;
  row.add_told("phone");
  row.set_told_ts(800);
  row = read_until(row, 800, 0);
  REQUIRE(row.clear());
  row = joined(row, news({9}, {"phone", "tab"}), 7'000);
  CHECK_FALSE(row.clear());
  CHECK(row.devices_size() == 2);
  REQUIRE(row.told_size() == 1);
  CHECK(row.told(0) == "phone");
  CHECK(row.at() == 7'000);
}

}  // namespace
}  // namespace carillon::test
