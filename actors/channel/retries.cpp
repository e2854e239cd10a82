#include "actors/channel/retries.hpp"

#include <utility>

#include "actors/channel/change_draft.hpp"

namespace carillon::retries {
namespace {

using op = wire::channel_request;

// Is the refusal what this request meets when it was carried out already?
bool says_done(const channel_state& state, const wire::channel_request& request, errc why,
               const std::optional<wire::chat_message>& current) {
  const wire::caller& by = request.by();
  switch (request.op_case()) {
  case op::kArchive:
    return why == errc::already_archived;
  case op::kUnarchive:
    return why == errc::not_archived;
  case op::kInvite:
    return why == errc::already_in_channel;
  case op::kKick:  // of the two who may not be in: the one who was kicked
    return why == errc::not_in_channel && state.is_member(by);
  case op::kLeave:  // a private channel is not visible to who has left it
    return why == errc::channel_not_found && state.exists() &&
           by.team_id() == state.facts().team_id();
  case op::kDelete:
    return why == errc::message_not_found && current && current->deleted();
  default:
    return false;
  }
}

channel_decision answer_done(const channel_state& state, const wire::channel_request& request,
                             const std::optional<wire::chat_message>& current) {
  channel_decision out;
  if (request.has_leave())
    return out;  // nothing of the channel is told to who is out
  out = unchanged(state, request.by());
  if (current) {
    out.reply.mutable_event()->set_kind(wire::EVENT_MESSAGE_DELETED);
    *out.reply.mutable_event()->mutable_message() = *current;
  }
  return out;
}

}  // namespace

channel_outcome forgive(const channel_state& state, const wire::channel_request& request,
                        channel_outcome outcome,
                        const std::optional<wire::chat_message>& current) {
  if (request.attempt() == 0)
    return outcome;
  if (outcome) {
    // "It was so before" is no news about what this very request did. Of a DM and of a channel that
    // was created it only says that it is there, which is as true.
    if (!request.has_create() && !request.has_open_direct())
      outcome->reply.clear_already();
    return outcome;
  }
  if (says_done(state, request, outcome.code(), current))
    return answer_done(state, request, current);
  return outcome;
}

}  // namespace carillon::retries
