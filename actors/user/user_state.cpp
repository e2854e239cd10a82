#include "actors/user/user_state.hpp"

#include <algorithm>
#include <utility>

namespace carillon {
namespace {

constexpr timestamp seen_again_after = 3'600'000'000;  // an hour: it is written down so often at most

user_decision already() {
  user_decision out;
  out.reply.set_already(true);
  return out;
}

}  // namespace

void user_state::load_channels(const std::vector<wire::user_channel>& rows) {
  for (const auto& stored : rows) {
    auto channel = entity_id::parse(stored.channel_id());
    if (!channel)
      continue;
    row& loaded = rows_[*channel];
    loaded.kind = stored.kind();
    loaded.open = stored.open();
    loaded.member = stored.member();
    loaded.last_read = stored.last_read();
    loaded.joined_seq = stored.joined_seq();
    loaded.peer = entity_id::parse(stored.peer()).value_or(entity_id{});
  }
}

user_outcome user_state::project(const wire::project_membership& membership) {
  auto channel = entity_id::parse(membership.channel_id());
  if (!channel)
    return make_error(errc::invalid_arguments, "channel_id");
  auto [place, is_new] = rows_.try_emplace(*channel);
  row& known = place->second;
  if (!is_new && membership.seq() <= known.joined_seq)
    return already();
  known.kind = membership.kind();
  known.member = membership.member();
  known.joined_seq = membership.seq();
  known.open = membership.member() && (known.open || membership.open());
  if (auto peer = entity_id::parse(membership.peer()))
    known.peer = *peer;
  // Who returns has read no less than before.
  if (membership.member())
    known.last_read = std::max(known.last_read, membership.last_read());
  return write(*channel, known);
}

user_outcome user_state::mark(const wire::mark_channel& request) {
  row* known = find(request.channel_id());
  if (!known || !known->member)
    return errc::not_in_channel;
  if (known->last_read == request.ts())
    return already();
  known->last_read = request.ts();
  return write(*entity_id::parse(request.channel_id()), *known);
}

user_outcome user_state::open(const wire::open_channel& request) {
  row* known = find(request.channel_id());
  if (!known)
    return errc::channel_not_found;
  if (known->kind != wire::CHANNEL_DIRECT && known->kind != wire::CHANNEL_GROUP_DM)
    return errc::method_not_supported_for_channel_type;
  if (known->open == request.open())
    return already();
  known->open = request.open();
  return write(*entity_id::parse(request.channel_id()), *known);
}

user_outcome user_state::choose_away(const wire::choose_away& request, timestamp now) {
  if (settings_.away() == request.away())
    return already();
  settings_.set_away(request.away());
  settings_.set_updated(std::max(now, settings_.updated() + 1));
  auto command = std::make_shared<wire::slot_command>();
  command->mutable_user()->set_user_id(id_.text());
  *command->mutable_user()->mutable_settings() = settings_;
  return user_decision{std::move(command), {}};
}

void user_state::load_devices(const std::vector<wire::user_device>& rows) {
  for (const auto& row : rows)
    devices_.emplace(row.name(), row);
}

user_outcome user_state::see_device(const wire::read_inbox& request, timestamp now,
                                    std::size_t most) {
  auto known = devices_.find(request.device());
  if (known == devices_.end() && !request.begins())
    return errc::unknown_device;
  seen_[request.device()] = now;
  if (known != devices_.end() && now < known->second.last_seen() + seen_again_after)
    return user_decision{};
  auto command = std::make_shared<wire::slot_command>();
  wire::user_change& change = *command->mutable_user();
  change.set_user_id(id_.text());
  while (known == devices_.end() && devices_.size() >= most) {
    auto oldest = std::min_element(devices_.begin(), devices_.end(), [this](const auto& a, const auto& b) {
      return last_seen(a.second) < last_seen(b.second);
    });
    change.add_devices_gone(oldest->first);
    seen_.erase(oldest->first);
    devices_.erase(oldest);
  }
  wire::user_device& device = devices_[request.device()];
  if (known == devices_.end()) {
    device.set_name(request.device());
    device.set_first_seen(now);
  }
  device.set_last_seen(now);
  *change.add_devices() = device;
  return user_decision{std::move(command), {}};
}

// What is written may be an hour old.
timestamp user_state::last_seen(const wire::user_device& device) const {
  const auto seen = seen_.find(device.name());
  return seen == seen_.end() ? device.last_seen() : std::max(seen->second, device.last_seen());
}

user_outcome user_state::forget_device(const wire::forget_device& request) {
  if (devices_.erase(request.device()) == 0)
    return errc::unknown_device;
  seen_.erase(request.device());
  auto command = std::make_shared<wire::slot_command>();
  command->mutable_user()->set_user_id(id_.text());
  command->mutable_user()->add_devices_gone(request.device());
  return user_decision{std::move(command), {}};
}

user_decision user_state::list_devices() const {
  user_decision out;
  for (const auto& [name, device] : devices_)
    *out.reply.add_devices() = device;
  return out;
}

user_decision user_state::note_active(timestamp when) {
  if (when <= settings_.last_active())
    return already();
  settings_.set_last_active(when);
  auto command = std::make_shared<wire::slot_command>();
  command->mutable_user()->set_user_id(id_.text());
  *command->mutable_user()->mutable_settings() = settings_;
  return {std::move(command), {}};
}

user_decision user_state::list(const wire::list_channels& request) const {
  user_decision out;
  for (const auto& [channel, known] : rows_)
    if (known.member || !request.only_members())
      *out.reply.add_channels() = row_text(channel, known);
  return out;
}

user_decision user_state::get(const wire::get_channel& request) const {
  user_decision out;
  if (const row* known = find(request.channel_id()))
    *out.reply.add_channels() = row_text(*entity_id::parse(request.channel_id()), *known);
  return out;
}

wire::user_channel user_state::row_text(const entity_id& channel, const row& of) {
  wire::user_channel out;
  out.set_channel_id(channel.text());
  out.set_kind(of.kind);
  out.set_last_read(of.last_read);
  out.set_joined_seq(of.joined_seq);
  out.set_open(of.open);
  out.set_member(of.member);
  out.set_peer(of.peer.text());
  return out;
}

const user_state::row* user_state::find(const std::string& channel_id) const {
  auto channel = entity_id::parse(channel_id);
  if (!channel)
    return nullptr;
  auto found = rows_.find(*channel);
  return found == rows_.end() ? nullptr : &found->second;
}

user_state::row* user_state::find(const std::string& channel_id) {
  return const_cast<row*>(std::as_const(*this).find(channel_id));
}

user_decision user_state::write(const entity_id& channel, const row& changed) const {
  auto command = std::make_shared<wire::slot_command>();
  command->mutable_user()->set_user_id(id_.text());
  *command->mutable_user()->add_channels() = row_text(channel, changed);
  user_decision out;
  *out.reply.add_channels() = command->user().channels(0);
  out.command = std::move(command);
  return out;
}

}  // namespace carillon
