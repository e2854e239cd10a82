// Users' inboxes: what apply_command writes is what inbox_store reads, over both stores.
#include "storage/inbox_store.hpp"

#include "tests/storage/tables/stores.hpp"

namespace carillon::storage {
namespace {

const entity_id ann{id_kind::user, 1};
const entity_id bob{id_kind::user, 2};
const entity_id lobby{id_kind::channel, 10};
const entity_id news{id_kind::channel, 11};
constexpr slot_id home = 5;

struct inbox_script {
  wire::slot_command command;

  inbox_script(std::uint64_t position, timestamp at) {
    command.mutable_inbox()->set_position(position);
    command.mutable_inbox()->set_at(at);
  }
  inbox_script& run(const entity_id& channel, std::uint64_t first, std::uint64_t last,
                    std::initializer_list<entity_id> users) {
    auto& out = *command.mutable_inbox()->add_runs();
    out.set_channel_id(channel.text());
    out.set_first_seq(first);
    out.set_last_seq(last);
    out.set_held(last);
    for (const entity_id& user : users)
      out.add_users(user.number);
    return *this;
  }
  inbox_script& mention(std::uint64_t seq, timestamp ts, const entity_id& user, bool withdrawn = false) {
    auto& out = *command.mutable_inbox()->mutable_runs()->rbegin()->add_mentions();
    out.set_seq(seq);
    out.set_ts(ts);
    out.set_withdrawn(withdrawn);
    out.set_kind(wire::MENTION_USER);
    out.add_users(user.number);
    return *this;
  }
};

std::string text_of(const std::vector<wire::inbox_span>& spans) {
  std::string out;
  for (const auto& span : spans)
    out += (span.channel_id() == lobby.text() ? "lobby " : "news ") + std::to_string(span.first_seq()) +
           "-" + std::to_string(span.last_seq()) + " ";
  return out;
}

}  // namespace

TEST_CASE_TEMPLATE("inbox: pages of any size tell the same, in the order in which it came", Store,
                   memory_store, rocks_store) {
  Store store;
  apply(store.get(), home, inbox_script(3, 100).run(lobby, 1, 4, {ann, bob}).run(news, 7, 7, {ann}).command);
  apply(store.get(), home, inbox_script(9, 200).run(lobby, 5, 6, {ann}).command);
  apply(store.get(), home, inbox_script(12, 300).run(lobby, 7, 7, {ann}).command);
  const inbox_store inboxes(store.get(), home);
  const auto whole = must(inboxes.read(ann, {}, 100, 0));
  CHECK(text_of(whole.spans) == "lobby 1-4 news 7-7 lobby 5-7 ");
  CHECK_FALSE(whole.has_more);
  CHECK(whole.next == inbox_place{13, 0});
  CHECK(text_of(must(inboxes.read(bob, {}, 100, 0)).spans) == "lobby 1-4 ");
  for (std::uint64_t limit = 1; limit <= 8; ++limit) {
    std::string all;
    inbox_rows page;
    for (inbox_place at; ; at = page.next) {
      page = must(inboxes.read(ann, at, limit, 0));
      for (const auto& span : page.spans)
        for (std::uint64_t seq = span.first_seq(); seq <= span.last_seq(); ++seq)
          all += (span.channel_id() == lobby.text() ? "l" : "n") + std::to_string(seq);
      if (!page.has_more)
        break;
    }
    CHECK(all == "l1l2l3l4n7l5l6l7");
    CHECK(page.next == inbox_place{13, 0});
  }
}

TEST_CASE_TEMPLATE("inbox: what is older than its time is passed over, also in the middle of a row", Store,
                   memory_store, rocks_store) {
  Store store;
  apply(store.get(), home, inbox_script(3, 100).run(lobby, 1, 4, {ann}).command);
  apply(store.get(), home, inbox_script(4, 200).run(lobby, 5, 5, {ann}).command);
  const inbox_store inboxes(store.get(), home);
  CHECK(text_of(must(inboxes.read(ann, {3, 2}, 9, 100)).spans) == "lobby 3-5 ");
  CHECK(text_of(must(inboxes.read(ann, {3, 2}, 9, 101)).spans) == "lobby 5-5 ");
  CHECK(text_of(must(inboxes.read(ann, {2, 9}, 9, 0)).spans) == "lobby 1-5 ");  // that row is gone
}

TEST_CASE_TEMPLATE("inbox: all that came, a span for each channel whatever came between, another after a gap", Store, memory_store,
                   rocks_store) {
  Store store;
  apply(store.get(), home, inbox_script(3, 100).run(lobby, 1, 4, {ann}).command);
  apply(store.get(), home, inbox_script(4, 200).run(news, 5, 5, {ann}).run(lobby, 5, 9, {ann}).command);
  apply(store.get(), home, inbox_script(5, 200).run(lobby, 11, 11, {ann}).command);
  const auto starts = must(inbox_store(store.get(), home).starts(ann, {3, 2}, 0));
  CHECK(text_of(starts.spans) == "lobby 3-9 news 5-5 lobby 11-11 ");
  CHECK(starts.next == inbox_place{6, 0});
}

TEST_CASE_TEMPLATE("inbox: mentions are counted after a ts, and go with their message", Store, memory_store,
                   rocks_store) {
  Store store;
  apply(store.get(), home, inbox_script(3, 100).run(lobby, 1, 2, {ann}).mention(1, 1'001, ann).mention(2, 1'002, ann).command);
  apply(store.get(), home, inbox_script(4, 100).run(news, 1, 1, {ann}).mention(1, 1'005, ann).command);
  const inbox_store inboxes(store.get(), home);
  CHECK(must(inboxes.mentions(ann, lobby, 0, 10)) == 2);
  CHECK(must(inboxes.mentions(ann, lobby, 1'001, 10)) == 1);
  CHECK(must(inboxes.mentions(ann, lobby, 1'002, 10)) == 0);
  CHECK(must(inboxes.mentions(ann, lobby, 0, 1)) == 1);
  CHECK(must(inboxes.mentions(bob, lobby, 0, 10)) == 0);
  apply(store.get(), home, inbox_script(5, 100).run(lobby, 3, 3, {ann}).mention(3, 1'002, ann, true).command);
  CHECK(must(inboxes.mentions(ann, lobby, 0, 10)) == 1);
}

TEST_CASE_TEMPLATE("inbox: how far it holds a channel, and devices by their names", Store, memory_store,
                   rocks_store) {
  Store store;
  const inbox_store inboxes(store.get(), home);
  CHECK_FALSE(must(inboxes.reach(lobby)));
  apply(store.get(), home, inbox_script(3, 100).run(lobby, 1, 4, {ann}).command);
  CHECK(must(inboxes.reach(lobby))->last_seq() == 4);
  CHECK(must(inboxes.reach(lobby))->held() == 4);
  wire::slot_command command;
  command.mutable_user()->set_user_id(ann.text());
  command.mutable_user()->add_devices()->set_name("phone");
  command.mutable_user()->add_devices()->set_name("tab");
  apply(store.get(), home, command);
  CHECK(must(inboxes.devices(ann)).size() == 2);
  wire::slot_command gone;
  gone.mutable_user()->set_user_id(ann.text());
  gone.mutable_user()->add_devices_gone("phone");
  apply(store.get(), home, gone);
  REQUIRE(must(inboxes.devices(ann)).size() == 1);
  CHECK(must(inboxes.devices(ann))[0].name() == "tab");
}

TEST_CASE("inbox: a row is over when it was written before that time, and only rows of inboxes are") {
  memory_kv store;
  apply(store, home, inbox_script(3, 199).run(lobby, 1, 4, {ann}).mention(1, 1'001, ann).command);
  auto at = store.scan(family::index, "");
  std::size_t over = 0;
  std::size_t rows = 0;
  for (at->seek(""); at->valid(); at->next(), ++rows) {
    CHECK_FALSE(is_inbox_row_before(at->key(), at->value(), 199));
    over += is_inbox_row_before(at->key(), at->value(), 200);
  }
  CHECK(rows == 3);  // the inbox, the mention, the reach
  CHECK(over == 1);
}

TEST_CASE("inbox: a mention is over when its message is older than that time, in a channel and in a DM") {
  memory_kv store;
  const entity_id dm{id_kind::direct, 7};
  apply(store, home, inbox_script(3, 5'000).run(lobby, 1, 4, {ann}).mention(1, 1'001, ann).mention(2, 1'002, ann).command);
  apply(store, home, inbox_script(4, 5'000).run(dm, 1, 1, {ann}).mention(1, 1'001, ann).command);
  const auto over = [&](timestamp since) {
    std::size_t count = 0;
    auto at = store.scan(family::index, "");
    for (at->seek(""); at->valid(); at->next())
      count += is_inbox_row_before(at->key(), at->value(), since);
    return count;
  };
  CHECK(over(1'001) == 0);
  CHECK(over(1'002) == 2);
  CHECK(over(5'000) == 3);
  auto at = store.scan(family::index, "");
  for (at->seek(""); at->valid(); at->next())
    CHECK_FALSE(is_inbox_row_before(at->key(), "no row", 5'000));
}

TEST_CASE("inbox: rows whose time is over go when their table is compacted, the others stay") {
  temporary_folder folder;
  auto opened = rocks_kv::open(folder.path().string(),
                               {.write_buffer_bytes = 256u << 10,
                                .is_over = [](std::string_view key, std::string_view value) {
                                  return is_inbox_row_before(key, value, 200);
                                }});
  REQUIRE(opened.has_value());
  kv& store = **opened;
  const inbox_store inboxes(store, home);
  apply(store, home, inbox_script(1, 199).run(lobby, 1, 1, {ann}).command);
  apply(store, home, inbox_script(2, 200).run(lobby, 2, 2, {ann}).command);
  // More and more beside them, until a compaction comes by.
  std::uint64_t position = 2;
  while (position < 400'000 && text_of(must(inboxes.read(ann, {}, 1, 0)).spans) == "lobby 1-1 ") {
    auto batch = store.make_batch();
    for (int i = 0; i < 1'000; ++i) {
      ++position;
      apply_command(*batch, home, inbox_script(position, 300).run(news, position, position, {bob}).command);
    }
    must_write(store, *batch);
  }
  CHECK(text_of(must(inboxes.read(ann, {}, 9, 0)).spans) == "lobby 2-2 ");
}

TEST_CASE_TEMPLATE("inbox: a place says whether the tables were put back to an earlier time since", Store,
                   memory_store, rocks_store) {
  Store before, after;
  for (Store* each : {&before, &after})
    apply(each->get(), home, inbox_script(3, 100).run(lobby, 1, 2, {ann}).command);
  apply(before.get(), home, inbox_script(9, 200).run(lobby, 3, 6, {ann}).command);
  apply(before.get(), home, inbox_script(12, 300).run(lobby, 7, 7, {ann}).command);
  apply(after.get(), home, inbox_script(9, 900).run(news, 1, 9, {ann}).command);  // another history
  apply(after.get(), home, inbox_script(14, 950).run(news, 10, 10, {ann}).command);
  const inbox_store was(before.get(), home);
  const inbox_store is(after.get(), home);
  inbox_place place;
  for (const std::uint64_t limit : {2U, 1U, 3U, 1U}) {
    const auto page = must(was.read(ann, place, limit, 0));
    CHECK(*was.holds(ann, page.next, page.row_at));
    CHECK(*is.holds(ann, page.next, page.row_at) == (page.next.from <= 4));  // of the row that both have
    place = page.next;
  }
  CHECK(place == inbox_place{13, 0});
  const auto nothing = must(was.read(ann, place, 5, 0));
  CHECK(nothing.next == place);
  CHECK(nothing.row_at == 0);
}

TEST_CASE_TEMPLATE("inbox: a page that is full before a row begins stands after the row before", Store,
                   memory_store, rocks_store) {
  Store store;
  apply(store.get(), home, inbox_script(3, 100).run(lobby, 1, 2, {ann}).command);
  apply(store.get(), home, inbox_script(9, 200).run(lobby, 3, 3, {ann}).command);
  const inbox_store inboxes(store.get(), home);
  const auto page = must(inboxes.read(ann, {}, 2, 0));
  CHECK(page.has_more);
  CHECK(page.next == inbox_place{4, 0});
  CHECK(page.row_at == 100);
}

}  // namespace carillon::storage
