// The group's members follow the ring view: what this slot's leader does about it, step by step
// (actors/slot_follower.hpp), what it tells the ring actor when it is done, and a host that asks
// whether its replica may leave.
#include "actors/slot/slot_actor.hpp"

namespace carillon {
namespace {

constexpr std::chrono::milliseconds report_patience{1'000};
constexpr std::uint32_t load_every_ticks = 50;

}  // namespace

void slot_actor::follow_view() {
  if (!serving_ || is_stopping() || !host_.link || !host_.ring || !host_.health)
    return;
  if (host_.ring->generation() != follower_.generation())
    follower_.view_is(*host_.ring->now());
  const auto heard = host_.health->heard();
  const slot_follower::duty duty = follower_.next(members_now(*heard));
  change_members(duty.step);
  if (duty.report)
    report_members();
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

// What is committed now: no other leader can have decided otherwise meanwhile.
caf::response_promise slot_actor::on_asked_members() {
  auto promise = make_response_promise();
  when_confirmed([this, promise](bool leads) mutable {
    if (!leads || is_stopping())
      return promise.deliver(peer_refusal(make_error(errc::not_owner)));
    if (group().core().is_changing())
      return promise.deliver(peer_refusal(make_error(errc::overloaded, "the group is changing")));
    wire::peer_reply reply;
    *reply.mutable_members() = follower_.say(group().core().members());
    reply.mutable_members()->set_committed(group().core().commit_index());
    promise.deliver(peer_reply_box(std::move(reply)));
  });
  return promise;
}

void slot_actor::report_members() {
  when_confirmed([this, generation = follower_.generation()](bool leads) {
    if (!leads || !follower_.may_say(group().core(), generation))
      return;
    auto what = std::make_shared<wire::peer_request>();
    *what->mutable_meta()->mutable_members() = follower_.say(group().core().members());
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
