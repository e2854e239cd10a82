// What is written into ZooKeeper's nodes can be read again, by a newer and an older program too, and the
// largest ring's view fits.
#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "runtime/base/random.hpp"
#include "runtime/coordination/zookeeper_state.hpp"
#include "runtime/wire/coordination_text.hpp"

namespace carillon {
namespace {

wire::ring_view large_view(std::uint32_t hosts, std::uint32_t slots) {
  seeded_random random(7);
  wire::ring_view view;
  std::vector<std::uint64_t> ids;
  for (std::uint32_t i = 0; i < hosts; ++i)
    ids.push_back(random.next());
  std::sort(ids.begin(), ids.end());
  for (std::uint32_t i = 0; i < hosts; ++i) {
    auto& member = *view.add_members();
    member.set_store_id(ids[i]);
    member.set_incarnation(random.next());
    member.set_name(fmt::format("host-{}", i));
    member.set_zone(fmt::format("zone-{}", i % 20));
    member.set_weight(100);
    member.set_peer_address(fmt::format("10.1.{}.{}:7101", i / 250, i % 250));
    member.set_public_url(fmt::format("https://host-{}.chat.example.org", i));
    member.set_starts(3);
  }
  for (std::uint32_t i = 0; i < slots; ++i) {
    auto& place = *view.add_slots();
    for (int copy = 0; copy < 3; ++copy) {
      place.add_replicas(ids[random.below(hosts)]);
      place.add_founders(ids[random.below(hosts)]);  // in a ring that has moved: nobody is where it began
    }
    place.set_preferred_leader(place.replicas(0));
  }
  view.set_generation(12);
  for (std::uint32_t i = 0; i < 3'000; ++i) {  // a zone is lost
    auto& move = *view.add_moves();
    move.set_slot(i * 5);
    move.set_to(ids[random.below(hosts)]);
    move.set_from(ids[random.below(hosts)]);
    move.set_leader(ids[random.below(hosts)]);
  }
  return view;
}

}  // namespace

TEST_CASE("coordination text: a registration is JSON that people can read, and what is new is left out") {
  wire::host_registration host;
  host.set_cluster_name("trial");
  host.set_connections_max(60'000);
  host.mutable_member()->set_name("a");
  host.mutable_member()->set_region("eu");
  host.mutable_member()->set_store_id(0xfedcba9876543210);
  std::string text = wire::to_text(host);
  CHECK(text.find("\"region\": \"eu\"") != std::string::npos);
  auto read = wire::read_registration(text);
  REQUIRE(read);
  CHECK(read->SerializeAsString() == host.SerializeAsString());
  text.insert(text.find('{') + 1, "\"from_the_future\": 1,");
  CHECK(wire::read_registration(text));
  CHECK_FALSE(wire::read_registration("somebody's notes"));
  CHECK_FALSE(wire::read_founding(""));
}

TEST_CASE("coordination text: a view that is cut off, changed or too large when unpacked is refused") {
  wire::view_record record;
  record.set_cluster_id(5);
  record.set_fence(6);
  *record.mutable_view() = large_view(30, 256);
  const std::string bytes = wire::to_bytes(record);
  auto read = wire::read_view(bytes);
  REQUIRE(read);
  CHECK(read->SerializeAsString() == record.SerializeAsString());
  for (std::size_t end : {std::size_t{0}, std::size_t{9}, bytes.size() / 2, bytes.size() - 1})
    CHECK_FALSE(wire::read_view(std::string_view(bytes).substr(0, end)));
  std::string changed = bytes;
  changed[bytes.size() / 2] ^= 1;
  CHECK_FALSE(wire::read_view(changed));
  wire::view_record huge;
  auto& member = *huge.mutable_view()->add_members();
  member.set_name(std::string(wire::view_bytes_max, 'x'));
  CHECK_FALSE(wire::read_view(wire::to_bytes(huge)));
}

TEST_CASE("coordination text: the view of 1,000 hosts and 16,384 slots takes less than half of what ZooKeeper does") {
  wire::view_record record;
  record.set_cluster_id(~0ull);
  record.set_fence(~0ull);
  *record.mutable_view() = large_view(1'000, 16'384);
  const std::size_t plain = record.ByteSizeLong();
  const std::size_t packed = wire::to_bytes(record).size();
  MESSAGE(fmt::format("{} bytes, {} packed", plain, packed));
  CHECK(plain > zookeeper::record_bytes_max);
  CHECK(packed < zookeeper::record_bytes_max / 2);
}

}  // namespace carillon
