// The hub's actor, in two files: what comes in and goes out to connections (hub_actor.cpp), and what
// it asks of others, and asks again when a slot has another leader (hub_asking.cpp). What it knows is
// in subscription_table, what it has to say to slots in interest_announcer.
//
// Why nobody misses anything: an event reaches the hub, or the next one of its channel shows a gap,
// or there is no next one and it was lost with its leader (leader_watch: asked again in every channel
// of the slot), on a link that broke or was full (events_missed: the same), or in a way that nobody
// thought of (audit: each channel of other hosts' slots is asked again about once a minute).
// Memberships and devices, which are no events of a channel, are asked and told again likewise.
// Presence is the presence actor's, beside this one.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <caf/all.hpp>

#include "actors/ask_watch.hpp"
#include "actors/host_services.hpp"
#include "actors/hub/interest_announcer.hpp"
#include "actors/hub/subscription_table.hpp"
#include "actors/measured_actor.hpp"
#include "actors/protocols.hpp"

namespace carillon {

class hub_actor final : public measured_actor, private subscription_sink {
public:
  hub_actor(caf::actor_config& config, const host_services& host);

  const char* name() const override { return "hub"; }
  caf::behavior make_behavior() override;

  ask_watch asks;

private:
  struct label {  // of a channel, for its frames
    std::string text;
    std::string team_id;
    wire::channel_kind kind = wire::CHANNEL_UNKNOWN;
  };
  struct opening {
    caf::response_promise answer;
    edge::frame_ptr greeting;
  };
  // One channel in a slot's answer, from this host or another.
  struct confirmation {
    entity_id channel;
    label known;
    std::uint64_t serial = 0;
    std::uint64_t last_seq = 0;
    bool unreadable = false;
    std::vector<wire::channel_event> replay;
  };

  // -- what comes in, what goes out (hub_actor.cpp) --
  void deliver(const event_delivery& delivery);
  void notify(const notification& what);
  void member_news(const membership_notice& notice);
  void subscribe(connection_id who, topic_id topic) override;
  void unsubscribe(connection_id who, topic_id topic) override;
  void publish(topic_id topic, const entity_id& channel, const wire::channel_event& event,
               connection_id except) override;
  void send_event(connection_id to, const entity_id& channel,
                  const wire::channel_event& event) override;
  void tell_behind(connection_id who, const entity_id& channel, std::uint64_t from) override;
  void send_late(connection_id to, topic_id topic, const entity_id& channel,
                 const wire::channel_event& event) override;
  void end_page(connection_id who, topic_id topic, std::uint64_t reached, bool complete) override;
  void forget_pages_later();
  void want(const entity_id& channel, std::optional<std::uint64_t> after,
            std::uint64_t serial) override;
  void withdraw(const entity_id& channel) override;
  void session_ready(connection_id who) override;
  void ask_start(connection_id who, const entity_id& channel, std::uint64_t told) override;
  std::string event_text(const entity_id& channel, const wire::channel_event& event);
  entity_picture_box describe_myself(const describe& asked);
  edge::frame_ptr frame_of(topic_id topic, const entity_id& channel,
                           const wire::channel_event& event);
  void note_arrival(const wire::channel_batch& batch);
  edge::frame_ptr followed_frame_of(topic_id topic, const entity_id& channel,
                                    const wire::channel_event& event);

  // -- what is asked (hub_asking.cpp) --
  interest_announcer::callbacks asking();
  void take_answer(const interest_confirmed& answer);
  void take_answer(const wire::interest_answer& answer);
  void confirm(const confirmation& item);

  void on_events_missed(const events_missed& what);
  void tell_missed(raft::member_id peer);
  void recover_soon(const std::vector<slot_id>& slots);
  void recover(const std::vector<slot_id>& slots);
  void audit(const interest_announcer::which& concerned);
  void recover_user_later(const entity_id& user);
  void recover_user(const entity_id& user);
  void do_later(std::function<void()> job);  // which owes one_done()
  void start_next();
  void one_done();

  const host_services& host_;
  subscription_table core_;
  interest_announcer announcer_;
  std::unordered_map<entity_id, label> labels_;  // of live channels
  std::unordered_map<connection_id, opening> opening_;
  std::unordered_map<connection_id, caf::actor> sessions_;
  struct followed_event {
    entity_id channel;
    std::uint64_t seq = 0;
    trace_id trace;
  };
  edge::log_position last_late_;  // of the frame below
  bool keeps_pages_ = false;      // perhaps; somebody will see to it that they go
  bool read_lately_ = false;
  edge::frame_ptr late_frame_;    // those who read at the same place share it
  std::vector<followed_event> followed_;  // not published yet, oldest first, bounded
  std::vector<slot_id> to_recover_;  // once the mailbox has given what it holds
  std::unordered_set<entity_id> recovering_;  // in later_
  std::deque<std::function<void()>> later_;
  std::size_t under_way_ = 0;  // of what was in later_
};

}  // namespace carillon
