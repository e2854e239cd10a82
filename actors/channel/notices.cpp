#include "actors/channel/notices.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "actors/slack_json.hpp"

namespace carillon {
namespace {

using audience = notification::audience;

class notice_list {
public:
  explicit notice_list(const wire::channel_change& change)
      : change_(change), facts_(change.facts()), channel_(*entity_id::parse(facts_.id())) {
    ts_ = change.events_size() > 0 ? change.events(0).ts() : facts_.updated();
  }

  std::vector<notification> build() && {
    if (is_new_public_channel())
      tell(audience::team, *entity_id::parse(facts_.team_id()),
           slack::channel_event("channel_created", slack::channel_json(facts_, {}), ts_));
    for (const auto& member : change_.members_added())
      tell_of_joining(member);
    for (const auto& user : change_.members_removed())
      tell_of_leaving(user);
    for (const auto& event : change_.events())
      tell_of_change(event);
    return std::move(out_);
  }

private:
  bool is_public() const { return facts_.kind() == wire::CHANNEL_PUBLIC; }
  bool is_direct() const {
    return facts_.kind() == wire::CHANNEL_DIRECT || facts_.kind() == wire::CHANNEL_GROUP_DM;
  }
  bool is_new_public_channel() const {
    return is_public() && change_.members_added_size() > 0 && change_.events(0).seq() == 1;
  }

  void tell(audience to, entity_id id, std::string json) {
    notification notice;
    notice.to = to;
    notice.id = id;
    notice.json = std::move(json);
    out_.push_back(std::move(notice));
  }
  // Everyone who may know of the channel.
  void tell_those_who_see(std::string json) {
    if (is_public())
      tell(audience::team, *entity_id::parse(facts_.team_id()), std::move(json));
    else
      tell(audience::channel, channel_, std::move(json));
  }

  void tell_of_joining(const wire::channel_member& member) {
    slack::channel_view view;
    view.is_member = true;
    view.is_open = true;
    if (facts_.kind() == wire::CHANNEL_DIRECT)
      for (const auto& other : change_.members_added())
        if (view.peer.empty() || other.user_id() != member.user_id())
          view.peer = other.user_id();
    std::string_view type = "channel_joined";
    if (facts_.kind() == wire::CHANNEL_PRIVATE)
      type = "group_joined";
    else if (facts_.kind() == wire::CHANNEL_DIRECT)
      type = "im_created";
    else if (facts_.kind() == wire::CHANNEL_GROUP_DM)
      type = "mpim_joined";
    auto user = entity_id::parse(member.user_id());
    tell(audience::user, *user, slack::channel_event(type, slack::channel_json(facts_, view), ts_));
    if (is_direct())
      return;  // nobody joins a DM later
    std::string inviter;
    for (const auto& event : change_.events())
      if (event.seq() == member.joined_seq())
        inviter = event.message().inviter();
    tell(audience::channel, channel_,
         slack::member_event("member_joined_channel", member.user_id(), facts_.id(), facts_.kind(),
                             facts_.team_id(), inviter, member.joined_ts(), member.joined_seq()));
  }

  void tell_of_leaving(const std::string& user) {
    tell(audience::user, *entity_id::parse(user),
         slack::channel_id_event(is_public() ? "channel_left" : "group_left", facts_.id(), user,
                                 ts_));
    tell(audience::channel, channel_,
         slack::member_event("member_left_channel", user, facts_.id(), facts_.kind(),
                             facts_.team_id(), {}, ts_, change_.events(0).seq()));
  }

  void tell_of_change(const wire::channel_event& event) {
    if (event.kind() != wire::EVENT_MESSAGE)
      return;
    const std::string& subtype = event.message().subtype();
    const std::string& user = event.message().user();
    std::string prefix = is_public() ? "channel" : "group";
    if (subtype == "channel_name")
      tell_those_who_see(
          slack::channel_event(prefix + "_rename", slack::channel_json(facts_, {}), event.ts()));
    else if (subtype == "channel_archive")
      tell_those_who_see(
          slack::channel_id_event(prefix + "_archive", facts_.id(), user, event.ts()));
    else if (subtype == "channel_unarchive")
      tell_those_who_see(
          slack::channel_id_event(prefix + "_unarchive", facts_.id(), user, event.ts()));
  }

  const wire::channel_change& change_;
  const wire::channel_facts& facts_;
  entity_id channel_;
  timestamp ts_ = 0;
  std::vector<notification> out_;
};

}  // namespace

std::vector<notification> notices_of(const wire::channel_change& change) {
  if (!change.has_facts())
    return {};
  return notice_list(change).build();
}

notification transient_notice(const wire::channel_request& request,
                              const wire::channel_reply& reply, const entity_id& channel) {
  notification notice;
  if (request.transient().kind() == "user_typing") {
    notice.to = audience::channel;
    notice.id = channel;
    notice.json = slack::typing_event(request.channel_id(), request.by().user_id());
    notice.transient = true;
    notice.except_connection = request.by().connection();
    notice.except_host = request.by().host();
  } else {
    notice.to = audience::user;
    notice.id = *entity_id::parse(request.transient().to_user());
    notice.json = slack::ephemeral_event(reply.event().message(), request.channel_id());
  }
  return notice;
}

}  // namespace carillon
