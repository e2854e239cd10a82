// Which of these users are in the asker's team: by the host's memory of that, and for the others by the
// directory. Ids of other teams and of nobody are left out.
#pragma once

#include <vector>

#include "actors/ask.hpp"
#include "actors/team_book.hpp"

namespace carillon {

// `then`: void(result<team_book::answer>), where nobody is unknown; in the asker's context.
template <class Self, class Then>
void find_mates(Self* self, const host_services& host, const entity_id& team,
                const std::vector<entity_id>& users, Then then) {
  team_book::answer known;
  if (host.teams)
    known = host.teams->look(users, team);
  else
    known.unknown = users;
  if (known.unknown.empty())
    return then(std::move(known));
  ask_directory(
      self, host,
      [ids = known.unknown](const storage::directory& directory) { return directory.users_by_id(ids); },
      [&host, team, known, then](const result<std::vector<storage::user_row>>& found) mutable {
        if (!found)
          return then(found.error());
        for (const storage::user_row& user : *found) {
          if (host.teams)
            host.teams->learn(user.id, user.team);
          if (user.team == team)
            known.mates.push_back(user.id);
        }
        known.unknown.clear();
        then(std::move(known));
      });
}

}  // namespace carillon
