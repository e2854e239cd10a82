// What the meta group's replica does for the ring: it hears who is alive, says who it is, and where it
// leads it carries out what ring_state decides.
#include <algorithm>
#include <set>
#include <tuple>

#include "actors/ring/meta_actor.hpp"
#include "runtime/base/logging.hpp"

namespace carillon {
namespace {

constexpr std::uint32_t announce_every_ticks = 5;
constexpr std::chrono::milliseconds announce_patience{2'000};

}  // namespace

void meta_actor::on_tick(const liveness& heard) {
  watch(heard);
  watch_itself(steady_now());
  succeed(heard);
  announce();
  act();
}

void meta_actor::watch(const liveness& heard) {
  ring_report report{heard.alive, heard.lost, {}};
  for (std::size_t slot = 0; slot < heard.leaders.size() && slot < host_.where->meta_slot(); ++slot)
    for (const auto& led : heard.leaders[slot])
      report.leaders.push_back({static_cast<slot_id>(slot), led.leader, led.term, led.load});
  for (slot_id slot = 0; slot < host_.where->meta_slot(); ++slot)  // beats say nothing of our own
    if (auto place = host_.where->of(slot); place.leader == host_.self)
      report.leaders.push_back({slot, place.leader, place.term, loads_[slot]});
  ring_.heard(report, steady_now());

  bool changed = false;
  for (auto host : heard.lost)
    changed |= heard_.erase(host) > 0;
  for (auto host : heard.alive)
    changed |= heard_.insert(host).second;
  if (changed)
    setup_.health->set_heard({heard_.begin(), heard_.end()});
}

std::size_t meta_actor::voters_heard() const {
  const auto& voters = group().core().members().voters;
  return static_cast<std::size_t>(
      std::count_if(voters.begin(), voters.end(), [&](raft::member_id voter) {
        return voter == host_.self || heard_.count(voter) > 0;
      }));
}

// Nobody nominates for the meta group itself. When its leader is lost, all its voters know by the
// same rule who is next, and that one campaigns at once; should it lack entries, or hear less than
// the others do, their election timers follow.
void meta_actor::succeed(const liveness& heard) {
  const auto led_by = group().leader().leader;
  if (led_by != 0) {
    leader_before_ = led_by;
    return;
  }
  if (std::find(heard.lost.begin(), heard.lost.end(), leader_before_) == heard.lost.end())
    return;
  const auto& voters = group().core().members().voters;
  auto next = std::upper_bound(voters.begin(), voters.end(), leader_before_);
  for (std::size_t i = 0; i < voters.size(); ++i, ++next) {
    if (next == voters.end())
      next = voters.begin();
    if (*next == host_.self) {
      log_info("ring", "this host is to lead the meta group after {:x}", leader_before_);
      group().nominate(group().leader().term, leader_before_);
      carry_out();
      return;
    }
    if (heard_.count(*next) > 0)
      return;  // that one's turn
  }
}

// Until the view has this host as it is. The answer does not matter: the view tells.
void meta_actor::announce() {
  const auto& members = view_->members();
  const bool known = std::any_of(members.begin(), members.end(), [&](const auto& member) {
    return member.store_id() == host_.self &&
           member.SerializeAsString() == setup_.myself.SerializeAsString();
  });
  if (known)
    return;
  if (group().serves()) {
    ring_.announced(setup_.myself);
    return;
  }
  const raft::member_id whom = leader();
  if (whom == 0 || whom == host_.self || !host_.link || ticks_to_announce_-- > 0)
    return;
  ticks_to_announce_ = announce_every_ticks;
  auto what = std::make_shared<wire::peer_request>();
  *what->mutable_meta()->mutable_member() = setup_.myself;
  request(host_.link, caf::infinite, ask_peer{whom, slot_, std::move(what), announce_patience})
      .then([](const peer_reply_box&) {}, [](const caf::error&) {});
}

void meta_actor::act() {
  // A commit may be heard of before the leadership that it made.
  ring_.lead(group().serves(), steady_now());
  // A leader that is cut off is none any more, and will learn it: everybody else seems lost to it.
  const bool may_lead = group().serves() && !is_stopping() && hears_majority_;
  coordination_->look(may_lead, *view_, steady_now());
  if (!may_lead)
    return;
  ring_actions actions = ring_.take_actions(steady_now(), coordination_->leads().has_value());
  for (const auto& line : actions.alarms)
    log_error("ring", "{}", line);
  for (const auto& each : actions.nominations) {
    log_info("ring", "slot {}: {:x} is to lead after {:x}", each.slot, each.nominee, each.lost);
    tell(each.nominee, each.slot, {.term = each.term, .lost = each.lost, .transfer_to = 0});
  }
  for (const auto& each : actions.hand_backs) {
    log_info("ring", "slot {}: back from {:x} to {:x}", each.slot, each.from, each.to);
    tell(each.from, each.slot, {.term = 0, .lost = 0, .transfer_to = each.to});
  }
  admit();
  if (actions.propose)
    coordination_->change(*view_, std::move(*actions.propose), [this](const status& done) {
      if (!done)
        ring_.propose_failed();
    });
}

// Answered when it is committed: then it holds, whoever leads from now on.
void meta_actor::obey(const wire::ring_order& order, caf::response_promise promise) {
  auto deliver = [](caf::response_promise& to, const wire::ring_view& view) {
    wire::peer_reply out;
    *out.mutable_meta()->mutable_view() = view;
    to.deliver(peer_reply_box(std::move(out)));
  };
  if (!hears_majority_)
    return promise.deliver(peer_refusal(make_error(errc::not_owner)));
  if (order.command().what_case() == wire::ring_command::WHAT_NOT_SET)
    return deliver(promise, *view_);
  if (order.dry_run()) {
    auto would_be = ring_.try_out(order.command(), steady_now());
    if (!would_be)
      return promise.deliver(peer_refusal(would_be.error()));
    return deliver(promise, *would_be);
  }
  if (const std::string why = coordination_->standstill(); !why.empty())
    return promise.deliver(
        peer_refusal(make_error(errc::storage_unavailable, fmt::format("the ring stands still: {}", why))));
  if (status taken = ring_.operate(order.command()); !taken)
    return promise.deliver(peer_refusal(taken.error()));
  operators_.push_back(std::move(promise));
  act();
  answer_operators();  // what is so already needs no commit
}

void meta_actor::answer_operators() {
  if (operators_.empty() || (group().serves() && !ring_.operated()))
    return;
  for (auto& promise : std::exchange(operators_, {})) {
    if (!group().serves()) {
      promise.deliver(peer_refusal(make_error(errc::not_owner)));
      continue;
    }
    wire::peer_reply out;
    *out.mutable_meta()->mutable_view() = *view_;
    promise.deliver(peer_reply_box(std::move(out)));
  }
}

void meta_actor::tell_of_moves(const wire::ring_view& before) const {
  auto name = [&](ring_host host) {
    for (const auto* view : {view_.get(), &before})
      for (const auto& member : view->members())
        if (member.store_id() == host)
          return member.name();
    return host == 0 ? std::string("nobody") : fmt::format("{:x}", host);
  };
  std::set<std::tuple<std::uint32_t, ring_host, ring_host>> now;
  for (const auto& move : view_->moves()) {
    now.emplace(move.slot(), move.to(), move.from());
    if (move.began() == view_->generation())
      log_info("ring", "slot {}: {} comes, {} goes", move.slot(), name(move.to()), name(move.from()));
  }
  for (const auto& move : before.moves())
    if (move.began() != 0 && now.count({move.slot(), move.to(), move.from()}) == 0)
      log_info("ring", "slot {}: {} has come, {} has gone", move.slot(), name(move.to()),
               name(move.from()));
}

// Every member holds the meta group's log, and a voter that leaves the ring is replaced. One change at a
// time; what is refused because another is under way comes again with the next tick.
void meta_actor::admit() {
  const std::vector<raft::member_id> heard(heard_.begin(), heard_.end());
  auto is_alive = [this](raft::member_id id) { return id == host_.self || heard_.count(id) > 0; };
  const group_wish wish =
      meta_wish(*view_, group().core().members(), setup_.founders.voters.size(),
                ring_.given_up(steady_now()), is_alive);
  const group_now now = members_now(heard);
  if (!is_as_wished(now, wish))
    change_members(next_step(now, wish));
}

void meta_actor::tell(ring_host whom, slot_id slot, const nominated& what) {
  if (whom == host_.self) {
    if (slots_filled_ && host_.slots[slot])
      caf::anon_send(host_.slots[slot], what);
    return;
  }
  wire::nomination said;
  said.set_term(what.term);
  said.set_lost(what.lost);
  said.set_transfer_to(what.transfer_to);
  if (host_.link)
    send(host_.link, send_to_peer{whom, wire::ITEM_NOMINATION, slot, said.SerializeAsString()});
}

}  // namespace carillon
