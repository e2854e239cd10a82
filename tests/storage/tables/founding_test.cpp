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

TEST_CASE_TEMPLATE("starts: every start is counted, and is on the disk before anybody hears of it", Store,
                   memory_store, rocks_store) {
  Store at;
  seeded_random random(1);
  auto facts = must(open_founding(at.get(), 64, random));
  CHECK(facts.starts == 0);
  for (std::uint64_t start = 1; start <= 3; ++start) {
    REQUIRE(count_start(at.get(), facts, {.cluster = "trial", .host = "a"}));
    CHECK(facts.starts == start);
    facts = must(open_founding(at.get(), 64, random));
    CHECK(facts.starts == start);
    CHECK(facts.host_name == "a");
    CHECK(facts.cluster_name == "trial");
  }
}

TEST_CASE("starts: a loss of power does not take the count back") {
  memory_kv store;
  seeded_random random(1);
  auto facts = must(open_founding(store, 64, random));
  REQUIRE(count_start(store, facts, {.cluster = "trial", .host = "a"}));
  store.crash();
  CHECK(must(open_founding(store, 64, random)).starts == 1);
}

TEST_CASE("starts: the cluster's facts, learned after the count, leave it alone") {
  memory_kv store;
  seeded_random random(1);
  auto first = must(open_founding(store, 64, random));
  REQUIRE(count_start(store, first, {.cluster = "trial", .host = "a"}));
  wire::founding_facts facts;
  facts.set_cluster_id(77);
  facts.set_slots(64);
  facts.add_meta_voters(3);
  REQUIRE(write_founding(store, facts));
  const auto joined = must(open_founding(store, 64, random));
  CHECK(joined.starts == 1);
  CHECK(joined.host_name == "a");
  CHECK(joined.cluster_id == 77);
}

TEST_CASE("starts: a folder of another host's name, or of another cluster, is refused in words") {
  memory_kv store;
  seeded_random random(1);
  auto facts = must(open_founding(store, 64, random));
  REQUIRE(count_start(store, facts, {.cluster = "trial", .host = "a"}));
  const auto copied = check_names(facts, {.cluster = "trial", .host = "b"});
  REQUIRE_FALSE(copied);
  CHECK(copied.code() == errc::invalid_config);
  CHECK(copied.error().detail ==
        "the data folder is that of the host \"a\", and this is \"b\": folders are not copied from "
        "host to host, and hosts keep their names. Start \"a\" on it, or give \"b\" an empty folder: "
        "it joins as a new host");
  CHECK(count_start(store, facts, {.cluster = "trial", .host = "b"}).code() ==
        errc::invalid_config);
  const auto moved = check_names(facts, {.cluster = "other", .host = "a"});
  REQUIRE_FALSE(moved);
  CHECK(moved.error().detail ==
        "the data folder belongs to the cluster \"trial\" and keeps that; the configuration says "
        "cluster.name = \"other\": correct it, or give this host an empty folder");
  CHECK(must(open_founding(store, 64, random)).starts == 1);  // neither was counted
}

TEST_CASE("starts: a host that is alone may change its name; among others it keeps the one it has") {
  memory_kv store;
  seeded_random random(1);
  auto facts = must(found_or_check(store, 64, random));
  REQUIRE(count_start(store, facts, {.cluster = "carillon", .host = {}}));
  CHECK(facts.host_name.empty());
  REQUIRE(count_start(store, facts, {.cluster = "carillon", .host = "b"}));
  REQUIRE(count_start(store, facts, {.cluster = "carillon", .host = {}}));
  CHECK(facts.host_name == "b");
  CHECK_FALSE(count_start(store, facts, {.cluster = "carillon", .host = "c"}));
}

TEST_CASE_TEMPLATE("starts: a data folder of format 2 opens, has counted none, and counts from then on",
                   Store, memory_store, rocks_store) {
  Store at;
  {  // as the program before this one left it
    std::string value;
    append_u64(value, 2);
    append_u64(value, 0xabcdef);
    append_u64(value, 64);
    seal(family::meta, founding_key, value);
    wire::founding_facts cluster;
    cluster.set_cluster_id(77);
    cluster.set_slots(64);
    cluster.add_meta_voters(0xabcdef);
    std::string row = cluster.SerializeAsString();
    seal(family::meta, cluster_key, row);
    auto batch = at.get().make_batch();
    batch->put(family::meta, founding_key, value);
    batch->put(family::meta, cluster_key, row);
    must_write(at.get(), *batch);
  }
  seeded_random random(1);
  auto facts = must(open_founding(at.get(), 64, random));
  CHECK(facts.store_id == 0xabcdef);
  CHECK(facts.starts == 0);
  REQUIRE(count_start(at.get(), facts, {.cluster = "trial", .host = "a"}));
  facts = must(open_founding(at.get(), 64, random));
  CHECK(facts.format == 3);
  CHECK(facts.starts == 1);
  CHECK(facts.host_name == "a");
  CHECK(facts.cluster_id == 77);
}

TEST_CASE("starts: a count that is damaged or missing is not taken for none") {
  memory_kv store;
  seeded_random random(1);
  auto facts = must(open_founding(store, 64, random));
  REQUIRE(count_start(store, facts, {.cluster = "trial", .host = "a"}));
  store.flip_bit(family::meta, starts_key, 9);
  CHECK(open_founding(store, 64, random).code() == errc::corrupt_record);
  auto batch = store.make_batch();
  batch->erase(family::meta, starts_key);
  must_write(store, *batch);
  CHECK(open_founding(store, 64, random).code() == errc::corrupt_record);
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
