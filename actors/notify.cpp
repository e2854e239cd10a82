#include "actors/notify.hpp"

namespace carillon {

wire::peer_notification to_wire(const notification& what, raft::member_id self) {
  wire::peer_notification out;
  out.set_audience(static_cast<std::uint32_t>(what.to));
  out.set_id(what.id.text());
  out.set_json(what.json);
  out.set_transient(what.transient);
  out.set_except_connection(what.except_connection);
  if (what.except_connection != 0)  // connections are numbered by their host
    out.set_except_host(what.except_host == 0 ? self : what.except_host);
  return out;
}

wire::peer_notification to_wire(const membership_notice& what) {
  wire::peer_notification out;
  out.set_id(what.user.text());
  out.set_member_channel(what.channel.text());
  out.set_member(what.member);
  out.set_member_seq(what.seq);
  return out;
}

wire::peer_notification to_wire(const friends_known& what) {
  wire::peer_notification out;
  out.set_id(what.user.text());
  out.set_of_friends(true);
  // Hosts of earlier versions take it for a notification: of an audience that they do not know.
  out.set_audience(static_cast<std::uint32_t>(notification::audience::presence) + 1);
  for (const entity_id& each : what.friends)
    out.add_friends(each.text());
  return out;
}

std::variant<std::monostate, notification, membership_notice, friends_known> from_wire(
    const wire::peer_notification& what) {
  auto id = entity_id::parse(what.id());
  if (!id)
    return {};
  if (!what.member_channel().empty()) {
    auto channel = entity_id::parse(what.member_channel());
    if (!channel)
      return {};
    membership_notice notice;
    notice.user = *id;
    notice.channel = *channel;
    notice.member = what.member();
    notice.seq = what.member_seq();
    return notice;
  }
  if (what.of_friends()) {
    friends_known out{*id, {}};
    for (const std::string& text : what.friends())
      if (auto each = entity_id::parse(text))
        out.friends.push_back(*each);
    return out;
  }
  if (what.audience() > static_cast<std::uint32_t>(notification::audience::presence))
    return {};  // of a later version
  notification notice;
  notice.to = static_cast<notification::audience>(what.audience());
  notice.id = *id;
  notice.json = what.json();
  notice.transient = what.transient();
  notice.except_connection = what.except_connection();
  notice.except_host = what.except_host();
  return notice;
}

}  // namespace carillon
