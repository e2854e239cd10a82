// What a host says of its cluster: each name once, disks that are gone apart, and how many copies of
// everything there are.
#include <doctest/doctest.h>

#include "actors/link/host_overview.hpp"

namespace carillon {
namespace {

settings configured(const std::vector<std::string>& hosts, const std::string& me) {
  settings out;
  out.host.name = me;
  for (const std::string& name : hosts) {
    settings::cluster_host host;
    host.name = name;
    out.cluster.hosts.push_back(host);
  }
  return out;
}

struct disk {
  std::uint64_t id;
  const char* name;
};

// All slots on `replicas`.
wire::ring_view view_of(const std::vector<disk>& members, const std::vector<std::uint64_t>& replicas) {
  wire::ring_view out;
  for (const disk& each : members) {
    auto& member = *out.add_members();
    member.set_store_id(each.id);
    member.set_name(each.name);
  }
  for (int slot = 0; slot < 4; ++slot) {
    auto& place = *out.add_slots();
    for (std::uint64_t id : replicas)
      place.add_replicas(id);
  }
  return out;
}

std::string names_in(const host_overview& of) {
  std::string out;
  for (const auto& peer : of.peers) {
    out += peer.name;
    out += peer.heard ? "+ " : "- ";
  }
  return out;
}

TEST_CASE("overview: three hosts that hold everything three times lack nothing") {
  const auto of = overview_of(view_of({{1, "a"}, {2, "b"}, {3, "c"}}, {1, 2, 3}),
                              configured({"a", "b", "c"}, "a"), 1, {2});
  CHECK(names_in(of) == "b+ c- ");
  CHECK(of.former_disks.empty());
  CHECK(of.hosts_configured == 3);
  CHECK(of.hosts_in_cluster == 3);
  CHECK(of.copies == 3);
  CHECK(of.copies_wanted == 3);
  CHECK(of.shortfall().empty());
}

TEST_CASE("overview: a host that came back with an empty disk is listed once, its old disk apart") {
  const auto view = view_of({{1, "a"}, {2, "b"}, {3, "c"}, {4, "b"}}, {1, 2, 3});
  const auto of = overview_of(view, configured({"a", "b", "c"}, "a"), 1, {3, 4});
  CHECK(names_in(of) == "b+ c+ ");
  CHECK(of.former_disks == std::vector<std::string>{"b"});
  CHECK(of.hosts_in_cluster == 3);
  CHECK(of.copies == 2);
  CHECK(of.shortfall() ==
        "of 3 hosts configured, 3 are in the cluster, and slots have 2 copies only instead of 3: the "
        "loss of a disk may lose what was acknowledged");
  // As that host itself sees it.
  const auto own = overview_of(view, configured({"a", "b", "c"}, "b"), 4, {1, 3});
  CHECK(names_in(own) == "a+ c+ ");
  CHECK(own.former_disks == std::vector<std::string>{"b"});
  // None of its disks is heard: it is down, and which one it has is not known.
  const auto down = overview_of(view, configured({"a", "b", "c"}, "a"), 1, {3});
  CHECK(names_in(down) == "b- c+ ");
  CHECK(down.former_disks.empty());
  CHECK(down.copies == 3);
}

TEST_CASE("overview: a folder of one host with a list of three has one copy and says so") {
  for (const auto& view : {view_of({{1, "a"}}, {1}), view_of({{1, ""}}, {1})}) {
    const auto of = overview_of(view, configured({"a", "b", "c"}, "a"), 1, {});
    CHECK(of.hosts_configured == 3);
    CHECK(of.hosts_in_cluster == 1);
    CHECK(of.copies == 1);
    CHECK(of.copies_wanted == 3);
    CHECK(of.shortfall().find("ONE COPY ONLY instead of 3") != std::string::npos);
    CHECK(of.shortfall().ends_with("Slots stay on the disks they were founded on"));
  }
}

TEST_CASE("overview: one host alone lacks nothing, and before places are known nothing is said") {
  const auto alone = overview_of(view_of({{1, ""}}, {1}), settings(), 1, {});
  CHECK(alone.hosts_configured == 1);
  CHECK(alone.copies_wanted == 1);
  CHECK(alone.peers.empty());
  CHECK(alone.shortfall().empty());
  const auto early = overview_of({}, configured({"a", "b", "c"}, "a"), 1, {});
  CHECK(early.copies == 0);
  CHECK(early.shortfall().empty());
}

}  // namespace
}  // namespace carillon
