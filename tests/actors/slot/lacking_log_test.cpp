// A leader whose log lacks what it should project: an entry cannot be read, or is trimmed. Another
// host has it, and is to lead (three_hosts.hpp has the harness).
#include <algorithm>
#include <set>

#include "tests/actors/slot/three_hosts.hpp"

using namespace carillon;
using namespace carillon::test;

namespace {

const std::string joiner = "U000000000005";

wire::channel_request join_of(const std::string& user) {
  wire::channel_request join;
  join.mutable_join();
  join.mutable_by()->set_user_id(user);
  return join;
}

// So much that logs in memory hold only the newest: the others are read from the disk.
void post_large(three_hosts& h, raft::member_id on) {
  const std::string large(400u << 10, 'x');
  for (int i = 0; i < 4; ++i)
    REQUIRE(h.ask(on, h.post(large)).errc() == 0);
}

void until_all_have(three_hosts& h, std::size_t messages) {
  h.until([&] {
    return std::all_of(h.hosts.begin(), h.hosts.end(),
                       [&](auto& each) { return texts_in(*each.tables).size() == messages; });
  });
}

bool leads(three_hosts& h, raft::member_id id) {
  std::lock_guard lock(h.at(id).link.mutex);
  return !h.at(id).link.leads.empty() && h.at(id).link.leads.back() != 0;
}

// How often the host said that it leads, or that it leads no more.
std::size_t told(three_hosts& h, raft::member_id id, bool leads) {
  std::lock_guard lock(h.at(id).link.mutex);
  const auto& all = h.at(id).link.leads;
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [&](raft::term_t term) { return (term != 0) == leads; }));
}

// Nominates until it led once more than before, for however short.
void until_led_again(three_hosts& h, raft::member_id id) {
  const std::size_t before = told(h, id, true);
  h.until([&] {
    if (told(h, id, true) > before)
      return true;
    auto known = h.at(id).where->of(0);
    caf::anon_send(h.at(id).host.slots[0], nominated{known.term, known.leader, 0});
    return false;
  });
}

// The second leads after the third, who knows it. From then on joins are counted anew.
void replace_the_third(three_hosts& h) {
  const std::size_t before = told(h, 3, false);
  until_led_again(h, 2);
  h.at(3).cut_off = false;
  h.until([&] { return told(h, 3, false) > before; });
  for (auto& each : h.hosts) {
    std::lock_guard lock(each.entities->mutex);
    each.entities->memberships.clear();
  }
}

// Whose joins the host's slot projected, or tried to.
std::set<std::string> joined(three_hosts& h, raft::member_id id) {
  std::lock_guard lock(h.at(id).entities->mutex);
  std::set<std::string> out;
  for (const auto& each : h.at(id).entities->memberships)
    out.insert(each.user_id());
  return out;
}

// It is about to stop: it votes and follows, and does not lead any more.
void retire(three_hosts& h, raft::member_id id) {
  caf::scoped_actor self{h.system};
  self->request(h.at(id).host.slots[0], std::chrono::seconds(10), stop_slot{})
      .receive([] {}, [](const caf::error&) { FAIL("no answer"); });
}

// Where the log in this store has the joiner's entry; empty: no more.
std::string key_of_join(storage::memory_kv& store) {
  for (const auto& [key, value] : store.contents(storage::family::log))
    if (value.find(joiner) != value.npos)
      return key;
  return {};
}

// The first host led and is cut off; its projection of a join is not done. The second led after it,
// could not read that entry, and the third leads.
void lose_the_entry_on_the_second(three_hosts& h) {
  for (auto& each : h.hosts)
    each.entities->refuse_memberships = true;
  h.lead(1);
  REQUIRE(h.ask(1, join_of(joiner)).errc() == 0);
  post_large(h, 1);
  until_all_have(h, 5);
  h.at(2).store.flip_bit(storage::family::log, key_of_join(h.at(2).store), 3);
  h.at(1).cut_off = true;
  until_led_again(h, 2);
  h.until([&] { return leads(h, 3); });
}

// The second has its tables anew, and a log that begins behind the join.
void trim_the_second(three_hosts& h) {
  h.at(1).cut_off = false;
  h.until([&] { return h.ask(3, h.describe()).errc() == 0; });
  const std::string key = key_of_join(h.at(3).store);
  std::uint64_t messages = 5;
  h.until([&] {
    REQUIRE(h.ask(3, h.post("more")).errc() == 0);
    ++messages;
    return h.at(2).store.contents(storage::family::log).count(key) == 0;
  });
  until_all_have(h, messages);
  REQUIRE_FALSE(key_of_join(h.at(1).store).empty());
}

}  // namespace

TEST_CASE("lacking log: a projection whose entry the leader cannot read is another host's") {
  three_hosts h;
  lose_the_entry_on_the_second(h);
  h.until([&] { return !joined(h, 3).empty(); });
  CHECK(joined(h, 3) == std::set<std::string>{joiner});
  CHECK(joined(h, 2).empty());
}

TEST_CASE("lacking log: projections of a log that is longer than a page are all taken up") {
  three_hosts h;
  for (auto& each : h.hosts)
    each.entities->refuse_memberships = true;
  h.lead(1);
  REQUIRE(h.ask(1, join_of(joiner)).errc() == 0);
  post_large(h, 1);
  REQUIRE(h.ask(1, join_of("U000000000006")).errc() == 0);
  until_all_have(h, 6);
  h.at(1).cut_off = true;
  h.at(2).entities->refuse_memberships = false;
  h.lead(2);
  h.until([&] { return joined(h, 2).size() >= 2; });
  CHECK(joined(h, 2) == std::set<std::string>{joiner, "U000000000006"});
}

TEST_CASE("lacking log: a leader whose log begins behind the cursor lets another lead that has more") {
  three_hosts h;
  lose_the_entry_on_the_second(h);
  trim_the_second(h);
  replace_the_third(h);
  h.until([&] { return !joined(h, 1).empty() || !joined(h, 3).empty(); });
  CHECK(joined(h, 2).empty());
}

TEST_CASE("lacking log: the one that was asked does not take over: the next one is asked") {
  three_hosts h;
  lose_the_entry_on_the_second(h);
  trim_the_second(h);
  // The third is away when it is time.
  retire(h, 1);
  h.at(3).cut_off = true;
  replace_the_third(h);
  h.until([&] { return !joined(h, 3).empty(); });
  CHECK(joined(h, 3) == std::set<std::string>{joiner});
}

TEST_CASE("lacking log: when nobody takes over, the cursor goes on without what is lacking") {
  three_hosts h;
  lose_the_entry_on_the_second(h);
  trim_the_second(h);
  retire(h, 1);
  retire(h, 3);
  until_led_again(h, 2);
  h.at(2).entities->refuse_memberships = false;
  h.until([&] {
    h.ask(2, h.post("more"));  // refused while another is asked to lead
    auto start = storage::load_slot_start(h.at(2).store, 0);
    REQUIRE(start);
    return start->projected > 2;  // where the join is
  });
  CHECK(leads(h, 2));
}
