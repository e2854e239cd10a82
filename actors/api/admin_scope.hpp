// Whom an admin call may concern: a team's admin their own team, the host-wide token any team.
#pragma once

#include <string>

#include "actors/api/call.hpp"

namespace carillon::api {

struct admin_scope {
  bool any_team = false;
  entity_id own;     // when not any_team
  std::string team;  // the name asked for, or empty

  static admin_scope of(const call& c) {
    return {c.who->is_host_admin(), c.who->user().team, c.args.text("team")};
  }
  // The team asked for, else the admin's own, else the default. team_not_found, not_allowed.
  result<storage::team_row> find_team(const storage::directory& directory) const;
  // A user by id, or by handle or e-mail address in find_team(). user_not_found.
  result<storage::user_row> find_user(const storage::directory& directory,
                                      const std::string& who) const;
};

}  // namespace carillon::api
