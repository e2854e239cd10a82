// Users: people and bots.
#include "storage/directory_users.hpp"

#include <algorithm>

#include "storage/directory_names.hpp"

namespace carillon::storage {
namespace {

std::string select_users(const std::string& rest) {
  return "SELECT " + std::string(user_columns::list) + " FROM users " + rest;
}

// A change of one user must have met that user.
status one_user(long long changed, entity_id user) {
  if (changed == 0)
    return make_error(errc::user_not_found, user.text());
  return ok;
}

}  // namespace

status sql_directory::add_user(const user_row& user, const std::string& password_hash) {
  return sql_.guarded("adding a user", [&]() -> status {
    auto team = team_by_id(user.team);
    if (!team)
      return team.error();
    if (!*team)
      return make_error(errc::team_not_found, user.team.text());
    int owner = user.owner, admin = user.admin, bot = user.bot, disabled = user.disabled;
    unsigned long long created = user.created, updated = user.updated;
    change(sql_,
           "INSERT INTO users (id, team, name, email, real_name, profile, tz, owner, admin, bot,"
           " disabled, bot_id, password, created, updated) VALUES (:id, :team, :name, :email,"
           " :real, :profile, :tz, :owner, :admin, :bot, :disabled, :bot_id, :password, :created,"
           " :updated)",
           user.id.text(), user.team.text(), fold_case(user.name), fold_case(user.email),
           user.real_name, user.profile, user.tz, owner, admin, bot, disabled, user.bot_id.text(),
           password_hash, created, updated);
    return ok;
  });
}

result<std::optional<user_row>> sql_directory::user_by_id(entity_id id) const {
  return sql_.looking("user by id", [&]() -> result<std::optional<user_row>> {
    return read_row<user_columns>(sql_, select_users("WHERE id = :id"), id.text());
  });
}

result<std::optional<user_row>> sql_directory::user_by_email(entity_id team,
                                                             const std::string& email) const {
  return sql_.looking("user by e-mail", [&]() -> result<std::optional<user_row>> {
    // The second condition keeps bots, who have none, out, and lets the partial index serve.
    return read_row<user_columns>(
        sql_, select_users("WHERE team = :team AND email = :email AND email <> ''"), team.text(),
        fold_case(email));
  });
}

result<std::optional<user_row>> sql_directory::user_by_name(entity_id team,
                                                            const std::string& name) const {
  return sql_.looking("user by name", [&]() -> result<std::optional<user_row>> {
    return read_row<user_columns>(sql_, select_users("WHERE team = :team AND name = :name"),
                                  team.text(), fold_case(name));
  });
}

result<std::optional<user_row>> sql_directory::user_by_bot(entity_id bot) const {
  return sql_.looking("user by bot", [&]() -> result<std::optional<user_row>> {
    return read_row<user_columns>(sql_, select_users("WHERE bot_id = :bot AND bot_id <> ''"),
                                  bot.text());
  });
}

result<std::vector<user_row>> sql_directory::users_by_id(const std::vector<entity_id>& ids) const {
  return sql_.looking("users by id", [&]() -> result<std::vector<user_row>> {
    std::vector<entity_id> sorted = ids;
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    std::vector<user_row> all;
    for (std::size_t begin = 0; begin < sorted.size(); begin += ids_per_statement) {
      std::size_t end = std::min(begin + ids_per_statement, sorted.size());
      auto some = read_rows<user_columns>(
          sql_, select_users("WHERE id IN " + id_list(sorted, begin, end) + " ORDER BY id"));
      std::move(some.begin(), some.end(), std::back_inserter(all));
    }
    return all;
  });
}

result<page_of<user_row>> sql_directory::list_users(entity_id team, const std::string& after,
                                                    std::uint32_t limit) const {
  ENSURE(limit > 0, "a page has room for a row");
  return sql_.looking("listing users", [&]() -> result<page_of<user_row>> {
    long long one_more = static_cast<long long>(limit) + 1;
    return cut_page(read_rows<user_columns>(
                        sql_,
                        select_users("WHERE team = :team AND id > :after ORDER BY id LIMIT :limit"),
                        team.text(), after, one_more),
                    limit);
  });
}

result<std::uint64_t> sql_directory::count_users(entity_id team) const {
  return sql_.looking("counting users", [&]() -> result<std::uint64_t> {
    return static_cast<std::uint64_t>(*read_row<number_column>(
        sql_, "SELECT count(*) FROM users WHERE team = :team", team.text()));
  });
}

result<std::uint64_t> sql_directory::count_people(entity_id team) const {
  return sql_.looking("counting people", [&]() -> result<std::uint64_t> {
    return static_cast<std::uint64_t>(*read_row<number_column>(
        sql_, "SELECT count(*) FROM users WHERE team = :team AND bot = 0", team.text()));
  });
}

result<std::string> sql_directory::password_hash(entity_id user) const {
  return sql_.looking("password of a user", [&]() -> result<std::string> {
    auto hash =
        read_row<text_column>(sql_, "SELECT password FROM users WHERE id = :id", user.text());
    if (!hash)
      return make_error(errc::user_not_found, user.text());
    return *hash;
  });
}

status sql_directory::set_password(entity_id user, const std::string& password_hash) {
  return sql_.guarded("setting a password", [&]() -> status {
    return one_user(change(sql_, "UPDATE users SET password = :password WHERE id = :id",
                           password_hash, user.text()),
                    user);
  });
}

status sql_directory::set_profile(entity_id user, const std::string& real_name,
                                  const std::string& profile, const std::string& email,
                                  std::uint64_t updated) {
  return sql_.guarded("setting a profile", [&]() -> status {
    unsigned long long when = updated;
    return one_user(change(sql_,
                           "UPDATE users SET real_name = :real, profile = :profile,"
                           " email = :email, updated = :updated WHERE id = :id",
                           real_name, profile, fold_case(email), when, user.text()),
                    user);
  });
}

status sql_directory::set_disabled(entity_id user, bool disabled, std::uint64_t updated) {
  return sql_.guarded("disabling or enabling a user", [&]() -> status {
    int flag = disabled;
    unsigned long long when = updated;
    return one_user(
        change(sql_, "UPDATE users SET disabled = :disabled, updated = :updated WHERE id = :id",
               flag, when, user.text()),
        user);
  });
}

}  // namespace carillon::storage
