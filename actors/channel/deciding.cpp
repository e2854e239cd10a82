#include "actors/channel/deciding.hpp"

#include "actors/channel/membership.hpp"
#include "actors/channel/properties.hpp"
#include "actors/channel/reading.hpp"

namespace carillon {

channel_outcome decide_change(channel_state& state, const wire::channel_request& request, timestamp now) {
  const wire::caller& by = request.by();
  switch (request.op_case()) {
  case wire::channel_request::kCreate:
    return membership::create(state, by, request.create(), now);
  case wire::channel_request::kOpenDirect:
    return membership::open_direct(state, by, request.open_direct(), now);
  case wire::channel_request::kJoin:
    return membership::join(state, by, now);
  case wire::channel_request::kLeave:
    return membership::leave(state, by, now);
  case wire::channel_request::kInvite:
    return membership::invite(state, by, request.invite(), now);
  case wire::channel_request::kKick:
    return membership::kick(state, by, request.kick(), now);
  case wire::channel_request::kRename:
    return properties::rename(state, by, request.rename(), now);
  case wire::channel_request::kSetTopic:
    return properties::set_topic(state, by, request.set_topic(), now);
  case wire::channel_request::kSetPurpose:
    return properties::set_purpose(state, by, request.set_purpose(), now);
  case wire::channel_request::kArchive:
    return properties::archive(state, by, now);
  case wire::channel_request::kUnarchive:
    return properties::unarchive(state, by, now);
  case wire::channel_request::kListMembers:
    return reading::list_members(state, by, request.list_members());
  default:
    return make_error(errc::internal_error, "a channel request without a known op");
  }
}

}  // namespace carillon
