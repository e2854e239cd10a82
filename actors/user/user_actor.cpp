#include "actors/user/user_actor.hpp"

#include <string>
#include <utility>
#include <vector>

#include "actors/entity_actor.hpp"
#include "actors/notify.hpp"
#include "actors/slack_json.hpp"
#include "actors/user/presence_state.hpp"
#include "actors/user/user_state.hpp"

namespace carillon {
namespace {

using user_base = entity_actor<wire::user_request, wire::user_reply>;
using audience = notification::audience;

constexpr std::size_t row_bytes = 120;  // of a device or a channel in memory, about

template <class Announcement>
device device_of(const Announcement& said) {
  return {said.host(), said.connection()};
}

class user_actor final : public user_base {
public:
  user_actor(caf::actor_config& config, const host_services& host, entity_id id, caf::actor slot)
      : user_base(config, host, id, std::move(slot), host.config.channel.idle_stop_ms), state_(id) {
  }

  const char* name() const override { return "user"; }

private:
  enum class rows { on_disk, on_the_way, loaded };
  struct waiting {
    ticket open;
    request_box request;
  };

  void load() override;
  void serve(ticket open, const request_box& request) override;
  bool may_rest() const override { return !presence_.online(); }
  void describe_details(wire::entity_picture& into) override;
  void on_host_lost(raft::member_id lost) override;
  void depart() override;

  void with_rows(ticket open, const request_box& request);
  user_outcome decide(const wire::user_request& request);
  void carry_out(ticket open, const request_box& request, user_outcome outcome);
  void on_commit_of(const wire::user_request& request);

  void device_online(const device& which);
  void device_offline(const device& which);
  void wait_grace(presence_state::grace_id grace);
  wire::user_reply presence_reply() const;

  void tell(audience to, std::string json, bool transient, const wire::caller& except = {});
  void tell_presence(presence_state::visible_change change);
  void tell_membership(const wire::project_membership& membership);
  void tell_read(const wire::user_request& request);
  void tell_open(const std::string& channel, bool open);

  user_state state_;
  presence_state presence_;
  rows rows_ = rows::on_disk;
  std::vector<waiting> waiting_for_rows_;
};

// ---- activation -------------------------------------------------------------------------------

void user_actor::load() {
  auto settings = host().messages->user_settings(id());
  if (!settings)
    return loaded(settings.error());
  if (*settings)
    state_.load_settings(**settings);
  presence_.choose_away(state_.settings().away());
  loaded(ok);
}

void user_actor::describe_details(wire::entity_picture& into) {
  wire::user_details& details = *into.mutable_user();
  details.set_presence(presence_.active() ? "active" : "away");
  details.set_manual_away(presence_.manual_away());
  for (const auto& [which, doubt] : presence_.devices()) {
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
  auto read = [id = id()](const storage::message_store& stored) {
    return stored.user_channels(id);
  };
  ask_reader(this, host(), id(), read, [this](result<std::vector<wire::user_channel>> found) {
    auto waiting = std::exchange(waiting_for_rows_, {});
    rows_ = found ? rows::loaded : rows::on_disk;
    if (found)
      state_.load_channels(*found);
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
    tell_presence(false);
  for (const auto& [which, doubt] : presence_.devices()) {
    wire::user_request request;
    request.set_user_id(id().text());
    request.mutable_device_online()->set_connection(which.connection);
    request.mutable_device_online()->set_host(which.host);
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
    return with_rows(open, request);
  case wire::user_request::kChooseAway:
    return carry_out(open, request, decide(*request));
  case wire::user_request::kDeviceOnline:
    device_online(device_of(request->device_online()));
    break;
  case wire::user_request::kDeviceOffline:
    device_offline(device_of(request->device_offline()));
    break;
  case wire::user_request::kDeviceActivity:
    // Also from a device that we lost sight of when this actor was started anew.
    device_online(device_of(request->device_activity()));
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
  case wire::user_request::kListChannels:
    return state_.list(request.list_channels());
  case wire::user_request::kGetChannel:
    return state_.get(request.get_channel());
  default:
    return state_.choose_away(request.choose_away(), host().now());
  }
}

void user_actor::carry_out(ticket open, const request_box& request, user_outcome outcome) {
  if (!outcome)
    return refuse_leading(open, outcome.error());
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
    return tell_read(request);
  case wire::user_request::kOpenChannel:
    return tell_open(request.open_channel().channel_id(), request.open_channel().open());
  case wire::user_request::kChooseAway:
    tell(audience::user, slack::manual_presence_event(!request.choose_away().away()), false);
    return tell_presence(presence_.choose_away(request.choose_away().away()));
  default:
    return;
  }
}

// ---- presence ---------------------------------------------------------------------------------

void user_actor::device_online(const device& which) {
  tell_presence(presence_.device_online(which, host().now()));
}

void user_actor::device_offline(const device& which) {
  wait_grace(presence_.device_offline(which, host().now()));
}

// It may be back before the grace is over; its sessions then say so.
void user_actor::on_host_lost(raft::member_id lost) {
  wait_grace(presence_.host_lost(lost));
}

void user_actor::wait_grace(presence_state::grace_id grace) {
  if (grace != 0)
    after(std::chrono::milliseconds(host().config.presence.offline_grace_ms),
          [this, grace] { tell_presence(presence_.grace_over(grace)); });
}

wire::user_reply user_actor::presence_reply() const {
  wire::user_reply reply;
  reply.set_active(presence_.active());
  reply.set_online(presence_.online());
  reply.set_manual_away(presence_.manual_away());
  reply.set_connection_count(static_cast<std::uint32_t>(presence_.devices().size()));
  reply.set_last_activity(presence_.last_activity() / 1'000'000);
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

void user_actor::tell_presence(presence_state::visible_change change) {
  if (change)
    tell(audience::presence, slack::presence_event(id().text(), *change), true);
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
  const auto& mark = request.mark();
  wire::get_channel which;
  which.set_channel_id(mark.channel_id());
  wire::channel_kind kind = state_.get(which).reply.channels(0).kind();
  tell(audience::user,
       slack::marked_event(mark.channel_id(), kind, mark.ts(), mark.unread_count(),
                           mark.unread_count_display()),
       false, request.by());
}

void user_actor::tell_open(const std::string& channel, bool open) {
  std::string type = channel.front() == id_kind::group_dm ? "mpim" : "im";
  type += open ? "_open" : "_close";
  tell(audience::user, slack::channel_id_event(type, channel, id().text(), host().now()), false);
}

}  // namespace

caf::actor spawn_user(caf::actor_system& system, const host_services& host, entity_id user,
                      caf::actor slot) {
  return system.spawn<user_actor>(std::cref(host), user, std::move(slot));
}

}  // namespace carillon
