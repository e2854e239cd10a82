// What the levels of memory do to the store and to the edge, with ceilings chosen around what this
// process really has.
#include <doctest/doctest.h>

#include "actors/memory_watch.hpp"
#include "runtime/base/memory_limit.hpp"
#include "runtime/edge/body_share.hpp"
#include "storage/memory_kv.hpp"

namespace carillon {
namespace {

using namespace std::chrono_literals;

constexpr tick_time start{1'000s};

class counting_kv final : public storage::kv {
public:
  result<std::optional<std::string>> get(storage::family where, std::string_view key) const override {
    return inner.get(where, key);
  }
  std::unique_ptr<storage::cursor> scan(storage::family where, std::string_view prefix) const override {
    return inner.scan(where, prefix);
  }
  std::unique_ptr<storage::write_batch> make_batch() const override { return inner.make_batch(); }
  status write(storage::write_batch& batch, bool sync) override { return inner.write(batch, sync); }
  std::uint64_t memory_bytes() const override { return inner.memory_bytes(); }
  void keep_cache(unsigned percent) override { kept = percent; }
  storage::memory_kv inner;
  unsigned kept = 0;
};

struct watched {
  explicit watched(std::uint64_t ceiling) : door(settings(), nullptr, ceiling), watch(ceiling, store, counted, door) {}
  ~watched() { memory_watch calm_again(0, store, counted, door); }
  counting_kv store;
  host_metrics counted{2};
  admission door;
  memory_watch watch;
};

edge::pressure& edge_now() {
  return edge::process_pressure();
}

}  // namespace

TEST_CASE("memory watch: far under the ceiling everything is allowed") {
  watched host(resident_bytes() * 10);
  host.watch.step(start);
  CHECK(host.store.kept == 100);
  CHECK(edge_now().outbound_share == 100);
  CHECK(edge_now().of_outbound(1'000) == 1'000);
  CHECK(host.door.count(start).memory == memory_level::calm);
  CHECK(host.door.count(start).memory_bytes > 0);
}

TEST_CASE("memory watch: near the ceiling the store keeps half of its cache, and clients half as much") {
  watched host(resident_bytes() * 100 / 85);
  host.watch.step(start);
  CHECK(host.door.count(start).memory == memory_level::tight);
  CHECK(host.store.kept == 50);
  CHECK(edge_now().of_outbound(1'000) == 500);
}

TEST_CASE("memory watch: at the ceiling posts are turned away and clients may keep a tenth") {
  watched host(resident_bytes());
  host.watch.step(start);
  CHECK(host.door.count(start).memory == memory_level::full);
  CHECK(host.door.shuts_out_writes(start));
  CHECK(edge_now().of_outbound(1'000) == 100);
}

TEST_CASE("memory watch: what waits for followers is added up over all groups") {
  watched host(resident_bytes() * 10);
  for (group_meter& each : host.counted.groups)
    each.uncommitted_bytes.set(300 << 20);
  host.watch.step(start);
  CHECK(host.door.shuts_out_writes(start));
}

TEST_CASE("bodies: what is read at the same time has a sum, and small ones are not counted") {
  edge::pressure& all = edge_now();
  all.bodies_max_bytes = 100'000;
  edge::body_share first, second, small;
  CHECK(first.grow_to(60'000));
  CHECK_FALSE(second.grow_to(40'001));
  CHECK(second.grow_to(40'000));
  CHECK(small.grow_to(edge::pressure::counted_body_min - 1));
  CHECK_FALSE(first.grow_to(60'001));
  CHECK(first.grow_to(10));
  CHECK(all.bodies_bytes == 100'000);
  second.release();
  CHECK(first.grow_to(60'001));
  first.release();
  CHECK(all.bodies_bytes == 0);
  CHECK(all.bodies_refused == 2);
  all.bodies_refused = 0;
}

}  // namespace carillon
