// dnd.setSnooze, .endSnooze, .endDnd, .info, .teamInfo, as Slack has them. The hours themselves are said with
// carillon.push.settings.set, for which Slack has no public method.
#include <memory>

#include "actors/api/asks.hpp"
#include "actors/api/conversation.hpp"
#include "actors/api/handlers.hpp"
#include "actors/api/push_arguments.hpp"
#include "actors/api/user_pages.hpp"
#include "actors/dnd_hours.hpp"
#include "actors/slack_json.hpp"

namespace json = boost::json;

namespace carillon::api {
namespace {

constexpr timestamp minute = 60'000'000;
constexpr std::size_t team_info_max = 50;  // as Slack

void read(const call_ptr& c, const entity_id& user, std::function<void(const wire::push_user&)> then) {
  wire::user_request request;
  request.mutable_read_push();
  on_user(c, user, std::move(request), [then](const wire::user_reply& reply) { then(reply.push()); });
}

void change(const call_ptr& c, wire::change_push what, std::function<void(const wire::push_user&)> then) {
  wire::user_request request;
  *request.mutable_change_push() = std::move(what);
  on_user(c, c->user(), std::move(request), [then](const wire::user_reply& reply) { then(reply.push()); });
}

// What others are told: not whether somebody snoozes, as Slack has it.
json::object hours_json(const wire::push_user& said, timestamp now) {
  json::object all = slack::dnd_json(said, now);
  json::object out;
  for (const auto* name : {"dnd_enabled", "next_dnd_start_ts", "next_dnd_end_ts"})
    out[name] = all[name];
  return out;
}

struct team_answer {
  json::object users;
  std::size_t left = 0;
  bool failed = false;
};

void read_one(const call_ptr& c, const entity_id& id, const std::shared_ptr<team_answer>& answer) {
  wire::user_request request;
  request.set_user_id(id.text());
  *request.mutable_by() = c->caller();
  request.mutable_read_push();
  ask_user(c->self, c->host, id, std::move(request), [c, id, answer](const wire::user_reply& reply) {
    if (answer->failed)
      return;
    if (auto why = reply_error(reply)) {
      answer->failed = true;
      return c->fail(*why);
    }
    answer->users[id.text()] = hours_json(reply.push(), c->host.now());
    if (--answer->left == 0)
      c->ok({{"users", std::move(answer->users)}});
  });
}

}  // namespace

void dnd_set_snooze(const call_ptr& c) {
  auto minutes = snooze_argument(c->args);
  if (!minutes)
    return c->fail(minutes.error());
  wire::change_push what;
  what.set_snooze_until(c->host.now() + *minutes * minute);
  change(c, std::move(what), [c](const wire::push_user& said) {
    json::object all = slack::dnd_json(said, c->host.now());
    json::object out;
    for (const auto* name : {"snooze_enabled", "snooze_endtime", "snooze_remaining", "snooze_is_indefinite"})
      out[name] = all[name];
    c->ok(std::move(out));
  });
}

void dnd_end_snooze(const call_ptr& c) {
  read(c, c->user(), [c](const wire::push_user& before) {
    if (before.snooze_until() <= c->host.now())
      return c->fail(errc::snooze_not_active);
    wire::change_push what;
    what.set_snooze_until(0);
    change(c, std::move(what),
           [c](const wire::push_user& said) { c->ok(slack::dnd_json(said, c->host.now())); });
  });
}

// The hours that it is in are over; tomorrow's come as ever. A snooze ends too.
void dnd_end_dnd(const call_ptr& c) {
  read(c, c->user(), [c](const wire::push_user& before) {
    const timestamp now = c->host.now();
    wire::push_user without_snooze = before;
    without_snooze.clear_snooze_until();
    const dnd_times hours = dnd_at(without_snooze, now);
    if (!hours.quiet && before.snooze_until() <= now)
      return c->ok();
    wire::change_push what;
    if (hours.quiet)
      what.set_dnd_ended(hours.end);
    what.set_snooze_until(0);
    change(c, std::move(what), [c](const wire::push_user&) { c->ok(); });
  });
}

void dnd_info(const call_ptr& c) {
  if (!c->args.has("user") || c->args.text("user") == c->user().text())
    return read(c, c->user(), [c](const wire::push_user& said) { c->ok(slack::dnd_json(said, c->host.now())); });
  auto id = user_argument(c->args);
  if (!id)
    return c->fail(id.error());
  with_team_mate(c, *id, [c](const storage::user_row& other) {
    read(c, other.id, [c](const wire::push_user& said) { c->ok(hours_json(said, c->host.now())); });
  });
}

void dnd_team_info(const call_ptr& c) {
  if (!c->args.has("users"))
    return c->fail(make_error(errc::invalid_arguments, "missing required field: users"));
  std::vector<entity_id> ids;
  for (const std::string& text : c->args.list("users")) {
    const auto id = entity_id::parse(text);
    if (!id || id->kind != id_kind::user)
      return c->fail(make_error(errc::user_not_found, text));
    ids.push_back(*id);
  }
  if (ids.size() > team_info_max)
    return c->fail(make_error(errc::too_many_users, "at most " + std::to_string(team_info_max) + " users"));
  auto work = [ids](const storage::directory& directory) { return directory.users_by_id(ids); };
  on_directory(c, work, [c](const std::vector<storage::user_row>& users) {
    auto answer = std::make_shared<team_answer>();
    std::vector<entity_id> mates;
    for (const auto& user : users)  // who is not of the team is left out
      if (user.team == c->team())
        mates.push_back(user.id);
    answer->left = mates.size();
    if (mates.empty())
      return c->ok({{"users", json::object()}});
    for (const entity_id& id : mates)
      read_one(c, id, answer);
  });
}

}  // namespace carillon::api
