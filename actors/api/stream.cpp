// carillon.stream. What a WebSocket is to a client of RTM, an event stream is to one that can do no more than
// read an answer: the same session stands behind it.
#include "actors/api/handlers.hpp"
#include "actors/api/sync.hpp"
#include "actors/session_opening.hpp"

namespace carillon::api {

void carillon_stream(const call_ptr& c) {
  if (auto request = read_sync_request(*c); !request)
    return refuse_sync(c, request.error());
  auto opening = std::make_shared<session_opening>();
  opening->ticket.user = c->user();
  opening->ticket.team = c->team();
  opening->ticket.token_hash = c->who->token_hash();
  opening->held = c->shared.waits.take(c->user(), c->host.config.limits.waits_max);
  if (!opening->held)
    return c->fail_later(errc::ratelimited, wait_places::retry_after);
  if (c->args.has("cursor"))
    opening->resume =
        session_resume{c->args.text("device"), c->args.text("cursor"), c->args.text("seen")};
  c->ok_stream(std::move(opening));
}

}  // namespace carillon::api
