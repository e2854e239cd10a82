#include "actors/user/user_actor.hpp"

#include <algorithm>
#include <chrono>

#include "actors/notify.hpp"
#include "actors/retention.hpp"
#include "actors/slack_json.hpp"
#include "actors/user/user_shell.hpp"
#include "storage/journal.hpp"

namespace carillon {
namespace {

constexpr std::size_t row_bytes = 120;  // of a device or a channel in memory, about
constexpr std::chrono::milliseconds look_min{10};
constexpr std::chrono::milliseconds look_max{60'000};

template <class Announcement>
device device_of(const Announcement& said) {
  return {said.host(), said.connection()};
}

}  // namespace

// ---- activation -------------------------------------------------------------------------------

void user_actor::load() {
  auto settings = host().messages->user_settings(id());
  if (!settings)
    return loaded(settings.error());
  if (*settings)
    state_.load_settings(**settings);
  presence_.choose_away(state_.settings().away());
  presence_.recall_activity(state_.settings().last_active());
  loaded(ok);
}

void user_actor::describe_details(wire::entity_picture& into) {
  wire::user_details& details = *into.mutable_user();
  details.set_presence(presence_.active() ? "active" : "away");
  details.set_manual_away(presence_.manual_away());
  details.set_auto_away(presence_.auto_away());
  details.set_last_active(presence_.last_activity());
  for (const auto& [which, known] : presence_.devices()) {
    wire::user_details::device& device = *details.add_devices();
    if (host().ring)
      device.set_host(name_of_member(*host().ring->now(), which.host));
    device.set_connection(which.connection);
  }
  into.set_memory_bytes(sizeof *this + presence_.devices().size() * row_bytes +
                        state_.channel_count() * row_bytes);
}

void user_actor::with_rows(ticket open, const request_box& request) {
  if (rows_ == rows::loaded)
    return carry_out(open, request, decide(*request));
  waiting_for_rows_.push_back({open, request});
  if (rows_ == rows::on_the_way)
    return;
  rows_ = rows::on_the_way;
  auto read = [id = id()](const storage::message_store& stored) -> result<user_rows> {
    auto channels = stored.user_channels(id);
    if (!channels)
      return channels.error();
    auto friends = stored.user_friends(id);
    if (!friends)
      return friends.error();
    auto devices = stored.inboxes_near(id).devices(id);
    if (!devices)
      return devices.error();
    auto push = stored.pushes_near(id).user(id);
    if (!push)
      return push.error();
    return user_rows{std::move(*channels), std::move(*friends), std::move(*devices),
                     push->value_or(wire::push_user())};
  };
  ask_reader(this, host(), id(), read, [this](result<user_rows> found) {
    auto waiting = std::exchange(waiting_for_rows_, {});
    rows_ = found ? rows::loaded : rows::on_disk;
    if (found) {
      state_.load_channels(found->channels);
      state_.load_devices(found->devices);
      friends_.load(found->friends);
      pushes_.load(std::move(found->push));
    }
    for (auto& [open, request] : waiting)
      if (found)
        carry_out(open, request, decide(*request));
      else
        refuse(open, found.error());
  });
}

// Devices are known to this memory alone: whoever comes next must hear of them. A device that is
// only in its grace period is given up. (When another host leads the slot now, the slot here refuses
// these words; the sessions say them again there.)
void user_actor::depart() {
  if (!presence_.has_devices() && presence_.active())
    send(slot(), presence_changed{id(), false});
  for (const auto& [which, known] : presence_.devices()) {
    wire::user_request request;
    request.set_user_id(id().text());
    request.mutable_device_online()->set_connection(which.connection);
    request.mutable_device_online()->set_host(which.host);
    request.mutable_device_online()->set_idle_ms((host().now() - std::min(host().now(), known.used_at)) / 1'000);
    send(slot(), request_box(std::move(request)));
  }
  quit();
}

// ---- deciding and carrying out ----------------------------------------------------------------

void user_actor::serve(ticket open, const request_box& request) {
  switch (request->op_case()) {
  case wire::user_request::kMembership:
  case wire::user_request::kMark:
  case wire::user_request::kOpenChannel:
  case wire::user_request::kListChannels:
  case wire::user_request::kGetChannel:
  case wire::user_request::kInbox:
  case wire::user_request::kForgetDevice:
  case wire::user_request::kListDevices:
  case wire::user_request::kChangeFriend:
  case wire::user_request::kListFriends:
  case wire::user_request::kFriendChanged:
  case wire::user_request::kChangePush:
  case wire::user_request::kReadPush:
    return with_rows(open, request);
  case wire::user_request::kAwait:
    return await_inbox(open, request->await());
  case wire::user_request::kMentions:
    return count_mentions(open, request);
  case wire::user_request::kChooseAway:
    return carry_out(open, request, decide(*request));
  case wire::user_request::kDeviceOnline:
    device_online(request->device_online());
    break;
  case wire::user_request::kDeviceOffline:
    device_offline(request->device_offline());
    break;
  case wire::user_request::kDeviceActivity:
    device_active(request->device_activity());
    break;
  case wire::user_request::kGetPresence:
    break;
  default:
    return refuse(open, make_error(errc::internal_error, "a user request without a known op"));
  }
  answer(open, presence_reply());
}

user_outcome user_actor::decide(const wire::user_request& request) {
  switch (request.op_case()) {
  case wire::user_request::kMembership:
    return state_.project(request.membership());
  case wire::user_request::kMark:
    return state_.mark(request.mark());
  case wire::user_request::kOpenChannel:
    return state_.open(request.open_channel());
  case wire::user_request::kListChannels: {
    user_decision out = state_.list(request.list_channels());
    if (request.list_channels().with_friends())
      out.reply = with_friends(std::move(out.reply));
    return out;
  }
  case wire::user_request::kListFriends:
    return user_decision{nullptr, with_friends({})};
  case wire::user_request::kChangeFriend:
    return friends_.change(request.change_friend(), host().now());
  case wire::user_request::kFriendChanged:
    return friends_.project(request.friend_changed());
  case wire::user_request::kGetChannel:
    return state_.get(request.get_channel());
  case wire::user_request::kInbox:
    return state_.see_device(request.inbox(), host().now(), host().config.inbox.devices_max);
  case wire::user_request::kForgetDevice:
    return forget_device(request.forget_device());
  case wire::user_request::kChangePush:
    return pushes_.change(request.change_push(), request.by().team_id(), host().now());
  case wire::user_request::kReadPush:
    return pushes_.list();
  case wire::user_request::kListDevices:
    return state_.list_devices();
  default:
    return state_.choose_away(request.choose_away(), host().now());
  }
}

// Pushes to it end as well.
user_outcome user_actor::forget_device(const wire::forget_device& which) {
  auto outcome = state_.forget_device(which);
  if (outcome) {
    auto command = std::make_shared<wire::slot_command>(*outcome->command);
    pushes_.forget_device(which.device(), *command->mutable_user());
    outcome->command = std::move(command);
  }
  return outcome;
}

wire::user_reply user_actor::with_friends(wire::user_reply reply) const {
  for (const entity_id& each : friends_.friends())
    reply.add_friends(each.text());
  return reply;
}

void user_actor::carry_out(ticket open, const request_box& request, user_outcome outcome) {
  if (!outcome)
    return refuse_leading(open, outcome.error());
  if (request->has_inbox())
    return read_inbox(open, request, std::move(*outcome));
  if (!outcome->command)
    return answer_leading(open, std::move(outcome->reply));
  auto reply = std::make_shared<wire::user_reply>(std::move(outcome->reply));
  propose(outcome->command, {}, [this, open, request, reply](raft::log_index) {
    on_commit_of(*request);
    answer(open, std::move(*reply));
  });
}

void user_actor::on_commit_of(const wire::user_request& request) {
  switch (request.op_case()) {
  case wire::user_request::kMembership:
    return tell_membership(request.membership());
  case wire::user_request::kMark:
    follow_activity(presence_.user_active(host().now()));
    return tell_read(request);
  case wire::user_request::kOpenChannel:
    return tell_open(request.open_channel().channel_id(), request.open_channel().open());
  case wire::user_request::kChangeFriend:
    return tell_friend(request.change_friend().user_id(), request.change_friend().friend_());
  case wire::user_request::kFriendChanged:
    return tell_friend(request.friend_changed().row().user_id(), request.friend_changed().row().friend_());
  case wire::user_request::kChangePush:
    return tell_dnd(request.change_push());
  case wire::user_request::kChooseAway:
    tell(audience::user, slack::manual_presence_event(!request.choose_away().away()), false);
    return tell_presence(presence_.choose_away(request.choose_away().away()));
  default:
    return;
  }
}

// ---- presence ---------------------------------------------------------------------------------

void user_actor::device_online(const wire::device_online& said) {
  follow_activity(presence_.device_online(device_of(said), host().now(), said.idle_ms() * 1'000));
}

void user_actor::device_offline(const wire::device_offline& said) {
  const timestamp now = host().now();
  wait_grace(presence_.device_offline(device_of(said), now - std::min(now, said.silent_ms() * 1'000)));
}

// Also from a device that we lost sight of when this actor was started anew.
void user_actor::device_active(const wire::device_activity& said) {
  follow_activity(said.connection() == 0 ? presence_.user_active(host().now())
                                         : presence_.device_active(device_of(said), host().now()));
}

void user_actor::follow_activity(presence_state::visible_change change) {
  tell_presence(change);
  look_later();
  write_activity_later();
}

// A while later, for all that happens until then; never for who only stays connected. What is written may
// be so much too old.
void user_actor::write_activity_later() {
  const std::chrono::milliseconds interval(host().config.presence.last_active_write_ms);
  const timestamp worth = state_.settings().last_active() + timestamp(std::chrono::microseconds(interval).count());
  if (writes_activity_ || presence_.last_activity() < worth)
    return;
  writes_activity_ = true;
  after(interval, [this] {
    writes_activity_ = false;
    if (host().journal && host().journal->is_full())
      return write_activity_later();  // there are more urgent things to write
    if (auto outcome = state_.note_active(presence_.last_activity()); outcome.command)
      propose(outcome.command, {}, [](raft::log_index) {});
  });
}

// One timer at a time, and no long one: CAF's clock keeps an actor in memory until its last one is over.
void user_actor::look_later() {
  const timestamp when = presence_.next_look();
  if (looks_later_ || when == 0)
    return;
  looks_later_ = true;
  const timestamp now = host().now();
  const std::chrono::microseconds left(when - std::min(when, now));
  after(std::clamp(std::chrono::ceil<std::chrono::milliseconds>(left), look_min, look_max), [this] {
    looks_later_ = false;
    tell_presence(presence_.look(host().now()));
    look_later();
  });
}

// It may be back before the grace is over; its sessions then say so.
void user_actor::on_host_lost(raft::member_id lost) {
  wait_grace(presence_.host_lost(lost, host().now()));
}

void user_actor::wait_grace(presence_state::grace_id grace) {
  tell_presence(std::nullopt, presence_.seen_until());
  if (grace != 0)
    after(std::chrono::milliseconds(host().config.presence.offline_grace_ms),
          [this, grace] { tell_presence(presence_.grace_over(grace, host().now())); });
}

wire::user_reply user_actor::presence_reply() const {
  wire::user_reply reply;
  reply.set_active(presence_.active());
  reply.set_online(presence_.online());
  reply.set_manual_away(presence_.manual_away());
  reply.set_connection_count(static_cast<std::uint32_t>(presence_.devices().size()));
  reply.set_last_activity(presence_.last_activity() / 1'000'000);
  reply.set_auto_away(presence_.auto_away());
  return reply;
}

// ---- telling ----------------------------------------------------------------------------------

void user_actor::tell(audience to, std::string json, bool transient, const wire::caller& except) {
  notification notice;
  notice.to = to;
  notice.id = id();
  notice.json = std::move(json);
  notice.transient = transient;
  notice.except_connection = except.connection();
  notice.except_host = except.host();
  notify_hubs(this, host(), std::move(notice));
}

// Who watches, the slot knows; and whom to push, while the grace shows others no change, and of what when the
// last connection is gone.
void user_actor::tell_presence(presence_state::visible_change change, timestamp seen_until) {
  const bool in_grace = presence_.active() && !presence_.has_connection();
  const bool as_before = !change && in_grace == told_in_grace_;
  if (as_before && seen_until == 0)
    return;
  told_in_grace_ = in_grace;
  send(slot(), presence_changed{id(), presence_.active(), in_grace, seen_until, as_before});
}

void user_actor::tell_membership(const wire::project_membership& membership) {
  membership_notice notice;
  notice.user = id();
  notice.channel = *entity_id::parse(membership.channel_id());
  notice.member = membership.member();
  notice.seq = membership.seq();
  notify_hubs(this, host(), notice);
  if (membership.open())  // the user asked for this DM, which was not there before
    tell_open(membership.channel_id(), true);
}

void user_actor::tell_read(const wire::user_request& request) {
  wire::get_channel which;
  which.set_channel_id(request.mark().channel_id());
  wire::channel_kind kind = state_.get(which).reply.channels(0).kind();
  auto channel = *entity_id::parse(request.mark().channel_id());
  auto count = [id = id(), channel,
                after = counted_after(request.mark().ts(), host().now(), host().config),
                most = host().config.limits.page_max](const storage::message_store& stored) {
    return stored.inboxes_near(id).mentions(id, channel, after, most);
  };
  ask_reader(this, host(), id(), count,
             [this, kind, mark = request.mark(), by = request.by()](result<std::uint32_t> found) {
               tell(audience::user,
                    slack::marked_event(mark.channel_id(), kind, mark.ts(), mark.unread_count(),
                                        mark.unread_count_display(), found ? *found : 0),
                    false, by);
             });
}

void user_actor::tell_open(const std::string& channel, bool open) {
  std::string type = channel.front() == id_kind::group_dm ? "mpim" : "im";
  type += open ? "_open" : "_close";
  tell(audience::user, slack::channel_id_event(type, channel, id().text(), host().now()), false);
}

// Whose presence is watched for this user's connections, and a word to these.
void user_actor::tell_friend(const std::string& other, bool is_friend) {
  notify_hubs(this, host(), friends_known{id(), friends_.friends()});
  tell(audience::user, slack::friend_event(other, is_friend), false);
}

void user_actor::tell_dnd(const wire::change_push& change) {
  if (change.has_hours() || change.has_snooze_until() || change.has_dnd_ended())
    tell(audience::user, slack::dnd_event(id().text(), pushes_.said(), host().now()), false);
}

caf::actor spawn_user(caf::actor_system& system, const host_services& host, entity_id user,
                      caf::actor slot) {
  return system.spawn<user_actor>(std::cref(host), user, std::move(slot));
}

}  // namespace carillon
