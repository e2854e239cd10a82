#include "actors/channel/channel_state.hpp"

#include <algorithm>
#include <utility>

#include "runtime/base/ensure.hpp"

namespace carillon {

channel_state::channel_state(entity_id id, const settings& config)
    : id_(id), config_(&config), posts_(config.channel.dedupe_recent),
      request_keys_(config.channel.dedupe_recent) {}

void channel_state::load(wire::channel_facts facts,
                         const std::vector<wire::channel_member>& members,
                         storage::channel_tail tail) {
  ENSURE(!exists(), "a channel is loaded once");
  facts_ = std::move(facts);
  members_.reserve(members.size());
  for (const auto& member : members)
    if (auto user = user_number(member.user_id()))
      members_.insert(*user);
  last_seq_ = committed_seq_ = tail.last_seq;
  last_ts_ = tail.last_ts;
}

bool channel_state::is_member(const wire::caller& by) const {
  auto user = user_number(by.user_id());
  return user && members_.contains(*user);
}

bool channel_state::is_direct() const {
  return facts_.kind() == wire::CHANNEL_DIRECT || facts_.kind() == wire::CHANNEL_GROUP_DM;
}

status channel_state::check_visible(const wire::caller& by) const {
  if (!exists() || by.team_id() != facts_.team_id())
    return errc::channel_not_found;
  if (facts_.kind() != wire::CHANNEL_PUBLIC && !is_member(by))
    return errc::channel_not_found;
  return ok;
}

status channel_state::check_member(const wire::caller& by) const {
  if (auto visible = check_visible(by); !visible)
    return visible;
  if (!is_member(by))
    return errc::not_in_channel;
  return ok;
}

status channel_state::check_changeable() const {
  if (is_direct())
    return errc::method_not_supported_for_channel_type;
  if (facts_.archived())
    return errc::is_archived;
  return ok;
}

status channel_state::check_manages(const wire::caller& by) const {
  if (by.admin() || by.user_id() == facts_.creator())
    return ok;
  return make_error(errc::not_allowed, "only the channel's creator or an admin may do this");
}

status channel_state::check_room() const {
  if (in_flight_ >= config_->channel.in_flight_max)
    return make_error(errc::overloaded, "too many changes of this channel wait for the disk");
  return ok;
}

void channel_state::committed(const wire::channel_change& change) {
  ENSURE(in_flight_ > 0, "only what was proposed is committed");
  --in_flight_;
  for (const auto& event : change.events()) {
    ENSURE(event.seq() == committed_seq_ + 1, "a channel commits without gaps");
    committed_seq_ = event.seq();
  }
}

timestamp channel_state::transient_ts(timestamp now) {
  last_ts_ = std::max(now, last_ts_ + 1);
  return last_ts_;
}

std::optional<std::uint64_t> user_number(std::string_view user_id) {
  auto id = entity_id::parse(user_id);
  if (!id || id->kind != id_kind::user)
    return std::nullopt;
  return id->number;
}

std::string user_text(std::uint64_t number) {
  return entity_id{id_kind::user, number}.text();
}

std::size_t count_characters(std::string_view text) {
  // Every character has one byte that is not a continuation byte (10xxxxxx).
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace carillon
