// Pushes on disk: what apply_command writes is what push_store reads, over both stores.
#include "storage/push_store.hpp"

#include "storage/message_store.hpp"
#include "storage/table_check.hpp"
#include "tests/storage/tables/stores.hpp"

namespace carillon::storage {
namespace {

const entity_id ann{id_kind::user, 1};
const entity_id bob{id_kind::user, 2};
const entity_id lobby{id_kind::channel, 10};
const entity_id dm{id_kind::direct, 11};
constexpr slot_id home = 5;

wire::slot_command said(const entity_id& user, const char* device) {
  wire::slot_command out;
  out.mutable_user()->set_user_id(user.text());
  out.mutable_user()->mutable_push()->set_user_id(user.text());
  out.mutable_user()->mutable_push()->add_targets()->set_device(device);
  return out;
}
wire::user_push row(const entity_id& user, const entity_id& channel, std::uint64_t seq) {
  wire::user_push out;
  out.set_user(user.number);
  out.set_channel_id(channel.text());
  if (seq != 0)
    out.mutable_row()->add_items()->set_seq(seq);
  return out;
}
wire::slot_command membership(const entity_id& user, const entity_id& channel, timestamp last_read, bool member) {
  wire::slot_command out;
  out.mutable_user()->set_user_id(user.text());
  auto& row = *out.mutable_user()->add_channels();
  row.set_channel_id(channel.text());
  row.set_last_read(last_read);
  row.set_member(member);
  return out;
}
wire::slot_command mentions(const entity_id& user, const entity_id& channel, std::initializer_list<timestamp> at,
                            wire::mention_kind kind) {
  wire::slot_command out;
  auto& run = *out.mutable_inbox()->add_runs();
  run.set_channel_id(channel.text());
  for (const timestamp ts : at) {
    auto& mention = *run.add_mentions();
    mention.set_ts(ts);
    mention.set_seq(ts);
    mention.set_kind(kind);
    mention.add_users(user.number);
  }
  return out;
}

TEST_CASE_TEMPLATE("pushes: a slot's wishes and rows are read together, as they were written last", Store,
                   memory_store, rocks_store) {
  Store store;
  apply(store.get(), home, said(ann, "phone"));
  apply(store.get(), home, said(ann, "tab"));
  apply(store.get(), home + 1, said(bob, "phone"));
  apply(store.get(), home, membership(ann, lobby, 700, true));
  wire::slot_command delivery;
  *delivery.mutable_inbox()->add_pushes() = row(ann, lobby, 3);
  *delivery.mutable_inbox()->add_pushes() = row(ann, dm, 4);
  apply(store.get(), home, delivery);
  wire::slot_command outcome;
  *outcome.mutable_push()->add_rows() = row(ann, lobby, 9);
  apply(store.get(), home, outcome);
  const push_store pushes(store.get(), home);
  auto all = must(pushes.all());
  REQUIRE(all.users.size() == 1);
  CHECK(all.users[0].targets(0).device() == "tab");
  REQUIRE(all.rows.size() == 2);
  CHECK(all.rows[0].channel == lobby);
  CHECK(all.rows[0].row.items(0).seq() == 9);
  CHECK(all.rows[0].last_read == 700);
  CHECK(all.rows[0].member);
  CHECK(all.rows[1].channel == dm);
  CHECK(all.rows[1].member);  // as far as we know
  wire::slot_command leaving = membership(ann, dm, 0, false);
  leaving.mutable_user()->mutable_channels(0)->set_joined_seq(4);
  apply(store.get(), home, leaving);
  CHECK_FALSE(must(pushes.all()).rows[1].member);
  CHECK_FALSE(must(pushes.standing(ann, dm, 1)).member);
  leaving.mutable_user()->mutable_channels(0)->set_joined_seq(3);  // and then came in again, says the row
  apply(store.get(), home, leaving);
  CHECK(must(pushes.all()).rows[1].member);
  CHECK(must(pushes.standing(ann, dm, 1)).member);
  CHECK(must(pushes.user(ann))->targets(0).device() == "tab");
  CHECK_FALSE(must(pushes.user(bob)));
  wire::slot_command over;
  *over.mutable_push()->add_rows() = row(ann, lobby, 0);
  apply(store.get(), home, over);
  CHECK(must(pushes.all()).rows.size() == 1);
}

TEST_CASE_TEMPLATE("pushes: the badge counts what speaks to the user and is not read, where they are members", Store,
                   memory_store, rocks_store) {
  Store store;
  apply(store.get(), home, membership(ann, lobby, 200, true));
  apply(store.get(), home, membership(ann, dm, 0, true));
  apply(store.get(), home, mentions(ann, lobby, {100, 200, 201, 202}, wire::MENTION_USER));
  apply(store.get(), home, mentions(ann, lobby, {203}, wire::MENTION_THREAD));  // has no row
  apply(store.get(), home, mentions(ann, dm, {1, 2, 3}, wire::MENTION_DIRECT));
  apply(store.get(), home, mentions(bob, dm, {4}, wire::MENTION_DIRECT));
  const push_store pushes(store.get(), home);
  const auto standing = must(pushes.standing(ann, lobby, 100));
  CHECK(standing.badge == 5);
  CHECK(standing.last_read == 200);
  CHECK(standing.member);
  CHECK(must(pushes.standing(ann, lobby, 4)).badge == 4);
  apply(store.get(), home, membership(ann, dm, 0, false));
  CHECK(must(pushes.standing(ann, dm, 100)).badge == 2);
  CHECK_FALSE(must(pushes.standing(ann, dm, 100)).member);
  // Of a DM only what says so counts as a mention.
  CHECK(must(inbox_store(store.get(), home).mentions(ann, dm, 0, 10)) == 0);
  apply(store.get(), home, mentions(ann, dm, {5}, wire::MENTION_USER));
  CHECK(must(inbox_store(store.get(), home).mentions(ann, dm, 0, 10)) == 1);
}

TEST_CASE("pushes: replies in threads count where they were pushed, until the channel is read") {
  memory_kv store;
  apply(store, home, membership(ann, lobby, 200, true));
  apply(store, home, mentions(ann, lobby, {201}, wire::MENTION_USER));
  apply(store, home, mentions(ann, dm, {1}, wire::MENTION_DIRECT));
  wire::user_push told = row(ann, lobby, 9);
  const auto item = [&](timestamp ts, wire::mention_kind kind) {
    auto& out = *told.mutable_row()->add_items();
    out.set_seq(10 + ts);
    out.set_ts(ts);
    out.set_kind(kind);
  };
  item(200, wire::MENTION_THREAD);
  item(201, wire::MENTION_USER);  // which the inbox has
  item(202, wire::MENTION_THREAD);
  item(203, wire::MENTION_UNKNOWN);  // speaks of nobody
  wire::slot_command outcome;
  *outcome.mutable_push()->add_rows() = told;
  *outcome.mutable_push()->add_rows() = row(bob, lobby, 9);
  apply(store, home, outcome);
  const push_store pushes(store, home);
  CHECK(must(pushes.standing(ann, dm, 100)).badge == 3);
  CHECK(must(pushes.standing(ann, dm, 100)).unread == 1);
  CHECK(must(pushes.standing(ann, lobby, 100)).unread == 1);
  CHECK(must(pushes.standing(ann, lobby, 2)).badge == 2);
  apply(store, home, membership(ann, lobby, 202, true));
  CHECK(must(pushes.standing(ann, dm, 100)).badge == 1);
  CHECK(must(pushes.standing(ann, lobby, 100)).unread == 0);
}

TEST_CASE("pushes: of a DM's rows those that only say there was a message are over at some time") {
  memory_kv store;
  apply(store, home, mentions(ann, dm, {100}, wire::MENTION_DIRECT));
  apply(store, home, mentions(ann, dm, {101}, wire::MENTION_USER));
  apply(store, home, mentions(ann, lobby, {102}, wire::MENTION_CHANNEL));
  const auto over = [&](timestamp since) {
    std::size_t count = 0;
    auto at = store.scan(family::index, "");
    for (at->seek(""); at->valid(); at->next())
      count += is_direct_row_before(at->key(), at->value(), since);
    return count;
  };
  CHECK(over(100) == 0);
  CHECK(over(101) == 1);
  CHECK(over(1'000) == 1);
}

TEST_CASE("pushes: who takes part in a thread is written when it changes") {
  memory_kv store;
  const message_store messages(store, 64);
  const slot_id slot = messages.slot_of(lobby);
  wire::slot_command reply;
  reply.mutable_channel()->set_channel_id(lobby.text());
  auto& thread = *reply.mutable_channel()->mutable_thread();
  thread.set_ts(700);
  thread.add_users(ann.number);
  apply(store, slot, reply);
  CHECK_FALSE(must(messages.thread(lobby, 700)));
  thread.set_joined(true);
  apply(store, slot, reply);
  CHECK(must(messages.thread(lobby, 700))->users(0) == ann.number);
  CHECK_FALSE(must(messages.thread(lobby, 701)));
}

TEST_CASE("pushes: keys say what they are of") {
  CHECK(describe_key(family::index, make_push_key(home, ann, lobby)) ==
        "index slot=5 push user=" + ann.text() + " channel=" + lobby.text());
  CHECK(describe_key(family::index, make_id_row_key(home, pushes_owner, table::push_users, ann)) ==
        "index slot=5 pushes of user=" + ann.text());
  CHECK(describe_key(family::index, make_thread_key(home, lobby, 1'000'700)) ==
        "index slot=5 entity=" + lobby.text() + " thread ts=1.000700");
  const auto place = read_push_key(make_push_key(home, ann, lobby));
  REQUIRE(place);
  CHECK(place->user == ann);
  CHECK(place->channel == lobby);
  CHECK_FALSE(read_push_key(make_id_row_key(home, ann, table::user_channels, lobby)));
}

}  // namespace
}  // namespace carillon::storage
