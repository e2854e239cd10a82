// The columns of a user, for the queries on users and on tokens. Private to directory_*.cpp.
#pragma once

#include <string>

#include "storage/directory_sql.hpp"

namespace carillon::storage {

struct user_columns {
  using row_type = user_row;
  static constexpr const char* list =
      "users.id, users.team, users.name, users.real_name, users.email, users.profile, users.tz,"
      " users.owner, users.admin, users.bot, users.disabled, users.bot_id, users.created,"
      " users.updated";

  std::string id, team, name, real_name, email, profile, tz, bot_id;
  int owner = 0, admin = 0, bot = 0, disabled = 0;
  unsigned long long created = 0, updated = 0;

  void bind(soci::statement& statement) {
    for (std::string* text : {&id, &team, &name, &real_name, &email, &profile, &tz})
      statement.exchange(soci::into(*text));
    for (int* flag : {&owner, &admin, &bot, &disabled})
      statement.exchange(soci::into(*flag));
    statement.exchange(soci::into(bot_id));
    statement.exchange(soci::into(created));
    statement.exchange(soci::into(updated));
  }

  user_row row() const {
    return {.id = stored_id(id),
            .team = stored_id(team),
            .name = name,
            .real_name = real_name,
            .email = email,
            .profile = profile,
            .tz = tz,
            .owner = owner != 0,
            .admin = admin != 0,
            .bot = bot != 0,
            .disabled = disabled != 0,
            .bot_id = stored_id(bot_id),
            .created = created,
            .updated = updated};
  }
};

}  // namespace carillon::storage
