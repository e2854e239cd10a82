// What a device reads of a channel in which its user was not all the time.
#include "actors/channel/reading_stay.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "storage/memory_kv.hpp"

namespace carillon::test {
namespace {

constexpr std::uint32_t slots = 4;
const entity_id channel{id_kind::channel, 7};
const std::string ann = entity_id{id_kind::user, 1}.text();
const std::string ben = entity_id{id_kind::user, 2}.text();

// Events are a second apart; the first has seq 1.
struct channel_tables {
  explicit channel_tables(wire::channel_kind kind = wire::CHANNEL_PRIVATE) {
    change().mutable_facts()->set_kind(kind);
    write();
  }
  wire::channel_change& change() {
    command.mutable_channel()->set_channel_id(channel.text());
    return *command.mutable_channel();
  }
  wire::channel_event& event(wire::event_kind kind = wire::EVENT_MESSAGE) {
    auto& out = *change().add_events();
    out.set_seq(++last);
    out.set_ts(1'000'000 * last);
    out.set_kind(kind);
    return out;
  }
  void post(const std::string& text, const std::string& user = ann, const std::string& subtype = {}) {
    auto& made = event();
    auto& message = *made.mutable_message();
    message.set_seq(made.seq());
    message.set_ts(made.ts());
    message.set_user(user);
    message.set_text(text);
    message.set_subtype(subtype);
    write();
  }
  void join(const std::string& user) {
    change().add_members_added()->set_user_id(user);
    post("joined", user, "channel_join");
  }
  void leave(const std::string& user) {
    change().add_members_removed(user);
    post("left", user, "channel_leave");
  }
  void edit(std::uint64_t seq, const std::string& text) {
    auto& made = event(wire::EVENT_MESSAGE_CHANGED);
    auto& message = *made.mutable_message();
    message.set_seq(seq);
    message.set_ts(1'000'000 * seq);
    message.set_user(ann);
    message.set_text(text);
    message.set_edited_ts(made.ts());
    made.mutable_previous()->set_text("before");
    write();
  }
  void write() {
    auto batch = store.make_batch();
    storage::apply_command(*batch, tables.slot_of(channel), command);
    REQUIRE(store.write(*batch, false));
    command.Clear();
  }
  std::vector<std::string> read(std::uint64_t after, std::uint64_t to, bool granted,
                                const std::string& user = ben, std::uint32_t limit = 100) {
    wire::read_events query;
    query.set_after(after);
    query.set_last(to);
    query.set_limit(limit);
    query.set_granted(granted);
    auto page = reading::read_events_for(tables, channel, user, query);
    REQUIRE(page);
    has_more = page->has_more;
    std::vector<std::string> out;
    for (const auto& each : page->events)
      out.push_back(each.message().deleted() ? "-" : each.message().text());
    return out;
  }

  storage::memory_kv store;
  storage::message_store tables{store, slots};
  wire::slot_command command;
  std::uint64_t last = 0;
  bool has_more = false;
};

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("reading a stay: what was said while they were away is not theirs") {
  channel_tables c;
  c.join(ben);         // 1
  c.post("one");       // 2
  c.leave(ben);        // 3
  c.post("secret");    // 4
  c.join(ben);         // 5
  c.post("two");       // 6
  CHECK(c.read(0, 6, false) == texts{"joined", "one", "left", "joined", "two"});
  CHECK(c.read(2, 6, false) == texts{"left", "joined", "two"});
  CHECK(c.read(3, 6, false) == texts{"joined", "two"});  // it stands on their own leaving
  CHECK(c.read(3, 6, false, ann) == texts{"secret", "joined", "two"});
  CHECK(c.read(3, 4, true) == texts{"secret"});  // their inbox says so
}

TEST_CASE("reading a stay: a page of what is not theirs is passed over, or they would stay where they are") {
  channel_tables c;
  c.join(ben);
  c.leave(ben);
  for (int i = 0; i < 20; ++i)
    c.post("secret");
  c.join(ben);
  CHECK(c.read(2, c.last, false, ben, 3) == texts{"joined"});
  CHECK(!c.has_more);
  c.leave(ben);
  CHECK(c.read(2, c.last, false, ben, 1) == texts{"joined"});
  CHECK(c.has_more);
}

TEST_CASE("reading a stay: who was put out does not see what messages were made into afterwards") {
  channel_tables c;
  c.join(ben);            // 1
  c.post("harmless");     // 2
  c.post("untouched");    // 3
  c.post("typo");         // 4
  c.edit(4, "corrected"); // 5
  c.leave(ben);           // 6
  c.edit(2, "secret");    // 7
  CHECK(c.read(0, 6, true) == texts{"joined", "-", "untouched", "corrected", "corrected", "left"});
  CHECK(c.read(1, 2, true) == texts{"-"});
}

TEST_CASE("reading a stay: members, and everybody in a public channel, see messages as they are now") {
  channel_tables c;
  c.join(ben);
  c.post("first");
  c.leave(ben);
  c.edit(2, "second");
  CHECK(c.read(0, 3, true) == texts{"joined", "-", "left"});
  c.join(ben);
  CHECK(c.read(0, 3, true) == texts{"joined", "second", "left"});

  channel_tables open(wire::CHANNEL_PUBLIC);
  open.join(ben);
  open.post("first");
  open.leave(ben);
  open.edit(2, "second");
  CHECK(open.read(0, 3, true) == texts{"joined", "second", "left"});
}

}  // namespace carillon::test
