// What users.* and carillon.admin.users.* share.
#pragma once

#include <functional>

#include "actors/api/call.hpp"

namespace carillon::api {

// Answers one page of the team's users: arguments limit and cursor.
void list_team(const call_ptr& c, const entity_id& team);

// The user of the caller's team with this id; otherwise the call fails with user_not_found.
void with_team_mate(const call_ptr& c, const entity_id& id,
                    std::function<void(const storage::user_row&)> then);

}  // namespace carillon::api
