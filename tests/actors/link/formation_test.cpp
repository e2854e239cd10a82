// How a cluster is founded: who does, when, and what everybody else does meanwhile.
#include <doctest/doctest.h>

#include "actors/link/cluster_formation.hpp"

#include <map>

namespace carillon {
namespace {

wire::peer_hello hello(const std::string& name, std::uint64_t store_id) {
  wire::peer_hello out;
  out.set_slots(64);
  out.mutable_member()->set_name(name);
  out.mutable_member()->set_store_id(store_id);
  return out;
}

struct meeting {
  std::vector<std::string> hosts{"a", "b", "c"};
  std::map<std::string, wire::peer_hello> there;
  seeded_random random{1};

  void comes(const std::string& name, std::uint64_t store_id) { there[name] = hello(name, store_id); }
  void found(const std::string& name) {
    wire::founding_facts& facts = *there[name].mutable_founding();
    facts.set_cluster_id(99);
    facts.set_slots(64);
    facts.add_meta_voters(1);
  }
  formation seen_by(const std::string& name) {
    return form_cluster(
        hosts, there.at(name),
        [&](const std::string& other) -> const wire::peer_hello* {
          auto at = there.find(other);
          return at == there.end() ? nullptr : &at->second;
        },
        random);
  }
};

TEST_CASE("formation: the first of the list founds when the last one is there, and not before") {
  meeting all;
  all.comes("a", 30);
  all.comes("c", 10);
  CHECK_FALSE(all.seen_by("a").facts);
  CHECK(all.seen_by("a").waits_for == "not there yet: b");
  all.comes("b", 20);
  auto formed = all.seen_by("a");
  REQUIRE(formed.facts);
  CHECK(formed.facts->cluster_id() != 0);
  CHECK(formed.facts->slots() == 64);
  CHECK(std::vector<std::uint64_t>(formed.facts->meta_voters().begin(),
                                   formed.facts->meta_voters().end()) ==
        std::vector<std::uint64_t>{10, 20, 30});
}

TEST_CASE("formation: nobody else founds, however many are there") {
  meeting all;
  all.comes("b", 20);
  all.comes("c", 10);
  CHECK(all.seen_by("b").waits_for == "not there yet: a");
  all.comes("a", 30);
  CHECK_FALSE(all.seen_by("b").facts);
  CHECK(all.seen_by("c").waits_for == "all hosts are there; a founds the cluster");
}

TEST_CASE("formation: one founded host is enough, and the first of the list founds nothing then") {
  meeting all;
  all.comes("a", 31);
  all.comes("c", 10);
  all.found("c");
  all.there["c"].mutable_founding()->set_meta_voters(0, 10);
  auto formed = all.seen_by("a");
  REQUIRE(formed.facts);
  CHECK(formed.facts->cluster_id() == 99);
  CHECK(formed.facts->meta_voters_size() == 1);  // its new disk is not among them
}

TEST_CASE("formation: a new disk takes facts when a majority of the founders is there, and not before") {
  meeting all;
  all.comes("a", 31);
  all.comes("b", 20);
  all.found("b");
  for (std::uint64_t voter : {10, 20})
    all.there["b"].mutable_founding()->add_meta_voters(voter);
  CHECK_FALSE(all.seen_by("a").facts);
  CHECK(all.seen_by("a").waits_for.starts_with("b is of a cluster"));
  all.comes("c", 10);
  REQUIRE(all.seen_by("a").facts);
}

TEST_CASE("formation: the folder of another cluster on one host draws nobody with it") {
  meeting all;
  all.comes("a", 77);
  all.found("a");
  all.there["a"].mutable_founding()->clear_meta_voters();
  for (std::uint64_t voter : {77, 78, 79})
    all.there["a"].mutable_founding()->add_meta_voters(voter);
  all.comes("b", 20);
  all.comes("c", 10);
  CHECK_FALSE(all.seen_by("b").facts);
  CHECK_FALSE(all.seen_by("c").facts);
  // Who is named takes them from one host alone: the founder may have died right after founding.
  all.comes("b", 78);
  CHECK(all.seen_by("b").facts);
}

TEST_CASE("formation: facts that are not complete found nothing") {
  meeting all;
  all.comes("a", 30);
  all.comes("b", 20);
  all.there["b"].mutable_founding()->set_cluster_id(5);
  CHECK_FALSE(all.seen_by("a").facts);
}

TEST_CASE("formation: a meta group has five voters at most, the first of the list") {
  meeting all;
  all.hosts = {"a", "b", "c", "d", "e", "f"};
  for (std::size_t i = 0; i < all.hosts.size(); ++i)
    all.comes(all.hosts[i], i + 1);
  auto formed = all.seen_by("a");
  REQUIRE(formed.facts);
  CHECK(formed.facts->meta_voters_size() == 5);
  CHECK(formed.facts->meta_voters(4) == 5);
}

}  // namespace
}  // namespace carillon
