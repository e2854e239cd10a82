// Teams, users and tokens in the directory: what is unique and how it is compared, the borders of
// pages, and what is left after a restart; in each shape of a directory. Channels:
// directory_channels_test.cpp; damaged files and full disks: directory_faults_test.cpp.
#include <doctest/doctest.h>

#include "tests/storage/directory_fixture.hpp"

using namespace carillon;
using namespace carillon::storage;
using namespace carillon::test;

namespace {

team_row team(std::uint64_t n, const std::string& name) {
  return {.id = team_id(n), .name = name, .domain = {}, .created = 5, .general = channel_id(n)};
}

token_row token(char c, std::uint64_t user) {
  token_row row;
  row.hash = std::string(32, c);
  row.user = user_id(user);
  row.team = team_id(1);
  row.created = static_cast<std::uint64_t>(static_cast<unsigned char>(c));
  return row;
}

std::vector<std::string> names(const std::vector<user_row>& rows) {
  std::vector<std::string> out;
  for (const user_row& row : rows)
    out.push_back(row.name);
  return out;
}

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("directory: a new file has the default team, and keeps it") {
  directory_fixture directory;
  auto first = directory->default_team();
  REQUIRE(first);
  CHECK(first->id == team_id(1));
  CHECK(first->name == "Home");
  CHECK(first->domain == "home");
  CHECK(first->general == channel_id(1));
  CHECK(first->created == 1'700'000'000);
  directory.reopen({.default_team = "Other",
                    .default_team_id = team_id(2),
                    .general_id = channel_id(2),
                    .now = day_one});
  CHECK(directory->default_team()->name == "Home");
  CHECK(directory->teams()->size() == 1);
}

TEST_CASE("directory: the first secrets that are proposed count, missing ones can follow") {
  directory_fixture directory;
  CHECK(*directory->setting("secret_key") == "");
  auto first = directory_fixture::founding();
  first.secret_key = std::string("\0\xff key", 6);
  REQUIRE(directory->found(first));
  CHECK(*directory->setting("secret_key") == first.secret_key);
  CHECK(*directory->setting("admin_token") == "");
  auto second = first;
  second.default_team = "Other";
  second.secret_key = "another";
  second.admin_token = "xapp-token";
  REQUIRE(directory->found(second));
  CHECK(*directory->setting("secret_key") == first.secret_key);
  CHECK(*directory->setting("admin_token") == "xapp-token");
  directory.reopen();
  CHECK(*directory->setting("secret_key") == first.secret_key);
  CHECK(directory->default_team()->name == "Home");
  CHECK(directory->teams()->size() == 1);
}

TEST_CASE("directory: a team's name is unique ignoring case, in any script with capitals") {
  directory_fixture directory;
  CHECK(directory->add_team(team(2, "Köln Büro")));
  auto taken = directory->add_team(team(3, "KÖLN bÜRO"));
  REQUIRE_FALSE(taken);
  CHECK(taken.code() == errc::name_taken);
  CHECK(directory->add_team(team(3, "Köln Buro")));
  auto found = directory->team_by_name("kÖLN büro");
  REQUIRE(found);
  REQUIRE(*found);
  CHECK((*found)->name == "Köln Büro");
  CHECK_FALSE(*directory->team_by_name("nobody"));
  CHECK(directory->teams()->size() == 3);
}

TEST_CASE("directory: a team's domain is made from its name and made unique") {
  directory_fixture directory;
  for (auto [n, name] :
       {std::pair{2, "My Team!"}, {3, "my. team"}, {4, "My-Team"}, {5, "우리 팀"}, {6, "日本"}})
    REQUIRE(directory->add_team(team(static_cast<std::uint64_t>(n), name)));
  CHECK((*directory->team_by_id(team_id(2)))->domain == "my-team");
  CHECK((*directory->team_by_id(team_id(3)))->domain == "my-team-2");
  CHECK((*directory->team_by_id(team_id(4)))->domain == "my-team-3");
  CHECK((*directory->team_by_id(team_id(5)))->domain == "team");
  CHECK((*directory->team_by_id(team_id(6)))->domain == "team-2");
  team_row given = team(7, "Seven");
  given.domain = "my-team";
  CHECK(directory->add_team(given).code() == errc::name_taken);
  CHECK_FALSE(*directory->team_by_id(team_id(7)));
}

TEST_CASE("directory: a user comes back whole, also after a restart") {
  directory_fixture directory;
  user_row row = directory_fixture::person(1, "anna");
  row.real_name = "Анна 안나 'O\"Hara' :x";
  row.profile = R"({"status_text":"a'b","title":"한국어"})";
  row.tz = "Asia/Seoul";
  row.owner = row.admin = true;
  row.updated = 1'700'000'001;
  REQUIRE(directory->add_user(row, "secret hash"));
  directory.reopen();
  auto found = directory->user_by_id(user_id(1));
  REQUIRE(found);
  REQUIRE(*found);
  const user_row& read = **found;
  CHECK(read.team == team_id(1));
  CHECK(read.name == "anna");
  CHECK(read.real_name == row.real_name);
  CHECK(read.email == "anna@example.com");
  CHECK(read.profile == row.profile);
  CHECK(read.tz == "Asia/Seoul");
  CHECK(read.owner);
  CHECK(read.admin);
  CHECK_FALSE(read.bot);
  CHECK_FALSE(read.disabled);
  CHECK_FALSE(read.bot_id);
  CHECK(read.created == 1'700'000'000);
  CHECK(read.updated == 1'700'000'001);
  CHECK(*directory->password_hash(user_id(1)) == "secret hash");
}

TEST_CASE("directory: name and e-mail are unique within a team, ignoring case") {
  directory_fixture directory;
  directory.add_person(1, "Anna");
  auto same_name = directory_fixture::person(2, "ANNA");
  same_name.email = "other@example.com";
  CHECK(directory->add_user(same_name, "").code() == errc::name_taken);
  // A client sees it, and SDKs log a detail as an error of the host's.
  CHECK(directory->add_user(same_name, "").error().detail.empty());
  auto same_email = directory_fixture::person(2, "berta");
  same_email.email = "anna@EXAMPLE.com";
  CHECK(directory->add_user(same_email, "").code() == errc::email_taken);
  REQUIRE(directory->add_team(team(2, "Two")));
  auto elsewhere = directory_fixture::person(2, "anna");
  elsewhere.team = team_id(2);
  CHECK(directory->add_user(elsewhere, ""));
  CHECK((*directory->user_by_name(team_id(1), "ANNA"))->id == user_id(1));
  CHECK((*directory->user_by_email(team_id(2), "Anna@example.COM"))->id == user_id(2));
  CHECK_FALSE(*directory->user_by_email(team_id(2), "berta@example.com"));
}

TEST_CASE("directory: a user of a team that is not there is refused") {
  directory_fixture directory;
  auto row = directory_fixture::person(1, "anna");
  row.team = team_id(9);
  CHECK(directory->add_user(row, "").code() == errc::team_not_found);
}

TEST_CASE("directory: bots have no e-mail, so any number of them fits, and are found by bot id") {
  directory_fixture directory;
  for (std::uint64_t n : {1, 2}) {
    auto row = directory_fixture::person(n, "bot" + std::to_string(n));
    row.email.clear();
    row.bot = true;
    row.bot_id = bot_id(n);
    REQUIRE(directory->add_user(row, ""));
  }
  CHECK((*directory->user_by_bot(bot_id(2)))->id == user_id(2));
  CHECK_FALSE(*directory->user_by_bot(bot_id(3)));
  CHECK_FALSE(*directory->user_by_bot(entity_id{}));
  CHECK_FALSE(*directory->user_by_email(team_id(1), ""));
  CHECK(*directory->count_people(team_id(1)) == 0);
  directory.add_person(3, "anna");
  CHECK(*directory->count_people(team_id(1)) == 1);
  CHECK(*directory->count_users(team_id(1)) == 3);
}

TEST_CASE("directory: a page of users ends exactly where it should") {
  directory_fixture directory;
  for (std::uint64_t n = 1; n <= 4; ++n)
    directory.add_person(5 - n, "u" + std::to_string(5 - n));
  auto all = directory->list_users(team_id(1), "", 4);
  REQUIRE(all);
  CHECK(names(all->rows) == texts{"u1", "u2", "u3", "u4"});
  CHECK(all->next.empty());
  auto first = directory->list_users(team_id(1), "", 3);
  REQUIRE(first);
  CHECK(names(first->rows) == texts{"u1", "u2", "u3"});
  CHECK(first->next == user_id(3).text());
  auto rest = directory->list_users(team_id(1), first->next, 3);
  REQUIRE(rest);
  CHECK(names(rest->rows) == texts{"u4"});
  CHECK(rest->next.empty());
  CHECK(directory->list_users(team_id(1), user_id(4).text(), 3)->rows.empty());
  CHECK(directory->list_users(team_id(2), "", 3)->rows.empty());
  CHECK(*directory->count_users(team_id(1)) == 4);
  CHECK(*directory->count_users(team_id(2)) == 0);
}

TEST_CASE("directory: users are fetched by more ids than one statement takes") {
  directory_fixture directory;
  directory.add_person(1, "first");
  directory.add_person(1'000, "last");
  std::vector<entity_id> ids;
  for (std::uint64_t n = 1'200; n > 0; --n)
    ids.push_back(user_id(n));
  ids.push_back(user_id(1));
  auto found = directory->users_by_id(ids);
  REQUIRE(found);
  CHECK(names(*found) == texts{"first", "last"});
  CHECK(directory->users_by_id({})->empty());
}

TEST_CASE("directory: password, profile and disabling change one user only") {
  directory_fixture directory;
  directory.add_person(1, "anna");
  directory.add_person(2, "berta");
  CHECK(directory->set_password(user_id(1), "new"));
  CHECK(*directory->password_hash(user_id(1)) == "new");
  CHECK(*directory->password_hash(user_id(2)) == "hash");
  CHECK(directory->set_disabled(user_id(1), true, 7));
  CHECK((*directory->user_by_id(user_id(1)))->disabled);
  CHECK((*directory->user_by_id(user_id(1)))->updated == 7);
  CHECK_FALSE((*directory->user_by_id(user_id(2)))->disabled);
  CHECK(directory->set_disabled(user_id(1), false, 8));
  CHECK_FALSE((*directory->user_by_id(user_id(1)))->disabled);
  CHECK(directory->set_profile(user_id(2), "Berta B", "{\"a\":1}", "B@x.org", 9));
  CHECK((*directory->user_by_id(user_id(2)))->real_name == "Berta B");
  CHECK((*directory->user_by_id(user_id(2)))->email == "b@x.org");
  CHECK(directory->set_profile(user_id(2), "", "{}", "Anna@example.com", 9).code() ==
        errc::email_taken);
  CHECK((*directory->user_by_id(user_id(2)))->email == "b@x.org");
  CHECK(directory->set_password(user_id(3), "x").code() == errc::user_not_found);
  CHECK(directory->set_disabled(user_id(3), true, 1).code() == errc::user_not_found);
  CHECK(directory->set_profile(user_id(3), "", "{}", "", 1).code() == errc::user_not_found);
  CHECK(directory->password_hash(user_id(3)).code() == errc::user_not_found);
}

TEST_CASE("directory: a token leads to its user and team, also after a restart") {
  directory_fixture directory;
  directory.add_person(1, "anna");
  token_row row = token('\0', 1);
  row.hash[5] = '\xff';
  row.kind = token_kind::app;
  row.scopes = "chat:write,users:read";
  row.device = "안나's phone";
  row.expires = 1'800'000'000;
  REQUIRE(directory->add_token(row));
  directory.reopen();
  auto found = directory->find_token(row.hash);
  REQUIRE(found);
  REQUIRE(*found);
  const principal& who = **found;
  CHECK(who.token.hash == row.hash);
  CHECK(who.token.kind == token_kind::app);
  CHECK(who.token.scopes == row.scopes);
  CHECK(who.token.device == row.device);
  CHECK(who.token.expires == row.expires);
  CHECK(who.user.id == user_id(1));
  CHECK(who.user.name == "anna");
  CHECK(who.team_name == "Home");
  CHECK(who.team_domain == "home");
  CHECK_FALSE(*directory->find_token(std::string(32, 'x')));
}

TEST_CASE("directory: a token is found by how its hash begins, if that is six bytes; refused when another begins so") {
  directory_fixture directory;
  directory.add_person(1, "anna");
  token_row one = token('a', 1), other = token('a', 1);
  one.hash[6] = '\xff';
  other.hash[7] = 'b';
  REQUIRE(directory->add_token(one));
  REQUIRE(*directory->find_token(std::string(6, 'a')));
  CHECK((*directory->find_token(std::string(6, 'a')))->token.hash == one.hash);
  CHECK_FALSE(*directory->find_token(std::string(5, 'a')));
  CHECK_FALSE(*directory->find_token(""));
  CHECK_FALSE(*directory->find_token(std::string(6, 'b')));
  CHECK_FALSE(*directory->find_token(std::string(5, 'a') + '`'));
  REQUIRE(directory->add_token(other));
  const auto either = directory->find_token(std::string(6, 'a'));
  REQUIRE_FALSE(either);
  CHECK(either.code() == errc::invalid_arguments);
  CHECK(either.error().detail.starts_with("several tokens begin so"));
  CHECK((*directory->find_token(one.hash.substr(0, 7)))->token.hash == one.hash);
}

TEST_CASE("directory: a token for nobody is refused") {
  directory_fixture directory;
  CHECK(directory->add_token(token('a', 1)).code() == errc::user_not_found);
}

TEST_CASE("directory: an endpoint of pushes is whose who claimed it last, and of a user's the newest are kept") {
  directory_fixture directory;
  const auto claim = [](std::uint64_t user, std::string device, std::uint64_t endpoint, timestamp at) {
    std::string hash = std::to_string(endpoint);
    hash.resize(32, '\0');
    return push_claim{hash, user_id(user), std::move(device), std::string(32, static_cast<char>(user)), at};
  };
  CHECK(*directory->claim_push(claim(1, "phone", 7, 5)) == 5);
  CHECK(*directory->claim_push(claim(2, "tab", 7, 4)) == 6);  // whoever comes later, whatever the clocks say
  auto found = directory->find_push_claim(claim(0, "", 7, 0).endpoint);
  REQUIRE(found);
  REQUIRE(*found);
  CHECK((*found)->user == user_id(2));
  CHECK((*found)->device == "tab");
  CHECK((*found)->session == std::string(32, '\2'));
  CHECK((*found)->at == 6);
  CHECK_FALSE(*directory->find_push_claim(claim(0, "", 8, 0).endpoint));

  for (std::uint64_t n = 0; n <= push_claims_max; ++n)
    REQUIRE(directory->claim_push(claim(1, "phone", 1'000 + n, 10 + n)));
  CHECK_FALSE(*directory->find_push_claim(claim(0, "", 1'000, 0).endpoint));
  CHECK(*directory->find_push_claim(claim(0, "", 1'001, 0).endpoint));
  CHECK(*directory->find_push_claim(claim(0, "", 7, 0).endpoint));
  directory.reopen();
  CHECK(*directory->find_push_claim(claim(0, "", 7, 0).endpoint));
}

TEST_CASE("directory: tokens are revoked one by one or all of a user's, never another's") {
  directory_fixture directory;
  directory.add_person(1, "anna");
  directory.add_person(2, "berta");
  for (char c : {'c', 'a', 'b'})
    REQUIRE(directory->add_token(token(c, 1)));
  REQUIRE(directory->add_token(token('z', 2)));
  auto all = directory->tokens_of(user_id(1));
  REQUIRE(all);
  REQUIRE(all->size() == 3);
  CHECK(all->front().hash == std::string(32, 'a'));  // the oldest first
  CHECK(directory->revoke_token(std::string(32, 'a')));
  CHECK(directory->revoke_token(std::string(32, 'a')).code() == errc::not_found);
  CHECK_FALSE(*directory->find_token(std::string(32, 'a')));
  CHECK(*directory->revoke_tokens_of(user_id(1)) == 2);
  CHECK(*directory->revoke_tokens_of(user_id(1)) == 0);
  CHECK(directory->tokens_of(user_id(1))->empty());
  CHECK(*directory->find_token(std::string(32, 'z')));
}
