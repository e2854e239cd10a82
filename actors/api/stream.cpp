// carillon.stream. What a WebSocket is to a client of RTM, an event stream is to one that can do no more than
// read an answer: the same session stands behind it.
#include <algorithm>
#include <memory>

#include "actors/api/handlers.hpp"
#include "actors/api/sync.hpp"
#include "actors/session_opening.hpp"
#include "actors/stream_mark.hpp"

namespace carillon::api {
namespace {

// Of the head of the request that takes the stream up again, for what else the client says in it.
constexpr std::size_t other_headers = 2'048;

// A client that comes back has been told what its arguments do not know of.
std::optional<session_resume> place_of(const call& c) {
  if (c.request.last_event_id.empty())
    return session_resume{c.args.text("device"), c.args.text("cursor"), c.args.text("seen")};
  auto place = read_stream_mark(c.request.last_event_id);
  if (!place)
    return std::nullopt;
  return session_resume{c.args.text("device"), std::move(place->cursor), std::move(place->seen)};
}

edge::event_marker marks_of(const call& c, const session_resume& from, const seqs_by_channel& seen) {
  const std::size_t head = c.host.config.edge.header_max_bytes;
  const std::size_t taken = c.request.path.size() + c.request.query.size() + other_headers;
  auto mark = std::make_shared<stream_mark>(from.cursor, seen, head - std::min(head, taken));
  return [mark](std::string_view channel, std::uint64_t seq) { return mark->after(channel, seq); };
}

}  // namespace

void carillon_stream(const call_ptr& c) {
  auto from = place_of(*c);
  if (!from)
    return c->fail(make_error(errc::invalid_cursor, "Last-Event-ID is the id of no event of a stream"));
  auto request = read_sync_request(*c, from->cursor, from->seen);
  if (!request)
    return refuse_sync(c, request.error());
  auto opening = std::make_shared<session_opening>();
  opening->ticket.user = c->user();
  opening->ticket.team = c->team();
  opening->ticket.token_hash = c->who->token_hash();
  opening->held = c->shared.waits.take(c->user(), c->host.config.limits.waits_max);
  if (!opening->held)
    return c->fail_later(errc::ratelimited, wait_places::retry_after);
  if (from->cursor.empty())  // what comes from now on: there is no place to go on from
    return c->ok_stream(std::move(opening), {});
  auto marks = marks_of(*c, *from, request->seen);
  opening->resume = std::move(from);
  c->ok_stream(std::move(opening), std::move(marks));
}

}  // namespace carillon::api
