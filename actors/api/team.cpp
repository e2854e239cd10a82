// team.info, bots.info
#include "actors/api/asks.hpp"
#include "actors/api/handlers.hpp"
#include "actors/slack_json.hpp"

namespace carillon::api {

void team_info(const call_ptr& c) {
  entity_id team = c->team();
  if (c->args.has("team") && c->args.text("team") != team.text())
    return c->fail(errc::team_not_found);
  auto work = [team](const storage::directory& directory) { return directory.team_by_id(team); };
  on_directory(c, work, [c](const std::optional<storage::team_row>& found) {
    if (!found)
      return c->fail(errc::team_not_found);
    boost::json::object out = slack::team_json(*found);
    out["url"] = base_url(*c) + '/';
    c->ok({{"team", std::move(out)}});
  });
}

void bots_info(const call_ptr& c) {
  std::optional<entity_id> bot = entity_id::parse(c->args.text("bot"));
  if (!bot || bot->kind != id_kind::bot)
    return c->fail(errc::bot_not_found);
  auto work = [id = *bot](const storage::directory& directory) {
    return directory.user_by_bot(id);
  };
  on_directory(c, work, [c](const std::optional<storage::user_row>& found) {
    if (!found || found->team != c->team())
      return c->fail(errc::bot_not_found);
    c->ok({{"bot", slack::bot_json(*found)}});
  });
}

}  // namespace carillon::api
