// The seam itself: cursors, prefixes, snapshots, atomic batches and range deletions answer the same
// over memory, RocksDB and the simulator's disk.
#include "tests/storage/tables/stores.hpp"

#include "storage/keys.hpp"

namespace carillon::storage {
namespace {

std::string row(int slot, int entity, int number) {
  return make_message_key(static_cast<slot_id>(slot),
                          entity_id{id_kind::channel, static_cast<std::uint64_t>(entity)},
                          static_cast<std::uint64_t>(number))
      .text();
}

void put_rows(kv& store, std::initializer_list<std::string> keys) {
  auto batch = store.make_batch();
  for (const auto& key : keys)
    batch->put(family::messages, key, "value of " + key);
  must_write(store, *batch);
}

TEST_CASE_TEMPLATE("kv: what is put is got, until it is erased", Store, memory_store, rocks_store, simulated_store) {
  Store at;
  auto batch = at.get().make_batch();
  batch->put(family::index, "12345678901234", "a");
  batch->put(family::meta, "k", "b");
  CHECK(batch->bytes() > 0);
  must_write(at.get(), *batch);
  CHECK(at.get().get(family::index, "12345678901234")->value() == "a");
  CHECK(at.get().get(family::meta, "k")->value() == "b");
  CHECK_FALSE(at.get().get(family::messages, "12345678901234")->has_value());

  batch->clear();
  batch->erase(family::meta, "k");
  must_write(at.get(), *batch);
  CHECK_FALSE(at.get().get(family::meta, "k")->has_value());
  CHECK(at.get().get(family::index, "12345678901234")->has_value());
}

TEST_CASE_TEMPLATE("kv: a cursor stays inside its prefix, from both ends", Store, memory_store,
                   rocks_store, simulated_store) {
  Store at;
  put_rows(at.get(), {row(1, 1, 9), row(1, 2, 1), row(1, 2, 5), row(1, 2, 9), row(1, 3, 1)});
  const std::string prefix = row(1, 2, 0).substr(0, entity_prefix_size);
  auto in = at.get().scan(family::messages, prefix);

  in->seek(row(1, 2, 2));
  REQUIRE(in->valid());
  CHECK(in->key() == row(1, 2, 5));
  CHECK(in->value() == "value of " + row(1, 2, 5));
  in->next();
  CHECK(in->key() == row(1, 2, 9));
  in->next();
  CHECK_FALSE(in->valid());
  CHECK(in->failure().has_value());

  in->seek_for_prev(row(1, 2, 8));
  REQUIRE(in->valid());
  CHECK(in->key() == row(1, 2, 5));
  in->prev();
  CHECK(in->key() == row(1, 2, 1));
  in->prev();
  CHECK_FALSE(in->valid());

  in->seek_for_prev(row(1, 2, 0));
  CHECK_FALSE(in->valid());
  in->seek(row(1, 2, 10));
  CHECK_FALSE(in->valid());
  // Outside the prefix: the nearest key inside is meant.
  in->seek(row(1, 1, 9));
  REQUIRE(in->valid());
  CHECK(in->key() == row(1, 2, 1));
  in->seek_for_prev(row(1, 3, 7));
  REQUIRE(in->valid());
  CHECK(in->key() == row(1, 2, 9));
}

TEST_CASE_TEMPLATE("kv: a cursor sees the moment it was made", Store, memory_store, rocks_store, simulated_store) {
  Store at;
  put_rows(at.get(), {row(1, 1, 1)});
  auto before = at.get().scan(family::messages, "");
  put_rows(at.get(), {row(1, 1, 2)});
  before->seek("");
  REQUIRE(before->valid());
  before->next();
  CHECK_FALSE(before->valid());
  auto after = at.get().scan(family::messages, "");
  after->seek_for_prev(row(9, 9, 9));
  REQUIRE(after->valid());
  CHECK(after->key() == row(1, 1, 2));
}

TEST_CASE_TEMPLATE("kv: a range deletion takes [from, to), and what is put after it stays", Store,
                   memory_store, rocks_store, simulated_store) {
  Store at;
  auto batch = at.get().make_batch();
  for (raft::log_index index = 1; index <= 6; ++index)
    batch->put(family::log, make_log_key(1, index), "old");
  must_write(at.get(), *batch);
  batch->clear();
  batch->erase_range(family::log, make_log_key(1, 2), make_log_key(1, 6));
  batch->put(family::log, make_log_key(1, 3), "new");
  must_write(at.get(), *batch);

  std::string seen;
  auto all = at.get().scan(family::log, slot_prefix(1));
  for (all->seek(make_log_key(1, 0)); all->valid(); all->next())
    seen += std::to_string(read_log_key(all->key())->index) + "=" + std::string(all->value()) + " ";
  CHECK(seen == "1=old 3=new 6=old ");
}

TEST_CASE("memory_kv: after a failure every later write fails, and a crash undoes what no sync "
          "covered") {
  memory_kv store;
  auto batch = store.make_batch();
  const auto put = [&](std::string_view value, bool sync) {
    batch->clear();
    batch->put(family::meta, "k", value);
    return store.write(*batch, sync);
  };
  CHECK(put("synced", true).has_value());
  CHECK(put("not synced", false).has_value());
  CHECK(store.get(family::meta, "k")->value() == "not synced");

  store.fail_after(1);
  CHECK(put("the last good one", false).has_value());
  CHECK(put("x", false).code() == errc::storage_unavailable);
  CHECK(put("y", true).code() == errc::storage_unavailable);
  CHECK(store.get(family::meta, "k")->value() == "the last good one");

  store.crash();
  CHECK(store.get(family::meta, "k")->value() == "synced");
  CHECK(put("again", true).has_value());
}

}  // namespace
}  // namespace carillon::storage
