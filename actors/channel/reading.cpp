#include "actors/channel/reading.hpp"

#include <algorithm>
#include <utility>

#include "actors/channel/change_draft.hpp"

namespace carillon::reading {
namespace {

std::uint32_t page_of(std::uint32_t limit, const settings& config) {
  return limit == 0 ? config.limits.page_max : std::min(limit, config.limits.page_max);
}

}  // namespace

status check_may_read(const channel_state& state, const wire::caller& by) {
  return state.check_visible(by);
}

channel_outcome describe(const channel_state& state, const wire::caller& by) {
  if (auto visible = state.check_visible(by); !visible)
    return visible.error();
  return unchanged(state, by);
}

channel_outcome list_members(const channel_state& state, const wire::caller& by,
                             const wire::list_members& request) {
  if (auto visible = state.check_visible(by); !visible)
    return visible.error();
  auto next = state.members().begin();
  if (!request.after_user().empty()) {
    auto after = user_number(request.after_user());
    if (!after)
      return errc::invalid_cursor;
    next = state.members().after(*after);
  }
  channel_decision out;
  for (auto left = page_of(request.limit(), state.config());
       left > 0 && next != state.members().end(); --left, ++next)
    out.reply.add_members(user_text(*next));
  if (next != state.members().end())
    out.reply.set_next_member(*out.reply.members().rbegin());
  out.reply.set_member_count(static_cast<std::uint32_t>(state.members().size()));
  out.reply.set_is_member(state.is_member(by));
  return out;
}

channel_outcome mark(const channel_state& state, const wire::caller& by,
                     const wire::mark_read& request) {
  if (auto member = state.check_member(by); !member)
    return member.error();
  if (request.ts() > state.last_ts())
    return make_error(errc::invalid_timestamp, "after the channel's last event");
  return unchanged(state, by);
}

wire::read_history bounded(wire::read_history request, const settings& config) {
  request.set_limit(page_of(request.limit(), config));
  return request;
}

result<wire::read_events> events_for(const channel_state& state, const wire::caller& by,
                                     wire::read_events request) {
  if (!state.exists())
    return make_error(errc::channel_not_found);
  request.set_limit(page_of(request.limit(), state.config()));
  if (request.granted())
    return request;
  if (auto member = state.check_member(by); !member)
    return member.error();
  if (request.last() == 0 || request.last() > state.last_seq())
    request.set_last(state.last_seq());
  return request;
}

}  // namespace carillon::reading
