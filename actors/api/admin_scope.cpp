#include "actors/api/admin_scope.hpp"

#include "actors/api/account_jobs.hpp"
#include "actors/api/text_rules.hpp"

namespace carillon::api {

result<storage::team_row> admin_scope::find_team(const storage::directory& directory) const {
  if (!any_team && team.empty()) {
    auto found = directory.team_by_id(own);
    if (!found)
      return found.error();
    if (!*found)
      return errc::team_not_found;
    return std::move(**found);
  }
  result<storage::team_row> named = team_named(directory, team);
  if (named && !any_team && named->id != own)
    return errc::not_allowed;
  return named;
}

result<storage::user_row> admin_scope::find_user(const storage::directory& directory,
                                                 const std::string& who) const {
  result<std::optional<storage::user_row>> found = std::optional<storage::user_row>();
  if (std::optional<entity_id> id = entity_id::parse(who)) {
    found = directory.user_by_id(*id);
  } else {
    result<storage::team_row> in = find_team(directory);
    if (!in)
      return in.error();
    found = who.find('@') != std::string::npos ? directory.user_by_email(in->id, ascii_lower(who))
                                               : directory.user_by_name(in->id, ascii_lower(who));
  }
  if (!found)
    return found.error();
  if (!*found || (!any_team && (*found)->team != own))
    return errc::user_not_found;
  return std::move(**found);
}

}  // namespace carillon::api
