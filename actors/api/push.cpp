// carillon.push.register, .unregister, .list, .providers, .settings.get, .settings.set: ours. Where a person's
// devices are reached when nobody is at them, and what they are told of then.
#include "actors/api/asks.hpp"
#include "actors/api/conversation.hpp"
#include "actors/api/handlers.hpp"
#include "actors/api/push_arguments.hpp"
#include "runtime/push/sender.hpp"

namespace json = boost::json;

namespace carillon::api {
namespace {

constexpr push::provider providers[] = {push::provider::apns, push::provider::fcm, push::provider::web_push,
                                        push::provider::webhook};

json::object settings_json(const wire::push_user& said) {
  json::array channels;
  for (const auto& each : said.channels())
    channels.push_back(json::object{{"channel", each.channel_id()}, {"level", to_string(each.level())}});
  return {{"level", to_string(said.level() == wire::PUSH_DEFAULT ? wire::PUSH_MENTIONS : said.level())},
          {"channels", std::move(channels)},
          {"dnd_enabled", said.dnd_enabled()},
          {"dnd_start", clock_text(said.dnd_start())},
          {"dnd_end", clock_text(said.dnd_end())},
          {"tz", said.dnd_zone().empty() ? "UTC" : said.dnd_zone()}};
}

void change(const call_ptr& c, wire::change_push what, std::function<void(const wire::push_user&)> then) {
  wire::user_request request;
  *request.mutable_change_push() = std::move(what);
  on_user(c, c->user(), std::move(request), [then](const wire::user_reply& reply) { then(reply.push()); });
}

struct taken_endpoint {
  timestamp at = 0;                         // of the claim
  std::optional<storage::push_claim> from;  // whose it was
};

bool is_same(const storage::push_claim& a, const storage::push_claim& b) {
  return a.user == b.user && a.device == b.device && a.session == b.session;
}

// The device is another one's now. What becomes of these words is no matter: no push goes to whom the endpoint
// does not belong (actors/push/push_right.hpp), but lists should not show it until then.
void take_away(const call_ptr& c, const storage::push_claim& from, const std::string& token) {
  wire::user_request request;
  request.set_user_id(from.user.text());
  auto& forget = *request.mutable_change_push()->mutable_forget();
  forget.set_device(from.device);
  forget.set_token(token);
  forget.set_dead_since(c->host.now());
  ask_user(c->self, c->host, from.user, std::move(request), [c](const wire::user_reply&) { c->ok(); });
}

}  // namespace

// Whose endpoint it is, is said first: from then on nobody else's pushes go there.
void push_register(const call_ptr& c) {
  auto target = push_target_argument(c->args, !bearer_token(c->request.authorization).empty());
  if (!target)
    return c->fail(target.error());
  const auto via = push::provider_named(target->provider());
  if (!c->host.pushes || !c->host.pushes->speaks(*via))
    return c->fail(make_error(errc::push_not_configured,
                              target->provider() + " is not in this host's settings ([push])"));
  const storage::push_claim claim{push::endpoint_hash({*via, target->token(), {}, {}}), c->user(), target->device(),
                                  c->who->token_hash(), c->host.now()};
  auto take = [claim](storage::directory& directory) -> result<taken_endpoint> {
    auto before = directory.find_push_claim(claim.endpoint);
    if (!before)
      return before.error();
    if (*before && is_same(**before, claim))
      return taken_endpoint{(*before)->at, std::nullopt};
    auto at = directory.claim_push(claim);
    if (!at)
      return at.error();
    return taken_endpoint{*at, std::move(*before)};
  };
  on_directory(c, take, [c, target = std::move(*target)](const taken_endpoint& taken) {
    wire::change_push what;
    *what.mutable_add() = target;
    what.mutable_add()->set_claim(taken.at);
    change(c, std::move(what), [c, from = taken.from, token = target.token()](const wire::push_user&) {
      if (from && from->user != c->user())
        take_away(c, *from, token);
      else
        c->ok();
    });
  });
}

void push_unregister(const call_ptr& c) {
  if (!c->args.has("device"))
    return c->fail(make_error(errc::invalid_arguments, "missing required field: device"));
  wire::change_push what;
  what.mutable_forget()->set_device(c->args.text("device"));
  change(c, std::move(what), [c](const wire::push_user&) { c->ok(); });
}

// Tokens are not told to anybody again: who has a person's access token must not learn how to reach their phone.
void push_list(const call_ptr& c) {
  wire::user_request request;
  request.mutable_read_push();
  on_user(c, c->user(), std::move(request), [c](const wire::user_reply& reply) {
    json::array targets;
    for (const auto& each : reply.push().targets())
      targets.push_back(json::object{{"device", each.device()},
                                     {"provider", each.provider()},
                                     {"registered", each.registered() / 1'000'000}});
    c->ok({{"targets", std::move(targets)}});
  });
}

void push_providers(const call_ptr& c) {
  json::array names;
  for (const auto each : providers)
    if (c->host.pushes && c->host.pushes->speaks(each))
      names.emplace_back(to_string(each));
  json::object out{{"providers", std::move(names)}};
  if (c->host.pushes && !c->host.pushes->vapid_public_key().empty())
    out["vapid_public_key"] = c->host.pushes->vapid_public_key();
  c->ok(std::move(out));
}

void push_settings_get(const call_ptr& c) {
  wire::user_request request;
  request.mutable_read_push();
  on_user(c, c->user(), std::move(request),
          [c](const wire::user_reply& reply) { c->ok(settings_json(reply.push())); });
}

// Hours are said in parts, which the user's actor puts together: of two calls at a time neither undoes the other.
void push_settings_set(const call_ptr& c) {
  auto what = push_settings_argument(c->args);
  if (!what)
    return c->fail(what.error());
  change(c, std::move(*what), [c](const wire::push_user& said) { c->ok(settings_json(said)); });
}

}  // namespace carillon::api
