// A copy of the directory for a host whose log starts too late: pieces in order, found damaged when
// they are, made anew when too old; the taker's readers see the old rows or the new ones.
#include <fstream>

#include "storage/directory_copier.hpp"
#include "storage/slot_range.hpp"
#include "tests/storage/directory_fixture.hpp"
#include "tests/storage/directory_homes/command_log.hpp"
#include "tests/storage/directory_homes/folder.hpp"

using namespace carillon;
using namespace carillon::storage;
using namespace carillon::test;

namespace {

wire::fetch_chunk first_piece(std::uint64_t index) {
  wire::fetch_chunk asked;
  asked.set_family(directory_copy_family);
  asked.set_index(index);
  asked.set_bytes_max(16u << 10);
  return asked;
}

// Carries a whole copy over; how many pieces it took.
std::size_t pull(directory_copier& from, directory_copier& to, std::uint64_t index) {
  auto asked = first_piece(index);
  for (std::size_t pieces = 1;; ++pieces) {
    auto piece = from.read_chunk(asked);
    REQUIRE_MESSAGE(piece, (piece ? std::string() : piece.error().describe()));
    status taken = to.take_chunk(*piece);
    REQUIRE_MESSAGE(taken, (taken ? std::string() : taken.error().describe()));
    if (piece->last())
      return pieces;
    asked.set_after_key(piece->rows(piece->rows_size() - 1).key());
  }
}

// Two hosts; the first has a directory with 100 people, the second has missed all of it.
struct two_hosts {
  two_hosts() : ahead(folder.file("ahead")), behind(folder.file("behind"), events()) {
    log.join(ahead);
    directory = log.open_on(ahead);
    REQUIRE(directory->found(directory_fixture::founding()));
    for (std::uint64_t n = 1; n <= 100; ++n) {
      auto row = directory_fixture::person(n, "u" + std::to_string(n));
      row.profile = std::string(3'000, 'p');
      REQUIRE(directory->add_user(row, "hash"));
    }
    ahead.settle();
  }
  directory_events events() {
    return [this](const directory_event& event) { told.push_back(event); };
  }

  test_folder folder;
  std::vector<directory_event> told;  // to `behind`
  host_directory ahead;
  host_directory behind;
  command_log log;
  std::unique_ptr<storage::directory> directory;
  directory_copier giver{ahead.file, *ahead.applier};
  directory_copier taker{behind.file, *behind.applier};
};

}  // namespace

TEST_CASE(
    "copy: in many pieces the other host gets every row, and goes on with the log from there") {
  two_hosts two;
  auto reader = open_reader(two.behind.file);
  REQUIRE(reader);
  CHECK((*reader)->teams()->empty());
  const std::uint64_t wanted = two.ahead.applier->applied() + 1;  // an entry that is not ours
  two.ahead.applier->take({{wanted, {}}});
  CHECK(pull(two.giver, two.taker, wanted) > 3);
  CHECK(two.behind.applier->applied() == wanted);
  CHECK(two.behind.told == wanted);
  CHECK(*(*reader)->count_users(team_id(1)) == 100);
  CHECK((*reader)->default_team()->name == "Home");
  two.log.join(two.behind);
  auto other = two.log.open_on(two.behind);
  REQUIRE(other->add_user(directory_fixture::person(101, "u101"), ""));
  auto same_name = directory_fixture::person(102, "u7");
  same_name.email = "102@example.com";
  CHECK(other->add_user(same_name, "").code() == errc::name_taken);
  two.ahead.settle();
  CHECK(*two.directory->count_users(team_id(1)) == 101);
}

TEST_CASE("copy: what happened meanwhile ends sessions as the commands would have") {
  two_hosts two;
  const std::string hash(32, 'h'), kept(32, 'k');
  REQUIRE(two.directory->add_token(directory_fixture::token(hash, 1)));
  REQUIRE(two.directory->add_token(directory_fixture::token(kept, 2)));
  pull(two.giver, two.taker, two.ahead.applier->applied());
  CHECK(two.told.empty());
  REQUIRE(two.directory->revoke_token(hash));
  REQUIRE(two.directory->set_disabled(user_id(3), true, 1));
  pull(two.giver, two.taker, two.ahead.applier->applied());
  REQUIRE(two.told.size() == 2);
  CHECK(two.told[0].what == directory_event::kind::token_revoked);
  CHECK(two.told[0].token_hash == hash);
  CHECK(two.told[1].what == directory_event::kind::user_shut_out);
  CHECK(two.told[1].user == user_id(3));
}

TEST_CASE("copy: whose endpoints of pushes are comes with it") {
  two_hosts two;
  const std::string endpoint(32, 'e');
  REQUIRE(two.directory->claim_push({endpoint, user_id(2), "phone", std::string(32, 's'), 5}));
  two.ahead.settle();
  pull(two.giver, two.taker, two.ahead.applier->applied());
  auto reader = open_reader(two.behind.file);
  REQUIRE(reader);
  auto claim = (*reader)->find_push_claim(endpoint);
  REQUIRE(claim);
  REQUIRE(*claim);
  CHECK((*claim)->user == user_id(2));
}

TEST_CASE("copy: one that is new enough serves the next who asks, an older one is made anew") {
  two_hosts two;
  const std::uint64_t now = two.ahead.applier->applied();
  auto first = two.giver.read_chunk(first_piece(now));
  REQUIRE(first);
  REQUIRE(two.directory->set_password(user_id(1), "x"));
  CHECK(two.giver.read_chunk(first_piece(now))->rows(0).key() == first->rows(0).key());
  two.ahead.settle();
  auto newer = two.giver.read_chunk(first_piece(two.ahead.applier->applied()));
  REQUIRE(newer);
  CHECK(newer->rows(0).key() != first->rows(0).key());
  // Who is in the middle of the former one starts again.
  auto asked = first_piece(now);
  asked.set_after_key(first->rows(0).key());
  CHECK(two.giver.read_chunk(asked).code() == errc::not_found);
  asked.set_after_key("not a place");
  CHECK(two.giver.read_chunk(asked).code() == errc::invalid_arguments);
}

TEST_CASE(
    "copy: a flipped bit, a missing piece and a piece of nowhere are found, nothing is replaced") {
  two_hosts two;
  auto first = two.giver.read_chunk(first_piece(1));
  REQUIRE(first);
  auto flipped = *first;
  (*flipped.mutable_rows(0)->mutable_value())[100] ^= 1;
  CHECK(two.taker.take_chunk(flipped).code() == errc::corrupt_record);

  auto asked = first_piece(1);
  asked.set_after_key(first->rows(0).key());
  auto second = two.giver.read_chunk(asked);
  REQUIRE(second);
  CHECK(two.taker.take_chunk(*second).code() == errc::corrupt_record);  // the first is missing
  REQUIRE(two.taker.take_chunk(*first));
  REQUIRE(two.taker.take_chunk(*second));
  CHECK(two.taker.take_chunk(*second).code() == errc::corrupt_record);  // twice

  auto nowhere = *first;
  nowhere.mutable_rows(0)->set_key("x");
  nowhere.set_crc32c(checksum_of(nowhere));
  CHECK(two.taker.take_chunk(nowhere).code() == errc::corrupt_record);

  // Whole pieces of something that is no directory.
  auto garbage = *first;
  for (char& c : *garbage.mutable_rows(0)->mutable_value())
    c = 'x';
  garbage.set_last(true);
  garbage.set_crc32c(checksum_of(garbage));
  CHECK(two.taker.take_chunk(garbage).code() == errc::corrupt_record);
  CHECK(two.behind.applier->applied() == 0);
  pull(two.giver, two.taker, 1);
  CHECK(*two.log.open_on(two.behind)->count_users(team_id(1)) == 100);
}

TEST_CASE("copy: a directory that is ahead of the copy stays as it is") {
  two_hosts two;
  auto asked = first_piece(1);
  asked.set_bytes_max(4u << 20);
  auto whole = two.giver.read_chunk(asked);
  REQUIRE(whole);
  REQUIRE(whole->last());
  two.log.join(two.behind);
  REQUIRE(two.directory->set_password(user_id(1), "newer"));
  two.behind.settle();
  const std::uint64_t before = two.behind.applier->applied();
  REQUIRE(two.taker.take_chunk(*whole));
  CHECK(two.behind.applier->applied() == before);
  CHECK(*two.log.open_on(two.behind)->password_hash(user_id(1)) == "newer");
}

TEST_CASE("copy: one is never given, nor taken, as of an index that it does not hold") {
  two_hosts two;
  const std::uint64_t held = two.ahead.applier->applied();
  CHECK(two.giver.read_chunk(first_piece(held + 1)).code() == errc::timed_out);
  CHECK(two.giver.read_chunk(first_piece(held)));
  auto replica = directory_replica::open(two.folder.file("third"));
  REQUIRE(replica);
  const std::string copy = two.ahead.file + ".copy";
  CHECK((*replica)->replace_by(copy, held + 1).code() == errc::corrupt_record);
  CHECK(*(*replica)->applied_index() == 0);
  REQUIRE((*replica)->replace_by(copy, held));
  CHECK(*(*replica)->applied_index() == held);
}

TEST_CASE("copy: its files are readable for their owner only") {
  two_hosts two;
  auto first = two.giver.read_chunk(first_piece(1));
  REQUIRE(first);
  REQUIRE(two.taker.take_chunk(*first));
  for (const std::string& path : {two.ahead.file + ".copy", two.behind.file + ".incoming"}) {
    auto mode = std::filesystem::status(path).permissions();
    CHECK(mode == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  }
}
