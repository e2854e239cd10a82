// The part of the inspector that turns what people call a channel or a user into an id. Operators may
// look at private channels too, so nobody's membership is asked for.
#include "actors/inspect/inspector_shell.hpp"
#include "runtime/base/logging.hpp"

namespace carillon {
namespace {

// A directory that is a server far away may take a moment; nobody waits for it but who gave a name.
constexpr std::chrono::seconds directory_patience{2};

result<storage::team_row> team_called(const storage::directory& names, const std::string& name) {
  if (name.empty())
    return names.default_team();
  auto found = names.team_by_name(name);
  if (!found)
    return found.error();
  if (!*found)
    return make_error(errc::not_found, fmt::format("no team is called {}", name));
  return std::move(**found);
}

result<entity_id> id_called(const storage::directory& names, const entity_name& name) {
  const auto team = team_called(names, name.team);
  if (!team)
    return team.error();
  if (name.what == entity_name::sort::channel) {
    const auto channel = names.channel_by_name(team->id, name.called);
    if (!channel)
      return channel.error();
    if (*channel)
      return (*channel)->id;
    return make_error(errc::not_found, fmt::format("no channel is called #{} in the team {}",
                                                   name.called, team->name));
  }
  const auto user = names.user_by_name(team->id, name.called);
  if (!user)
    return user.error();
  if (*user)
    return (*user)->id;
  return make_error(errc::not_found, fmt::format("nobody is called @{} in the team {}: `carillon user "
                                                 "list` has who is there",
                                                 name.called, team->name));
}

}  // namespace

void inspector_actor::with_id(entity_name name,
                              std::function<void(const result<entity_name>&)> then) {
  using answer = result<entity_id>;
  auto found = gathering<answer>::begin(
      *this, 1, directory_patience,
      [name, then = std::move(then)](const gathering<answer>::answers& all) {
        if (!all[0])
          return then(make_error(errc::timed_out, "the directory does not answer: ask by id"));
        if (!*all[0])
          return then(all[0]->error());
        then(entity_name{name.what, **all[0], 0, {}, 0});
      });
  ask_directory(
      this, host_, [name](const storage::directory& names) { return id_called(names, name); },
      [found](answer said) { found->answered(0, std::move(said)); });
}

}  // namespace carillon
