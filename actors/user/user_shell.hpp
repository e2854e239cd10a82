// The user's actor, in two files: what it decides, does and tells (user_actor.cpp), and what it reads of
// the inbox (user_inbox.cpp).
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "actors/entity_actor.hpp"
#include "actors/user/friend_book.hpp"
#include "actors/user/presence_state.hpp"
#include "actors/user/push_wishes.hpp"
#include "actors/user/user_state.hpp"

namespace carillon {

using user_base = entity_actor<wire::user_request, wire::user_reply>;

class user_actor final : public user_base {
public:
  user_actor(caf::actor_config& config, const host_services& host, entity_id id, caf::actor slot)
      : user_base(config, host, id, std::move(slot), host.config.channel.idle_stop_ms),
        state_(id), friends_(id, host.config.presence.friends_max),
        pushes_(id, host.config.push.targets_max),
        presence_(timestamp{host.config.presence.auto_away_after_ms} * 1'000) {}

  const char* name() const override { return "user"; }

private:
  using audience = notification::audience;
  enum class rows { on_disk, on_the_way, loaded };
  struct user_rows {
    std::vector<wire::user_channel> channels;
    std::vector<wire::user_friend> friends;
    std::vector<wire::user_device> devices;
    wire::push_user push;
  };
  struct waiting {
    ticket open;
    request_box request;
  };

  void load() override;
  void serve(ticket open, const request_box& request) override;
  bool may_rest() const override { return !presence_.online() && !writes_activity_; }
  void describe_details(wire::entity_picture& into) override;
  void on_host_lost(raft::member_id lost) override;
  void depart() override;

  void with_rows(ticket open, const request_box& request);
  wire::user_reply with_friends(wire::user_reply reply) const;
  user_outcome decide(const wire::user_request& request);
  user_outcome forget_device(const wire::forget_device& which);
  void carry_out(ticket open, const request_box& request, user_outcome outcome);
  void on_commit_of(const wire::user_request& request);

  void read_inbox(ticket open, const request_box& request, user_decision device);
  void count_mentions(ticket open, const request_box& request);
  void await_inbox(ticket open, const wire::await_inbox& wanted);
  void end_wait(ticket open, bool news);
  void on_inbox_news(std::uint64_t position) override;

  void device_online(const wire::device_online& said);
  void device_offline(const wire::device_offline& said);
  void device_active(const wire::device_activity& said);
  void follow_activity(presence_state::visible_change change);
  void look_later();
  void write_activity_later();
  void wait_grace(presence_state::grace_id grace);
  wire::user_reply presence_reply() const;

  void tell(audience to, std::string json, bool transient, const wire::caller& except = {});
  void tell_presence(presence_state::visible_change change, timestamp seen_until = 0);
  void tell_membership(const wire::project_membership& membership);
  void tell_read(const wire::user_request& request);
  void tell_open(const std::string& channel, bool open);
  void tell_friend(const std::string& other, bool is_friend);
  void tell_dnd(const wire::change_push& change);

  user_state state_;
  friend_book friends_;
  push_wishes pushes_;
  presence_state presence_;
  bool told_in_grace_ = false;    // presence_changed::in_grace, as the slot knows it
  bool looks_later_ = false;      // a timer runs that looks whether the user is idle
  bool writes_activity_ = false;  // a timer runs that writes when the user was active
  rows rows_ = rows::on_disk;
  std::vector<waiting> waiting_for_rows_;
  std::map<ticket, std::uint64_t> waiting_for_news_;  // from which position on
};

}  // namespace carillon
