// Friendship as one fact with a row on either side: whoever says what, and in whatever order the words
// arrive, both sides come to the same.
#include "actors/user/friend_book.hpp"

#include <doctest/doctest.h>

#include "runtime/base/random.hpp"

namespace carillon::test {
namespace {

const entity_id ann{id_kind::user, 1};
const entity_id ben{id_kind::user, 2};
using ids = std::vector<entity_id>;

wire::change_friend word(const entity_id& other, bool is_friend) {
  wire::change_friend out;
  out.set_user_id(other.text());
  out.set_friend_(is_friend);
  return out;
}

// What the row of `owner` that a decision writes is to the other side (actors/slot/projection.cpp).
wire::project_friend seen_from_there(const entity_id& owner, const user_outcome& outcome) {
  wire::project_friend out;
  *out.mutable_row() = outcome->command->user().friends(0);
  out.mutable_row()->set_user_id(owner.text());
  return out;
}

TEST_CASE("friends: adding writes a row here, and the same word makes it so on the other side") {
  friend_book here(ann, 10), there(ben, 10);
  auto added = here.change(word(ben, true), 100);
  REQUIRE(added);
  REQUIRE(added->command);
  CHECK(added->command->user().user_id() == ann.text());
  CHECK(here.friends() == ids{ben});
  auto told = there.project(seen_from_there(ann, added));
  REQUIRE(told);
  REQUIRE(told->command);
  CHECK(told->command->user().friends(0).by() == ann.text());  // so it does not travel back
  CHECK(there.friends() == ids{ann});
  CHECK(there.project(seen_from_there(ann, added))->reply.already());
}

TEST_CASE("friends: either of the two ends it for both") {
  friend_book here(ann, 10), there(ben, 10);
  REQUIRE(there.project(seen_from_there(ann, here.change(word(ben, true), 100))));
  auto ended = there.change(word(ann, false), 50);  // its clock is behind: the time rises all the same
  REQUIRE(ended->command);
  CHECK(here.project(seen_from_there(ben, ended))->command);
  CHECK(here.friends().empty());
  CHECK(there.friends().empty());
}

TEST_CASE("friends: what is so already is no change, also what never was") {
  friend_book book(ann, 10);
  CHECK(book.change(word(ben, false), 100)->reply.already());
  REQUIRE(book.change(word(ben, true), 100));
  CHECK(book.change(word(ben, true), 101)->reply.already());
  CHECK(book.count() == 1);
}

TEST_CASE("friends: oneself and what is no user are refused") {
  friend_book book(ann, 10);
  CHECK(book.change(word(ann, true), 100).code() == errc::invalid_arguments);
  CHECK(book.change(word({id_kind::channel, 5}, true), 100).code() == errc::invalid_arguments);
  wire::change_friend nobody;
  nobody.set_friend_(true);
  CHECK(book.change(nobody, 100).code() == errc::invalid_arguments);
}

TEST_CASE("friends: the last that there is room for is taken, the next is refused, until one goes") {
  friend_book book(ann, 2);
  CHECK(book.change(word({id_kind::user, 10}, true), 1));
  CHECK(book.change(word({id_kind::user, 11}, true), 2));
  CHECK(book.change(word({id_kind::user, 12}, true), 3).code() == errc::too_many_users);
  CHECK(book.change(word({id_kind::user, 10}, false), 4));
  CHECK(book.change(word({id_kind::user, 12}, true), 5));
  CHECK(book.count() == 2);
}

TEST_CASE("friends: rows from the tables are what there was, tombstones with the time of their word") {
  friend_book book(ann, 10);
  wire::user_friend is, was;
  is.set_user_id(ben.text());
  is.set_friend_(true);
  is.set_changed(100);
  was.set_user_id(entity_id{id_kind::user, 3}.text());
  was.set_changed(200);
  book.load({is, was});
  CHECK(book.friends() == ids{ben});
  CHECK(book.count() == 1);
  wire::project_friend old;
  *old.mutable_row() = was;
  old.mutable_row()->set_friend_(true);
  old.mutable_row()->set_changed(150);
  old.mutable_row()->set_by(was.user_id());
  CHECK(book.project(old)->reply.already());
  auto added = book.change(word({id_kind::user, 3}, true), 50);
  CHECK(added->command->user().friends(0).changed() == 201);
}

TEST_CASE("friends: on random schedules both sides come to the same") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    seeded_random random(seed);
    friend_book here(ann, 10), there(ben, 10);
    std::vector<wire::project_friend> to_there, to_here;  // on their way, at least once each
    for (int step = 0; step < 30; ++step) {
      const timestamp now = 100 + random.below(5);  // two clocks, neither trusted
      switch (random.below(4)) {
        case 0:
          if (auto said = here.change(word(ben, random.below(2) == 0), now); said->command)
            to_there.push_back(seen_from_there(ann, said));
          break;
        case 1:
          if (auto said = there.change(word(ann, random.below(2) == 0), now); said->command)
            to_here.push_back(seen_from_there(ben, said));
          break;
        case 2:
          if (!to_there.empty())
            CHECK(there.project(to_there[random.below(to_there.size())]));
          break;
        default:
          if (!to_here.empty())
            CHECK(here.project(to_here[random.below(to_here.size())]));
      }
    }
    for (const auto& each : to_there)
      REQUIRE(there.project(each));
    for (const auto& each : to_here)
      REQUIRE(here.project(each));
    CHECK(here.friends().empty() == there.friends().empty());
  }
}

}  // namespace
}  // namespace carillon::test
