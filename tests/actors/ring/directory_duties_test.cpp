// How the meta group's log becomes each host's directory: from the host's own file and log alone as
// long as they meet, else by way of another host's copy; so much at a time as a host has room for.
#include "tests/actors/ring/three_rings.hpp"

namespace carillon::test {
namespace {

constexpr std::chrono::milliseconds patient{15'000};
constexpr int many = 60;  // more than twice log_keep below

std::string nth(int n) {
  return "command " + std::to_string(n);
}

std::vector<std::string> first_of(int count) {
  std::vector<std::string> out;
  for (int n = 0; n < count; ++n)
    out.push_back(nth(n));
  return out;
}

void commit_many(three_rings& world, int from, int to) {
  for (int n = from; n < to; ++n) {
    world.until_led();
    REQUIRE(world.commit(world.leader(), nth(n), patient));
  }
}

struct roles {
  explicit roles(three_rings& world) {
    world.until_founded();
    world.until_led();
    leader = world.leader();
    one = leader % 3 + 1;
    other = one % 3 + 1;
  }
  raft::member_id leader = 0, one = 0, other = 0;
};

// How a host refuses who wants a copy of its directory as of `index`; nullopt: it gives one.
std::optional<errc> ask_copy(three_rings& world, raft::member_id of, raft::log_index index) {
  auto what = std::make_shared<wire::peer_request>();
  what->mutable_fetch()->set_slot(test_slots);
  what->mutable_fetch()->set_family(storage::directory_copy_family);
  what->mutable_fetch()->set_index(index);
  std::optional<errc> out = errc::internal_error;
  caf::scoped_actor self{world.system};
  self->request(world.at(of).host.meta, patient, peer_asks{9, test_slots, what})
      .receive(
          [&](const peer_reply_box& reply) {
            auto refused = reply_error(*reply);
            out = refused ? std::optional(refused->code) : std::nullopt;
          },
          [](const caf::error&) {});
  return out;
}

}  // namespace

TEST_CASE("meta: a host's log keeps what its own directory has not, however far the leader's is") {
  three_rings world({.log_keep = 4});
  const roles who(world);
  world.at(who.one).directory.set_applies(false);
  commit_many(world, 0, many);
  int n = many;
  world.until([&] {  // the others trim what their directories have
    commit_many(world, n, n + 1);
    ++n;
    return world.log_begins(who.leader) > many / 2 && world.log_begins(who.other) > many / 2;
  });
  world.until([&] { return world.delivered(who.one).size() == static_cast<std::size_t>(n); });
  CHECK(world.log_begins(who.one) == 1);
  world.at(who.one).directory.set_applies(true);
  world.until([&] {  // and so does this one, then
    commit_many(world, n, n + 1);
    ++n;
    return world.log_begins(who.one) > many / 2;
  });
}

TEST_CASE("meta: when the leader is gone with its disk and all other directories are far behind, they "
          "are built from their own logs") {
  three_rings world({.log_keep = 4});
  const roles who(world);
  for (auto id : {who.one, who.other})
    world.at(id).directory.set_applies(false);
  commit_many(world, 0, many);
  world.until([&] { return world.log_begins(who.leader) > many / 2; });
  commit_many(world, many, 2 * many);
  world.until([&] {
    return world.delivered(who.one).size() == 2 * many &&
           world.delivered(who.other).size() == 2 * many;
  });
  world.at(who.leader).cut_off = true;  // for ever
  for (auto id : {who.one, who.other}) {
    REQUIRE(world.at(id).directory.rows().empty());
    world.at(id).directory.set_applies(false);
    world.restart(id);
    world.at(id).directory.set_applies(true);
  }
  world.until([&] {
    return world.at(who.one).directory.rows().size() == 2 * many &&
           world.at(who.other).directory.rows().size() == 2 * many;
  });
  for (auto id : {who.one, who.other}) {
    CHECK(world.at(id).directory.rows() == first_of(2 * many));
    CHECK(world.at(id).directory.asked() == 0);
  }
  world.until_led();
  REQUIRE(world.commit(world.leader(), "life goes on", patient));
}

TEST_CASE("meta: a host whose log begins after its directory takes the copy of one that is ahead, also "
          "when the leader has none to give") {
  three_rings world({.log_keep = 4});
  const roles who(world);
  commit_many(world, 0, 3);
  world.until([&] { return world.at(who.one).directory.rows().size() == 3; });
  world.at(who.one).cut_off = true;
  commit_many(world, 3, many);
  world.until([&] {
    commit_many(world, 0, 1);  // the cursor goes along
    return world.log_begins(who.leader) > many / 2;
  });
  world.at(who.leader).directory.set_gives(false);
  world.at(who.one).cut_off = false;
  world.until([&] {
    return world.at(who.one).directory.rows() == world.at(who.leader).directory.rows();
  });
  CHECK(world.at(who.leader).directory.copies() == 0);
  CHECK(world.at(who.other).directory.copies() > 0);
  REQUIRE(world.commit(who.one, "after that", patient));
  world.until([&] { return world.at(who.one).directory.rows().back() == "after that"; });
}

TEST_CASE("meta: a copy is given by whoever holds that much, as of no more than is committed") {
  three_rings world;
  const roles who(world);
  auto index = world.commit(who.leader, "the last one", patient);
  REQUIRE(index);
  for (auto& each : world.hosts) {
    world.until([&] { return each.directory.at() >= *index; });
    CHECK(ask_copy(world, each.id, *index + 1'000) == errc::not_owner);
    CHECK(each.directory.asked() == 0);
    CHECK(!ask_copy(world, each.id, *index));
    CHECK(each.directory.copies() == 1);
  }
}

TEST_CASE("meta: a directory that does not follow is given so many commands, the rest stays in the log; "
          "changes asked for there are refused and nothing is lost") {
  ring_options_of_test how;
  SUBCASE("counted") { how.bounds = {.in_hand = 4, .behind = 8}; }
  SUBCASE("weighed") { how.bounds = {.in_hand_bytes = 4 * nth(1).size(), .behind = 8}; }
  three_rings world(how);
  const roles who(world);
  world.at(who.one).directory.set_applies(false);
  commit_many(world, 0, 9);  // of one length
  std::vector<std::string> expected = first_of(9);
  world.until([&] {
    const std::string next = "more " + std::to_string(expected.size());
    auto outcome = world.commit(who.one, next, patient);
    if (outcome)
      expected.push_back(next);
    return !outcome && outcome.code() == errc::overloaded;
  });
  CHECK(world.delivered(who.one) == first_of(4));
  REQUIRE(world.commit(who.other, "elsewhere it is taken", patient));
  expected.push_back("elsewhere it is taken");
  world.at(who.one).directory.set_applies(true);
  world.until([&] { return world.at(who.one).directory.rows() == expected; });
  world.until([&] { return bool(world.commit(who.one, "and here again", patient)); });
  expected.push_back("and here again");
  for (auto& each : world.hosts)
    world.until([&] { return each.directory.rows() == expected; });
}

}  // namespace carillon::test
