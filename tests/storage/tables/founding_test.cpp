// A data folder keeps what it was founded with, and says clearly when that is not what is asked.
#include "tests/storage/tables/stores.hpp"

#include "storage/founding.hpp"
#include "storage/keys.hpp"

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

}  // namespace
}  // namespace carillon::storage
