// The presence actor, in two files: what it is told and tells (presence_actor.cpp), and what it asks of
// slots (presence_asking.cpp).
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include <caf/all.hpp>

#include "actors/host_services.hpp"
#include "actors/hub/interest_announcer.hpp"
#include "actors/hub/presence_pacer.hpp"
#include "actors/hub/presence_receipts.hpp"
#include "actors/measured_actor.hpp"
#include "actors/protocols.hpp"

namespace carillon {

class presence_actor final : public measured_actor {
public:
  presence_actor(caf::actor_config& config, const host_services& host);

  const char* name() const override { return "presence"; }
  caf::behavior make_behavior() override;

private:
  // -- what it is told, and tells (presence_actor.cpp) --
  void opened(const presence_opened& session);
  void closed(edge::connection_id who);
  void befriended(const friends_known& what);
  void hear(const presence_news& news);
  void hear_of_old(const notification& what);
  void follow(const presence_pacer::difference& change);
  void go();
  void say(const presence_pacer::event& event);
  void go_again(tick_time now, bool moved);
  void wake_at(tick_time when, tick_time now);
  void measure(tick_time now);
  tick_time now() { return home_system().clock().now(); }  // a test's own, where there is one

  // -- what it asks (presence_asking.cpp) --
  interest_announcer::callbacks asking();
  void hear_answer(const std::string& id, wire::presence_kind presence);
  void recover(const std::vector<slot_id>& slots);
  void want_again(const interest_announcer::which& concerned);

  const host_services& host_;
  presence_pacer pacer_;
  interest_announcer announcer_;
  std::unordered_map<edge::connection_id, entity_id> owners_;
  std::unordered_map<entity_id, std::vector<edge::connection_id>> connections_;  // none is empty
  const std::shared_ptr<presence_receipts> receipts_ = std::make_shared<presence_receipts>();
  std::size_t under_way_ = 0;           // events without a receipt
  std::optional<tick_time> wakes_at_;   // a timer runs
  bool goes_again_ = false;             // in the mailbox
  presence_pacer::level told_level_ = presence_pacer::level::normal;
  presence_pacer::counts measured_;
};

}  // namespace carillon
