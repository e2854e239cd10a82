// The part of the presence actor that speaks to slots: which of their users this host watches. Like the
// hub's asking about channels, but what is missed needs no replay: the answer is how a user is now.
#include "actors/ask.hpp"
#include "actors/hub/presence_shell.hpp"

namespace carillon {
namespace {

constexpr std::chrono::milliseconds watch_interval{50};
constexpr std::chrono::seconds audit_interval{1};
constexpr std::chrono::milliseconds rest{200};  // of a host that is cut off, between two looks
constexpr std::uint32_t audit_turns = 60;       // each user about once a minute

}  // namespace

void presence_actor::flush() {
  if (host_.health && host_.health->cut_off()) {  // whom to ask? What is to be said stays
    if (!std::exchange(resting_, true))
      delayed_send(this, rest, run_later{[this] {
                     resting_ = false;
                     flush();
                   }});
    return;
  }
  for (slot_id slot : lanes_.due())
    announce(slot);
}

void presence_actor::announce(slot_id slot) {
  ask_knowledge known = detail::knowledge_of(host_, slot);
  known.cut_off = false;  // nobody waits for an answer here
  if (lanes_.in_doubt(slot, known.leader))
    detail::add_replicas(known, host_, slot);
  auto step = lanes_.next(slot, known, steady_now(), detail::some_chance());
  if (step.how.what == ask_step::kind::wait) {
    delayed_send(this, step.how.time, run_later{[this, slot] {
                   lanes_.waited(slot);
                   flush();
                 }});
    return;
  }
  if (step.how.to == known.self)
    return announce_here(slot, step.number, announce_interest_box(step.envelope));
  auto what = std::make_shared<wire::peer_request>();
  *what->mutable_interest() = *step.envelope;
  announce_there(slot, step.number, {step.how.to, slot, std::move(what), step.how.time});
}

void presence_actor::announce_here(slot_id slot, std::uint64_t number, announce_interest_box what) {
  request(host_.slots[slot], caf::infinite, what)
      .then(
          [this, slot, number](const interest_confirmed& answer) {
            if (lanes_.answered(slot, number))
              for (const auto& item : answer.items)
                if (auto user = entity_id::parse(item.channel_id))
                  pacer_.heard(*user, item.presence, now());
            flush();
            go_again(now(), false);
          },
          [this, slot, number](const caf::error&) {  // it does not lead, or not any more
            lanes_.refused(slot, number);
            flush();
          });
}

void presence_actor::announce_there(slot_id slot, std::uint64_t number, ask_peer question) {
  request(host_.link, caf::infinite, std::move(question))
      .then(
          [this, slot, number](const peer_reply_box& reply) {
            const auto why = reply_error(*reply);
            if (!why && reply->has_interest()) {
              if (lanes_.answered(slot, number))
                for (const auto& item : reply->interest().items())
                  if (auto user = entity_id::parse(item.channel_id()))
                    pacer_.heard(*user, item.presence(), now());
              flush();
              return go_again(now(), false);
            }
            if (why && why->code == errc::not_owner && host_.where)
              host_.where->try_next(slot, reply->leader(), lanes_.asked_last(slot));
            if (why && why->code == errc::timed_out)
              lanes_.unanswered(slot, number);
            else
              lanes_.refused(slot, number);
            flush();
          },
          [this, slot, number](const caf::error&) {
            lanes_.refused(slot, number);
            flush();
          });
}

// ---- another leader ---------------------------------------------------------------------------

void presence_actor::watch_leaders() {
  if (host_.where)
    if (auto changed = watch_.look(*host_.where); !changed.empty())
      recover(changed);
  delayed_send(this, watch_interval, run_later{[this] { watch_leaders(); }});
}

// Whatever slots of that host told us meanwhile may be lost.
void presence_actor::on_events_missed(const events_missed& what) {
  if (!what.slots.empty() || !host_.where)
    return recover(what.slots);
  std::vector<slot_id> led;
  for (std::uint32_t i = 0; i < host_.where->slots(); ++i)
    if (host_.where->of(static_cast<slot_id>(i)).leader == what.from)
      led.push_back(static_cast<slot_id>(i));
  recover(led);
}

// These slots' leaders do not know whom this host watches, or may have told it in vain.
void presence_actor::recover(const std::vector<slot_id>& slots) {
  std::vector<bool> among(host_.slots.size());
  for (slot_id slot : slots)
    if (slot < among.size()) {
      among[slot] = true;
      lanes_.leader_changed(slot);
    }
  for (const entity_id& user :
       pacer_.users_where([&](const entity_id& id) { return among[host_.slot_of(id)]; }))
    lanes_.want(host_.slot_of(user), user.text(), std::nullopt, 0);
  flush();
}

// A share of those whom others lead, each second, although nothing seems to be missing.
void presence_actor::audit() {
  delayed_send(this, audit_interval, run_later{[this] { audit(); }});
  if (!host_.where)
    return;
  audit_turn_ = (audit_turn_ + 1) % audit_turns;
  auto concerned = [this](const entity_id& id) {
    return id.number % audit_turns == audit_turn_ && !host_.where->is_here(host_.slot_of(id));
  };
  for (const entity_id& user : pacer_.users_where(concerned))
    lanes_.want(host_.slot_of(user), user.text(), std::nullopt, 0);
  flush();
}

}  // namespace carillon
