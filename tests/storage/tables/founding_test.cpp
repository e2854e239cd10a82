// A data folder keeps what it was founded with, and says clearly when that is not what is asked.
#include "tests/storage/tables/stores.hpp"

#include "storage/founding.hpp"
#include "storage/keys.hpp"
#include "storage/record.hpp"
#include "storage/slot_start.hpp"

namespace carillon::storage {
namespace {

TEST_CASE_TEMPLATE("founding: the first call founds, the second finds the same", Store,
                   memory_store, rocks_store) {
  Store at;
  seeded_random random(1);
  const auto first = found_or_check(at.get(), 64, random);
  REQUIRE(first.has_value());
  CHECK(first->is_new);
  CHECK(first->store_id != 0);
  CHECK(first->format == format_version);
  const auto second = found_or_check(at.get(), 64, random);
  REQUIRE(second.has_value());
  CHECK_FALSE(second->is_new);
  CHECK(second->store_id == first->store_id);
  CHECK(second->slots == 64);
}

TEST_CASE("founding: survives a loss of power right after") {
  memory_kv store;
  seeded_random random(1);
  const auto first = found_or_check(store, 64, random);
  store.crash();
  CHECK(found_or_check(store, 64, random)->store_id == first->store_id);
}

TEST_CASE("founding: another number of slots is refused in words") {
  memory_kv store;
  seeded_random random(1);
  REQUIRE(found_or_check(store, 64, random).has_value());
  const auto refused = found_or_check(store, 128, random);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.code() == errc::invalid_config);
  CHECK(refused.error().detail ==
        "the data folder was founded with cluster.slots = 64 and keeps it; the configuration says "
        "128");
}

TEST_CASE("founding: facts that are damaged, or missing beside other data, are refused") {
  memory_kv store;
  seeded_random random(1);
  REQUIRE(found_or_check(store, 64, random).has_value());
  store.flip_bit(family::meta, founding_key, 9);
  CHECK(found_or_check(store, 64, random).code() == errc::corrupt_record);

  memory_kv other;
  channel_script(other, channel_a).post(1, user_ann, "m");
  CHECK(found_or_check(other, 64, random).code() == errc::corrupt_record);
}

TEST_CASE("founding: a host that is alone is a cluster of one, for good") {
  memory_kv store;
  seeded_random random(1);
  const auto first = must(found_or_check(store, 64, random));
  CHECK(first.cluster_id != 0);
  CHECK(first.meta_voters == std::vector<raft::member_id>{first.store_id});
  store.crash();
  const auto second = must(open_founding(store, 64, random));
  CHECK(second.cluster_id == first.cluster_id);
  CHECK(second.meta_voters == first.meta_voters);
}

TEST_CASE("founding: a host among others has an identity first and a cluster later, once") {
  memory_kv store;
  seeded_random random(1);
  const auto first = must(open_founding(store, 64, random));
  CHECK(first.is_new);
  CHECK(first.store_id != 0);
  CHECK_FALSE(first.has_cluster());
  store.crash();
  CHECK(must(open_founding(store, 64, random)).store_id == first.store_id);

  wire::founding_facts facts;
  CHECK(write_founding(store, facts).code() == errc::invalid_config);  // not complete
  facts.set_cluster_id(77);
  facts.set_slots(64);
  CHECK(write_founding(store, facts).code() == errc::invalid_config);  // still not
  for (raft::member_id voter : {9, 3, 5})
    facts.add_meta_voters(voter);
  auto other_slots = facts;
  other_slots.set_slots(128);
  CHECK(write_founding(store, other_slots).code() == errc::invalid_config);
  REQUIRE(write_founding(store, facts).has_value());
  store.crash();
  const auto joined = must(open_founding(store, 64, random));
  CHECK(joined.store_id == first.store_id);
  CHECK(joined.cluster_id == 77);
  CHECK(joined.meta_voters == std::vector<raft::member_id>{3, 5, 9});
  CHECK(to_wire(joined).cluster_id() == 77);

  CHECK(write_founding(store, facts).has_value());  // the same again
  auto other = facts;
  other.set_cluster_id(78);
  CHECK(write_founding(store, other).code() == errc::invalid_config);
  CHECK(must(found_or_check(store, 64, random)).cluster_id == 77);
}

TEST_CASE_TEMPLATE("founding: a data folder of format 1 becomes a cluster of one and keeps its slots",
                   Store, memory_store, rocks_store) {
  Store at;
  {  // as the program before this one left it
    std::string value;
    append_u64(value, 1);
    append_u64(value, 0xabcdef);
    append_u64(value, 64);
    seal(family::meta, founding_key, value);
    auto batch = at.get().make_batch();
    batch->put(family::meta, founding_key, value);
    must_write(at.get(), *batch);
    channel_script(at.get(), channel_a).post(1, user_ann, "still here");
  }
  seeded_random random(1);
  const auto opened = must(open_founding(at.get(), 64, random));
  CHECK(opened.store_id == 0xabcdef);
  CHECK_FALSE(opened.is_new);
  CHECK(opened.has_cluster());
  CHECK(opened.meta_voters == std::vector<raft::member_id>{0xabcdef});
  CHECK(opened.format == format_version);
  CHECK(must(open_founding(at.get(), 64, random)).cluster_id == opened.cluster_id);
  CHECK_FALSE(must(load_slot_start(at.get(), 0)).has_config);
  const message_store tables(at.get(), test_slots);
  CHECK(must(tables.message_by_seq(channel_a, 1))->text() == "still here");
}

TEST_CASE("founding: a newer format is refused in words") {
  memory_kv store;
  std::string value;
  append_u64(value, format_version + 1);
  append_u64(value, 1);
  append_u64(value, 64);
  seal(family::meta, founding_key, value);
  auto batch = store.make_batch();
  batch->put(family::meta, founding_key, value);
  must_write(store, *batch);
  seeded_random random(1);
  CHECK(open_founding(store, 64, random).code() == errc::invalid_config);
}

}  // namespace
}  // namespace carillon::storage
