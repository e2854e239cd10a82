#include "actors/api/account_jobs.hpp"

#include "actors/api/text_rules.hpp"
#include "runtime/base/random.hpp"
#include "storage/credentials.hpp"

namespace carillon::api {
namespace {

constexpr std::size_t name_max_characters = 80;
constexpr std::size_t password_max_bytes = 1'024;  // more only burdens the hash
constexpr int handle_tries = 50;
constexpr std::uint64_t seconds_per_day = 86'400;

error bad_argument(std::string why) {
  return make_error(errc::invalid_arguments, std::move(why));
}

result<storage::team_row> found_team(storage::directory& directory, const std::string& name,
                                     timestamp now) {
  secure_random chance;
  storage::team_row team;
  team.id = chance.new_id(id_kind::team);
  team.general = chance.new_id(id_kind::channel);
  team.name = name;
  team.created = now / 1'000'000;
  if (status added = directory.add_team(team); !added)
    return added.error();
  return team_named(directory, name);  // with the domain that the directory made of the name
}

struct team_found {
  storage::team_row team;
  bool empty = false;      // nobody is in it yet
  bool ownerless = false;  // nobody but bots is
};

result<team_found> find_or_found(storage::directory& directory, const std::string& name,
                                 timestamp now) {
  result<storage::team_row> team = team_named(directory, name);
  if (!team && team.code() == errc::team_not_found)
    team = found_team(directory, name, now);
  if (!team)
    return team.error();
  result<std::uint64_t> users = directory.count_users(team->id);
  if (!users)
    return users.error();
  result<std::uint64_t> people = directory.count_people(team->id);
  if (!people)
    return people.error();
  return team_found{std::move(*team), *users == 0, *people == 0};
}

// "general" is taken before anybody can create a channel of that name.
status reserve_general(storage::directory& directory, const storage::team_row& team,
                       const entity_id& creator, timestamp now) {
  storage::channel_row row;
  row.id = team.general;
  row.team = team.id;
  row.name = "general";
  row.general = true;
  row.creator = creator;
  row.created = now / 1'000'000;
  row.reserved = true;
  status taken = directory.reserve_channel_name(row, now, 0);
  return !taken && taken.code() == errc::name_taken ? status(ok) : taken;
}

// A handle that is taken gets a number, unless this very one was asked for.
status add_with_free_handle(storage::directory& directory, storage::user_row& user,
                            const std::string& password_hash, bool exact) {
  std::string handle = user.name;
  for (int number = 2;; ++number) {
    auto taken = directory.user_by_name(user.team, user.name);
    if (!taken)
      return taken.error();
    if (!*taken)
      return directory.add_user(user, password_hash);
    if (exact)
      return errc::name_taken;
    user.name = handle + (number <= handle_tries ? std::to_string(number)
                                                 : '-' + ascii_lower(user.id.text()));
  }
}

}  // namespace

status check_newcomer(const newcomer& who, const settings& config, bool needs_password) {
  if (trimmed(who.name).empty())
    return bad_argument("missing required field: name");
  if (count_characters(who.name) > name_max_characters ||
      count_characters(who.real_name) > name_max_characters)
    return bad_argument("name is too long");
  if (count_characters(who.team) > name_max_characters)
    return bad_argument("team is too long");
  if (who.email.empty() ? !who.bot : !is_email(who.email))
    return errc::invalid_email;
  if (who.password.empty() && !needs_password)
    return ok;
  if (count_characters(who.password) < config.limits.password_min_characters)
    return make_error(errc::weak_password, std::to_string(config.limits.password_min_characters) +
                                               " characters at least");
  if (who.password.size() > password_max_bytes)
    return bad_argument("password is too long");
  return ok;
}

result<storage::team_row> team_named(const storage::directory& directory, const std::string& name) {
  std::string wanted(trimmed(name));
  if (wanted.empty())
    return directory.default_team();
  auto found = directory.team_by_name(wanted);
  if (!found)
    return found.error();
  if (!*found)
    return errc::team_not_found;
  return std::move(**found);
}

result<std::string> hash_of(const std::string& password, const settings& config) {
  if (password.empty())
    return std::string{};
  return storage::hash_password(password, config.directory.password_ops,
                                std::size_t{config.directory.password_memory_mb} * 1024 * 1024);
}

result<admission> admit(storage::directory& directory, const newcomer& who, timestamp now) {
  result<team_found> place = find_or_found(directory, std::string(trimmed(who.team)), now);
  if (!place)
    return place.error();
  secure_random chance;
  storage::user_row user;
  user.id = chance.new_id(id_kind::user);
  user.team = place->team.id;
  user.name = handle_of(who.name);
  user.real_name = std::string(trimmed(who.real_name.empty() ? who.name : who.real_name));
  user.email = ascii_lower(who.email);
  user.bot = who.bot;
  user.owner = place->ownerless && !who.bot;
  user.admin = who.admin || user.owner;
  if (who.bot)
    user.bot_id = chance.new_id(id_kind::bot);
  user.created = user.updated = now / 1'000'000;
  status added = add_with_free_handle(directory, user, who.password_hash, who.name_is_handle);
  if (!added)
    return added.error();
  if (place->empty)
    if (status reserved = reserve_general(directory, place->team, user.id, now); !reserved)
      return reserved.error();
  return admission{std::move(place->team), std::move(user)};
}

result<candidate> find_candidate(const storage::directory& directory, const sign_in& given) {
  result<storage::team_row> team = team_named(directory, given.team);
  if (!team)
    return team.error();
  auto user = given.email.empty()
                  ? directory.user_by_name(team->id, ascii_lower(given.name))
                  : directory.user_by_email(team->id, ascii_lower(given.email));
  if (!user)
    return user.error();
  candidate out;
  out.who.team = std::move(*team);
  if (!*user)
    return out;
  auto hash = directory.password_hash((*user)->id);
  if (!hash)
    return hash.error();
  out.who.user = std::move(**user);
  out.password_hash = std::move(*hash);
  return out;
}

result<admission> check_password(const candidate& found, const std::string& password,
                                 const settings& config) {
  if (found.password_hash.empty()) {
    (void)hash_of(password, config);  // takes as long as a check
    return errc::invalid_auth;
  }
  if (!storage::verify_password(found.password_hash, password))
    return errc::invalid_auth;
  if (found.who.user.disabled)
    return errc::account_inactive;
  return found.who;
}

result<issued_token> issue_token(storage::directory& directory, const storage::user_row& user,
                                 const std::string& device, const std::string& scopes,
                                 std::uint32_t days, timestamp now) {
  issued_token out;
  out.row.kind = user.bot ? storage::token_kind::bot : storage::token_kind::person;
  out.text = storage::new_token_text(out.row.kind);
  out.row.hash = storage::token_hash(out.text);
  out.row.user = user.id;
  out.row.team = user.team;
  out.row.scopes = scopes;
  out.row.device = device;
  out.row.created = now / 1'000'000;
  out.row.expires = days == 0 ? 0 : out.row.created + days * seconds_per_day;
  if (status added = directory.add_token(out.row); !added)
    return added.error();
  return out;
}

}  // namespace carillon::api
