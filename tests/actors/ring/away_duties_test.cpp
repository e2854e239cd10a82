// Having been away: a host that was frozen or cut off counts as cut off until its directory holds what
// the others committed meanwhile, from the first moment that it runs again.
#include "tests/actors/ring/three_rings.hpp"

namespace carillon::test {
namespace {

constexpr std::chrono::milliseconds patient{15'000};

struct one_away {
  one_away() {
    world.until_founded();
    world.until_led();
    world.until([&] { return !health().cut_off(); });
  }
  cluster_health& health() { return world.at(away).health; }
  paper_directory& directory() { return world.at(away).directory; }
  // It hears the others again; its directory is slow.
  void come_back_slowly() {
    const int returns = world.at(away).returns.load();
    directory().set_applies(false);
    world.at(away).frozen = world.at(away).cut_off = false;
    world.until([&] { return directory().given().size() == 1; });
    int looks = 0;
    world.until([&] {
      CHECK(health().cut_off());
      return ++looks > 20;
    });
    directory().set_applies(true);
    world.until([&] { return !health().cut_off(); });
    CHECK(directory().rows() == std::vector<std::string>{"a token is revoked"});
    CHECK(world.at(away).returns.load() > returns);
  }

  three_rings world{{.suspect_ms = 200}};
  raft::member_id away = 3;
};

}  // namespace

TEST_CASE("away: whoever wakes up is cut off at once, until it has what was committed meanwhile") {
  one_away it;
  it.world.until([&] { return it.world.leader() != 0; });
  it.away = it.world.leader() == 3 ? 2 : 3;
  it.world.at(it.away).frozen = true;
  REQUIRE(it.world.commit(it.world.leader(), "a token is revoked", patient));
  // Its own actor had no word in this.
  it.world.until([&] { return it.health().cut_off(); });
  it.come_back_slowly();
}

TEST_CASE("away: whoever was cut off stays so until it has what was committed meanwhile") {
  one_away it;
  it.away = it.world.leader() == 3 ? 2 : 3;
  it.world.at(it.away).cut_off = true;
  REQUIRE(it.world.commit(it.world.leader(), "a token is revoked", patient));
  it.world.until([&] { return it.health().cut_off(); });
  it.come_back_slowly();
}

TEST_CASE("away: a leader that wakes up hears from its successor what it missed") {
  one_away it;
  it.away = it.world.leader();
  it.world.at(it.away).frozen = true;
  it.world.until([&] { return it.world.leader() != 0 && it.world.leader() != it.away; });
  REQUIRE(it.world.commit(it.world.leader(), "a token is revoked", patient));
  it.world.until([&] { return it.health().cut_off(); });
  it.come_back_slowly();
}

}  // namespace carillon::test
