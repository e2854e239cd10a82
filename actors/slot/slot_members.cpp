// The group's members follow the ring view: what this slot's leader does about it, step by step
// (actors/group_steps.hpp), and what it tells the ring actor when it is done.
#include <algorithm>

#include "actors/slot/slot_actor.hpp"

namespace carillon {
namespace {

constexpr std::chrono::milliseconds report_patience{1'000};
constexpr std::uint32_t report_every_ticks = 3;
constexpr std::uint32_t load_every_ticks = 50;

}  // namespace

void slot_actor::follow_view() {
  if (!serving_ || is_stopping() || !host_.link || !host_.ring || !host_.health)
    return;
  if (const std::uint64_t generation = host_.ring->generation(); generation != view_followed_) {
    const auto view = host_.ring->now();
    view_followed_ = view->generation();
    wish_ = wish_of(*view, slot_);
    moving_ = std::any_of(view->moves().begin(), view->moves().end(), [&](const auto& move) {
      return move.slot() == slot_ && move.began() != 0;
    });
    ticks_to_report_ = 0;
  }
  const auto heard = host_.health->heard();
  const group_now now = members_now(*heard);
  if (is_as_wished(now, wish_)) {
    if (moving_)
      report_members();
    return;
  }
  change_members(next_step(now, wish_));
}

void slot_actor::tell_load() {
  if (!host_.link || ticks_to_load_-- > 0)
    return;
  ticks_to_load_ = load_every_ticks;
  const auto load =
      serving_ ? static_cast<std::uint32_t>(posts_.per_second(steady_now())) : std::uint32_t{0};
  if (std::exchange(told_load_, load) == load)
    return;
  send(host_.link, slot_load{slot_, load});
  send(host_.meta, slot_load{slot_, load});
}

// Said again until the view has it: the answer may be lost, the ring actor may be another one by now.
void slot_actor::report_members() {
  if (ticks_to_report_ > 0) {
    --ticks_to_report_;
    return;
  }
  ticks_to_report_ = report_every_ticks;
  when_confirmed([this, generation = view_followed_](bool leads) {
    if (!leads || group().core().is_changing() || generation != view_followed_)
      return;
    auto what = std::make_shared<wire::peer_request>();
    auto& said = *what->mutable_meta()->mutable_members();
    said.set_slot(slot_);
    said.set_generation(generation);
    for (raft::member_id id : group().core().members().voters)
      said.mutable_members()->add_voters(id);
    for (raft::member_id id : group().core().members().learners)
      said.mutable_members()->add_learners(id);
    auto heard = [](const peer_reply_box&) {};
    auto lost = [](const caf::error&) {};  // said again
    const slot_id meta = host_.where->meta_slot();
    const raft::member_id whom = host_.where->of(meta).leader;
    if (whom == host_.self)
      request(host_.meta, report_patience, meta_request_box(wire::meta_request(what->meta())))
          .then(heard, lost);
    else if (whom != 0)
      request(host_.link, caf::infinite, ask_peer{whom, meta, std::move(what), report_patience})
          .then(heard, lost);
  });
}

}  // namespace carillon
