// Which gateway a client is sent to: nearest region, then room; never one that rests, drains, is
// full, is not heard or that the client cannot surely reach.
#include "actors/gateway_choice.hpp"

#include <map>

#include <doctest/doctest.h>

namespace carillon {
namespace {

gateway_place place(const std::string& url, const std::string& region = {}, std::uint32_t open = 0,
                    std::uint32_t limit = 100) {
  return {.url = url, .region = region, .serves = true, .room = {open, limit}};
}
gateway_place here(const std::string& region = {}, std::uint32_t open = 0) {
  return place("", region, open);
}

// What is chosen with each of many seeds: how often which URL.
using shares = std::map<std::string, int>;
shares choose(const gateway_place& own, const std::vector<gateway_place>& others,
              const std::string& region = {}) {
  shares out;
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    seeded_random chance(seed);
    ++out[choose_gateway(own, others, region, chance).url];
  }
  return out;
}
bool always(const shares& seen, const std::string& url) {
  return seen == shares{{url, 1'000}};
}
gateway_reason why(const gateway_place& own, const std::vector<gateway_place>& others,
                   const std::string& region = {}) {
  seeded_random chance(1);
  return choose_gateway(own, others, region, chance).why;
}

// Hosts a, b and c, each with the number of its name as its disk; this one is a.
struct site {
  site() {
    for (std::uint64_t id = 1; id <= 3; ++id) {
      const std::string name(1, static_cast<char>('a' + id - 1));
      settings::cluster_host& host = config.cluster.hosts.emplace_back();
      host.name = name;
      host.listen = "10.0.0." + std::to_string(id) + ":8080";
      auto* member = view.add_members();
      member->set_store_id(id);
      member->set_name(name);
      rooms[id] = {1, 100};
    }
    config.host.listen = "10.0.0.1:8080";
  }
  void wish(std::uint64_t id, wire::host_intent intent) {
    auto* wish = view.add_wishes();
    wish->set_store_id(id);
    wish->set_intent(intent);
  }
  gateways_known known() const { return {view, config, 1, heard, rooms, {1, 100}}; }
  std::vector<gateway_place> others(const std::string& asked = "10.0.0.1:8080") const {
    return other_gateways(known(), asked);
  }
  shares ask(const std::string& asked = "10.0.0.1:8080") const {
    return choose(own_gateway(known()), others(asked));
  }
  wire::ring_view view;
  settings config;
  std::vector<std::uint64_t> heard{2, 3};
  gateway_board::rooms rooms;
};

}  // namespace

TEST_CASE("gateway: the client's region comes first, then this host's, then any") {
  const auto eu = place("eu", "eu"), us = place("us", "us"), asia = place("asia", "asia");
  CHECK(always(choose(here("eu"), {eu, us, asia}, "us"), "us"));
  CHECK(why(here("eu"), {us}, "us") == gateway_reason::region);
  // Nobody is in its region, or nobody has room there.
  CHECK(always(choose(here("eu"), {us, asia}, "mars"), ""));
  CHECK(always(choose(here("eu"), {place("us", "us", 95), asia}, "us"), ""));
  // Nor here.
  CHECK(always(choose(here("eu", 95), {eu, asia}, "us"), "eu"));
  CHECK(always(choose(here("eu", 95), {asia}, "us"), "asia"));
}

TEST_CASE("gateway: a client that names no region has this host's") {
  CHECK(always(choose(here("eu"), {place("us", "us"), place("eu", "eu")}), ""));
  CHECK(always(choose(here("eu", 95), {place("us", "us"), place("eu", "eu")}), "eu"));
  CHECK(always(choose(here("", 95), {place("us", "us"), place("none")}), "none"));
}

TEST_CASE("gateway: a host is full from 95 in a hundred of its limit on") {
  CHECK_FALSE(is_full({94, 100}));
  CHECK(is_full({95, 100}));
  CHECK(is_full({100, 100}));
  CHECK_FALSE(is_full({18, 19}));  // 94.7
  CHECK(is_full({19, 19}));
  CHECK_FALSE(is_full({0, 1}));
  CHECK(is_full({1, 1}));
  CHECK_FALSE(is_full({5, 0}));  // it does not say
  CHECK_FALSE(is_full({4'000'000'000 / 100 * 94, 4'000'000'000}));
  CHECK(is_full({4'000'000'000 / 100 * 95, 4'000'000'000}));
}

TEST_CASE("gateway: this host keeps its clients until another one has ten points more free") {
  CHECK(always(choose(here("", 50), {place("b", "", 41)}), ""));
  CHECK(always(choose(here("", 50), {place("b", "", 40)}), "b"));
  CHECK(why(here("", 50), {place("b", "", 40)}) == gateway_reason::room);
  // It is a share: of larger hosts, more.
  CHECK(always(choose(here("", 50), {place("b", "", 40'000, 100'000)}), "b"));
  CHECK(always(choose(here("", 50), {place("b", "", 41'000, 100'000)}), ""));
  // Not in another region.
  CHECK(always(choose(here("eu", 50), {place("us", "us", 0)}), ""));
}

TEST_CASE("gateway: of several with more room, none gets all") {
  const auto seen =
      choose(here("", 60), {place("b", "", 40), place("c", "", 10), place("d", "", 60)});
  CHECK(seen.at("b") > 250);
  CHECK(seen.at("c") > 250);
  CHECK(seen.at("") > 250);
  CHECK_FALSE(seen.contains("d"));
}

TEST_CASE("gateway: who must leave goes to the freer of two that are drawn") {
  const auto seen =
      choose(here("", 95), {place("b", "", 10), place("c", "", 50), place("d", "", 90)});
  CHECK(seen.at("b") > 500);   // 5 of 9
  CHECK(seen.at("c") > 280);   // 3 of 9
  CHECK(seen.at("d") > 60);    // 1 of 9: both draws
  CHECK_FALSE(seen.contains(""));
  CHECK(why(here("", 95), {place("b")}) == gateway_reason::full);
}

TEST_CASE("gateway: a host whose room nobody knows is the last choice, and no reason to leave") {
  const auto unknown = place("old", "", 0, 0);
  CHECK(always(choose(here("", 94), {unknown}), ""));
  CHECK(always(choose(here("", 95), {unknown}), "old"));
  CHECK(choose(here("", 95), {unknown, place("b")}).at("b") > 700);
  gateway_place own = here();
  own.room = {};
  CHECK(always(choose(own, {place("b")}), ""));
}

TEST_CASE("gateway: nobody is sent to a full host, or to one that does not serve") {
  gateway_place resting = place("b");
  resting.serves = false;
  CHECK(always(choose(here("", 100), {resting, place("c", "", 95)}), ""));
  CHECK(why(here("", 100), {resting, place("c", "", 95)}) == gateway_reason::nowhere);
  gateway_place own = here();
  own.serves = false;
  CHECK(always(choose(own, {resting}), ""));
  CHECK(always(choose(own, {resting, place("c", "", 94)}), "c"));
  CHECK(why(own, {place("c")}) == gateway_reason::resting);
  CHECK(why(here(), {}) == gateway_reason::here);
}

TEST_CASE("gateway: a storm of clients is spread, though all hosts know the same") {
  // A thousand clients of one region, at a host of another; the room known is that of before.
  const auto seen = choose(
      here("eu"), {place("1", "us", 10), place("2", "us", 10), place("3", "us", 10)}, "us");
  for (const char* each : {"1", "2", "3"})
    CHECK(seen.at(each) > 250);
}

TEST_CASE("gateways: a host that rests, drains or leaves sends clients to those that serve") {
  for (const wire::host_intent intent : {wire::HOST_RESTS, wire::HOST_DRAINS, wire::HOST_LEAVES}) {
    site of;
    CHECK(always(of.ask(), ""));
    of.wish(1, intent);
    CHECK(of.ask().size() == 2);
    CHECK_FALSE(of.ask().contains(""));
    of.heard = {3};
    CHECK(always(of.ask(), "http://10.0.0.3:8080"));
    of.wish(3, intent);
    CHECK(always(of.ask(), ""));
    of.heard = {2, 3};
    CHECK(always(of.ask(), "http://10.0.0.2:8080"));
    of.rooms[2] = {95, 100};
    CHECK(always(of.ask(), ""));
  }
}

TEST_CASE("gateways: nobody is sent to a host that takes nobody just now, though it is heard") {
  // It starts and does not listen yet, ends and hears no more, or its disk does not write.
  site of;
  of.wish(1, wire::HOST_RESTS);
  of.rooms[2] = {0, 0};
  CHECK(always(of.ask(), "http://10.0.0.3:8080"));
  of.rooms[3] = {0, 0};
  CHECK(always(of.ask(), ""));
  of.rooms.erase(3);  // a program that says nothing of clients
  CHECK(always(of.ask(), "http://10.0.0.3:8080"));
}

TEST_CASE("gateways: nobody is sent to an address that means every address") {
  site of;
  CHECK(of.others().size() == 2);
  of.config.cluster.hosts[1].listen = "0.0.0.0:8080";
  of.config.cluster.hosts[2].listen = "[::]:8080";
  CHECK(of.others().empty());
}

TEST_CASE("gateways: who came by another name came through a proxy, and comes through it again") {
  site of;
  CHECK(of.others("chat.example.org").empty());
  CHECK(of.others("").empty());
  of.view.mutable_members(1)->set_public_url("https://b.example.org");
  REQUIRE(of.others("a.example.org").size() == 1);
  CHECK(of.others("a.example.org")[0].url == "https://b.example.org");
}

TEST_CASE("gateways: hosts behind one balancer have one public URL, and it chooses") {
  site of;
  of.config.host.public_url = "https://chat.example.org";
  for (auto& each : *of.view.mutable_members())
    each.set_public_url("https://chat.example.org");
  for (const char* asked : {"chat.example.org", "10.0.0.1:8080"}) {
    CHECK(always(of.ask(asked), ""));
    of.wish(1, wire::HOST_RESTS);
    CHECK(always(of.ask(asked), ""));
  }
}

TEST_CASE("gateways: a host that sends its clients away sends none out of its region while its balancer has others") {
  // a and b behind the balancer of eu; c in us.
  site of;
  of.config.host.public_url = "https://eu.example.org";
  for (int i = 0; i < 3; ++i) {
    of.view.mutable_members(i)->set_region(i < 2 ? "eu" : "us");
    of.view.mutable_members(i)->set_public_url(i < 2 ? "https://eu.example.org"
                                                     : "https://us.example.org");
  }
  CHECK(always(of.ask(), ""));
  of.wish(1, wire::HOST_DRAINS);
  CHECK(always(of.ask(), ""));
  CHECK(why(own_gateway(of.known()), of.others()) == gateway_reason::here);
  of.rooms[2] = {95, 100};
  CHECK(always(of.ask(), "https://us.example.org"));
  CHECK(why(own_gateway(of.known()), of.others()) == gateway_reason::resting);
  // Who has no place here leaves for another region's, as ever.
  of.rooms[2] = {1, 100};
  CHECK(always(choose(own_gateway(of.known()), of.others(), "us"), "https://us.example.org"));
}

TEST_CASE("gateways: nobody is moved for room to where only the balancer can send") {
  const auto behind_the_same = place("", "", 0);
  CHECK(always(choose(here("", 50), {behind_the_same}), ""));
  CHECK(why(here("", 50), {behind_the_same}) == gateway_reason::here);
  CHECK(always(choose(here("", 50), {behind_the_same, place("b", "", 10)}), "b"));
}

TEST_CASE("gateways: regions are those of the ring's members") {
  site of;
  CHECK_FALSE(is_region(of.view, ""));
  CHECK_FALSE(is_region(of.view, "eu"));
  of.view.mutable_members(0)->set_region("eu");
  of.view.mutable_members(1)->set_region("us");
  CHECK(is_region(of.view, "eu"));
  CHECK_FALSE(is_region(of.view, "EU"));
  CHECK(own_gateway(of.known()).region == "eu");
  CHECK(of.others()[0].region == "us");
  CHECK(of.others()[0].room == gateway_room{1, 100});
  of.rooms.clear();
  CHECK(of.others()[0].room == gateway_room{});
}

}  // namespace carillon
