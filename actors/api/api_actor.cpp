#include "actors/api/api_actor.hpp"

#include <utility>

#include "actors/api/asks.hpp"
#include "actors/api/call.hpp"
#include "actors/api/method_table.hpp"
#include "actors/api/operator_posts.hpp"
#include "actors/rate_limits.hpp"
#include "storage/credentials.hpp"

namespace carillon {
namespace {

using api::call;
using api::call_ptr;
using api::method;

constexpr std::string_view api_prefix = "/api/";
constexpr std::size_t token_max_bytes = 256;  // ours have 57; longer ones are not even hashed
constexpr int looks_among_others = 2;
constexpr std::chrono::milliseconds look_again{200};

// Whose allowance a call is taken from.
rate_subject subject_of(const call& c) {
  if (!c.who || c.who->is_host_admin())
    return {rate_scope::address, number_of_address(c.request.remote_address)};
  return {c.who->is_bot() ? rate_scope::app : rate_scope::user, c.who->user().id.number};
}

// The last gate before the handler: the token may be good and still not enough.
void run(const call_ptr& c, const method& what) {
  if (what.who != api::audience::anyone) {
    if (c->who->is_host_admin() && what.who != api::audience::admin)
      return c->fail(make_error(errc::invalid_auth, "the admin token has no user"));
    if (c->who->user().disabled)
      return c->fail(errc::account_inactive);
    if (c->who->expired(c->host.now()))
      return c->fail(errc::invalid_auth);
    if (!c->who->allows(what.scope))
      return c->fail(make_error(errc::missing_scope, std::string(what.scope)));
    if (what.who == api::audience::admin && !c->who->is_admin())
      return c->fail(errc::not_allowed);
  }
  // First, so that who floods does not fill the host; its buckets are for what it may ask.
  if (c->host.door && c->who && !c->who->is_host_admin())
    if (const auto busy = c->host.door->charge(c->pass, c->user().number, c->request.received,
                                               static_cast<std::uint64_t>(c->host.now())))
      return c->fail_later(errc::ratelimited, busy->retry_after);
  if (c->host.rates && c->host.rates->limits(what.rate)) {
    c->rate = c->host.rates->take(subject_of(*c), what.rate, api::number_of(what), steady_now());
    if (c->rate.retry_after != 0)
      return c->fail_limited();
  }
  if (c->who)
    c->admit_mark();
  what.run(c);
}

// A token that another host issued a moment ago may not have come here yet: one that is not known is
// looked for once more.
void look_up(const call_ptr& c, const method& what, const std::string& hash, int looks) {
  std::uint64_t generation = c->shared.tokens.generation();
  api::on_directory(
      c, [hash](const storage::directory& directory) { return directory.find_token(hash); },
      [c, &what, hash, generation, looks](std::optional<storage::principal> found) {
        if (!found && looks > 1) {
          c->self->delayed_send(c->self, look_again, run_later{[c, &what, hash, looks] {
                                  look_up(c, what, hash, looks - 1);
                                }});
          return;
        }
        if (!found)
          return c->fail(errc::invalid_auth);
        c->who = std::make_shared<const api::access>(std::move(*found));
        c->shared.tokens.put(c->who, generation, steady_now());
        run(c, what);
      });
}

void authenticate(const call_ptr& c, const method& what) {
  std::string_view token = api::bearer_token(c->request.authorization);
  if (token.empty())
    token = c->args.text("token");
  if (token.empty())
    return c->fail(errc::not_authed);
  if (token.size() > token_max_bytes)
    return c->fail(errc::invalid_auth);
  std::string hash = storage::token_hash(token);
  if (!c->host.admin_token_hash.empty() && hash == c->host.admin_token_hash) {
    c->who = c->shared.host_admin;
    return run(c, what);
  }
  c->who = c->shared.tokens.find(hash, steady_now());
  (c->who ? c->host.metrics->token_hits : c->host.metrics->token_misses).add();
  if (c->who)
    return run(c, what);
  look_up(c, what, hash, c->host.link ? looks_among_others : 1);
}

// Some hosts may not know yet what this method writes down.
bool is_there(const host_services& host, const api::method& what) {
  return what.since == 0 || !host.ring || host.ring->now()->schema_minor() >= what.since;
}

void take(const call_ptr& c) {
  if (c->request.method != "GET" && c->request.method != "POST")
    return c->refuse_http(405, "method_not_allowed", {{"Allow", "GET, POST"}});
  std::string_view path = c->request.path;
  if (!path.starts_with(api_prefix))
    return c->unknown_method(path);
  std::string_view name = path.substr(api_prefix.size());
  while (name.ends_with('/'))
    name.remove_suffix(1);
  const method* what = api::find_method(name);
  if (!what || !is_there(c->host, *what))
    return c->unknown_method(name);
  c->what = what;
  result<api::arguments> args = api::arguments::read(c->request);
  if (!args)
    return c->fail(args.error());
  c->args = std::move(*args);
  if (what->who == api::audience::anyone)
    return run(c, *what);
  authenticate(c, *what);
}

caf::behavior behave(api::api_self* self, const host_services& host,
                     const std::shared_ptr<api::api_shared>& shared) {
  self->set_default_handler(caf::drop);
  self->measure(host.metrics, actor_kind::api);
  self->nudges(host.outbox);
  auto take_call = [self, &host, shared](edge::http_request& request, edge::responder& answer,
                                         call_pass pass = {}) {
    auto c = std::make_shared<call>(self, host, shared, std::move(request), std::move(answer));
    c->pass = std::move(pass);
    api::guarded(c, [&c] { take(c); });
  };
  return {
      [take_call](api_call& asked) { take_call(asked.request, asked.answer); },
      [take_call, &host](api_calls& asked) {
        if (host.door && asked.handed != tick_time{}) {
          const tick_time now = steady_now();
          host.door->began_after(now - asked.handed, now);
        }
        for (edge::asked_request& each : *asked.all)
          take_call(each.request, each.answer, host.door ? host.door->take_over(asked.handed) : call_pass());
      },
      [self, &host, shared](operator_post& asked) {
        auto c = std::make_shared<call>(self, host, shared, api::request_of(asked),
                                        api::with_trace(std::move(asked.answer)));
        api::guarded(c, [&] { api::post_as_operator(c, asked); });
      },
      [](const run_later& later) { later.work(); },
  };
}

}  // namespace

std::vector<caf::actor> spawn_api(caf::actor_system& system, host_services& host,
                                  std::size_t instances, token_recall* recall) {
  auto shared = std::make_shared<api::api_shared>();
  host.forget_token = [shared](const std::string& hash) { shared->tokens.forget_token(hash); };
  host.forget_user = [shared](entity_id user) { shared->tokens.forget_user(user); };
  if (recall)
    *recall = [shared](const std::string& hash) -> std::shared_ptr<const storage::principal> {
      const api::access_ptr found = shared->tokens.find(hash, steady_now());
      return found ? std::shared_ptr<const storage::principal>(found, &found->who()) : nullptr;
    };
  std::vector<caf::actor> out;
  for (std::size_t i = 0; i < instances; ++i)
    out.push_back(system.spawn(
        [&host, shared](api::api_self* self) { return behave(self, host, shared); }));
  return out;
}

}  // namespace carillon
