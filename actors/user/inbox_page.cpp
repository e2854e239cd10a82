#include "actors/user/inbox_page.hpp"

#include <optional>

namespace carillon {
namespace {

// Of a channel that has just been joined, the inbox was not told of the joining yet: until it was, it
// holds nothing of it that can be relied on.
wire::inbox_standing standing_of(const wire::user_channel& channel,
                                 const std::optional<wire::inbox_reach>& reach) {
  wire::inbox_standing out;
  out.set_channel_id(channel.channel_id());
  out.set_kind(channel.kind());
  out.set_joined_seq(channel.joined_seq());
  const bool told = reach && reach->last_seq() >= channel.joined_seq() && reach->last_seq() > 0;
  out.set_read_at_sync(!told || reach->read_at_sync());
  if (told)
    out.set_reach(reach->read_at_sync() ? reach->held() : reach->last_seq());
  return out;
}

}  // namespace

// First how far it holds them, then its rows: what comes in between is in the rows then, and not yet in
// what is said of the channel. The other way round it would be in neither.
result<wire::inbox_page>
read_inbox_page(const storage::inbox_store& inboxes, const entity_id& user,
                const wire::read_inbox& request,
                const google::protobuf::RepeatedPtrField<wire::user_channel>& channels,
                timestamp since) {
  wire::inbox_page out;
  for (const auto& row : channels) {
    const auto channel = entity_id::parse(row.channel_id());
    if (!channel)
      continue;
    auto reach = inboxes.reach(*channel);
    if (!reach)
      return reach.error();
    *out.add_channels() = standing_of(row, *reach);
  }
  const storage::inbox_place place{request.from(), request.skip()};
  if (request.row_at() != 0 && request.row_at() >= since) {
    auto held = inboxes.holds(user, place, request.row_at());
    if (!held)
      return held.error();
    if (!*held)  // what has come since would be taken for what the device has
      return make_error(errc::cursor_expired);
  }
  auto rows = request.starts() ? inboxes.starts(user, place, since)
                               : inboxes.read(user, place, request.limit(), since);
  if (!rows)
    return rows.error();
  for (auto& span : rows->spans)
    *out.add_spans() = std::move(span);
  out.set_from(rows->next.from);
  out.set_skip(rows->next.skip);
  out.set_has_more(rows->has_more);
  out.set_row_at(rows->row_at != 0 ? rows->row_at : request.row_at());
  return out;
}

}  // namespace carillon
