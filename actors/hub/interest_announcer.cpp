#include "actors/hub/interest_announcer.hpp"

#include <utility>

#include "actors/ask.hpp"
#include "actors/hub/audit_turns.hpp"

namespace carillon {
namespace {

constexpr std::chrono::milliseconds watch_interval{50};  // how much later than anyone this host knows
constexpr std::chrono::seconds audit_interval{1};
constexpr std::chrono::milliseconds rest{200};  // of a host that is cut off, between two looks
constexpr std::uint32_t audit_turns = 60;       // each channel and user about once a minute

}  // namespace

void interest_announcer::begin() {
  if (!host_.link)
    return;
  watch_leaders();
  audit();
}

void interest_announcer::flush() {
  if (is_cut_off()) {  // whom to ask?
    if (!std::exchange(resting_, true))
      self_.delayed_send(&self_, rest, run_later{[this] {
                           resting_ = false;
                           flush();
                         }});
    return;
  }
  for (slot_id slot : lanes_.due())
    announce(slot);
}

void interest_announcer::announce(slot_id slot) {
  ask_knowledge known = detail::knowledge_of(host_, slot);
  known.cut_off = false;  // nobody waits for an answer here: it goes on until there is one
  if (lanes_.in_doubt(slot, known.leader))
    detail::add_replicas(known, host_, slot);
  auto step = lanes_.next(slot, known, steady_now(), detail::some_chance());
  if (step.how.what == ask_step::kind::wait) {
    self_.delayed_send(&self_, step.how.time, run_later{[this, slot] {
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

void interest_announcer::announce_here(slot_id slot, std::uint64_t number, announce_interest_box what) {
  self_.request(host_.slots[slot], caf::infinite, what)
      .then(
          [this, slot, number](const interest_confirmed& answer) {
            if (lanes_.answered(slot, number))
              then_.told_here(answer);
            flush();
          },
          // It does not lead, or not any more.
          [this, slot, number](const caf::error&) { refused(slot, number); });
}

void interest_announcer::announce_there(slot_id slot, std::uint64_t number, ask_peer question) {
  self_.request(host_.link, caf::infinite, std::move(question))
      .then(
          [this, slot, number](const peer_reply_box& reply) {
            const auto why = reply_error(*reply);
            if (!why && reply->has_interest()) {
              if (lanes_.answered(slot, number))
                then_.told_there(reply->interest());
              return flush();
            }
            if (why && why->code == errc::not_owner && host_.where)
              host_.where->try_next(slot, reply->leader(), lanes_.asked_last(slot));
            if (!why || why->code != errc::timed_out)
              return refused(slot, number);
            lanes_.unanswered(slot, number);
            flush();
          },
          [this, slot, number](const caf::error&) { refused(slot, number); });
}

void interest_announcer::refused(slot_id slot, std::uint64_t number) {
  lanes_.refused(slot, number);
  flush();
}

// ---- again ------------------------------------------------------------------------------------

void interest_announcer::watch_leaders() {
  if (host_.where)
    if (auto changed = watch_.look(*host_.where); !changed.empty())
      then_.recover(changed);
  self_.delayed_send(&self_, watch_interval, run_later{[this] { watch_leaders(); }});
}

void interest_announcer::audit() {
  self_.delayed_send(&self_, audit_interval, run_later{[this] { audit(); }});
  if (!host_.where)
    return;
  audit_turn_ = (audit_turn_ + 1) % audit_turns;
  then_.audit([this](const entity_id& id) {
    const slot_id slot = host_.slot_of(id);
    return audit_turn_of(slot, id.number, host_.slots.size(), audit_turns) == audit_turn_ && !host_.where->is_here(slot);
  });
}

interest_announcer::which interest_announcer::leaders_changed(const std::vector<slot_id>& slots) {
  std::vector<bool> among(host_.slots.size());
  for (slot_id slot : slots)
    if (slot < among.size()) {
      among[slot] = true;
      lanes_.leader_changed(slot);
    }
  return [this, among = std::move(among)](const entity_id& id) { return among[host_.slot_of(id)]; };
}

std::vector<slot_id> interest_announcer::slots_of(const events_missed& what) const {
  if (!what.slots.empty() || !host_.where)
    return what.slots;
  std::vector<slot_id> led;
  for (std::uint32_t i = 0; i < host_.where->slots(); ++i)
    if (host_.where->of(static_cast<slot_id>(i)).leader == what.from)
      led.push_back(static_cast<slot_id>(i));
  return led;
}

}  // namespace carillon
