// The part of a simulated host that asks entities wherever they are: for clients, as actors/ask.hpp
// does it, and for the hub.
#include "tools/sim/host.hpp"
#include "tools/sim/world.hpp"

namespace carillon::sim {
namespace {

constexpr std::uint32_t not_owner_number = static_cast<std::uint32_t>(errc::not_owner) + 1;
constexpr std::uint32_t timed_out_number = static_cast<std::uint32_t>(errc::timed_out) + 1;

wire::channel_reply refusal(errc why) {
  wire::channel_reply reply;
  reply.set_errc(static_cast<std::uint32_t>(why) + 1);
  return reply;
}

}  // namespace

struct host::api_call {
  std::uint64_t id = 0;
  slot_id slot = 0;
  wire::channel_request request;
  ask_plan plan;
  channel_answer then;
};

void host::call(wire::channel_request request, sim_time patience, channel_answer then) {
  const slot_id slot = tables_.slot_of(*entity_id::parse(request.channel_id()));
  auto open = std::make_shared<api_call>(
      api_call{++last_cookie_, slot, std::move(request),
               ask_plan(steady_now() + std::chrono::microseconds(patience)), std::move(then)});
  open->request.set_request_key("k" + std::to_string(self()) + "." +
                                std::to_string(machine_.life()) + "." + std::to_string(open->id));
  calls_.emplace(open->id, open);
  try_call(open);
}

void host::end_call(const std::shared_ptr<api_call>& open, wire::channel_reply reply) {
  calls_.erase(open->id);
  if (auto then = std::exchange(open->then, nullptr))
    then(std::move(reply));
}

ask_knowledge host::knows_of(slot_id slot) const {
  ask_knowledge known;
  known.self = self();
  known.leader = locator_.of(slot).leader;
  known.replica_here = slots_[slot] != nullptr;
  known.cut_off = cut_off_;
  const auto& place = view_.slots(static_cast<int>(slot));
  known.replicas.push_back(place.preferred_leader());
  for (raft::member_id replica : place.replicas())
    if (replica != place.preferred_leader())
      known.replicas.push_back(replica);
  return known;
}

void host::try_call(const std::shared_ptr<api_call>& open) {
  if (!open->then)
    return;
  const ask_step step = open->plan.next(knows_of(open->slot), steady_now(), chance().next());
  if (step.what == ask_step::kind::refuse)
    return end_call(open, refusal(step.why));
  if (step.what == ask_step::kind::wait)
    return later(static_cast<sim_time>(step.time.count()) * millisecond,
                 [this, open] { try_call(open); });
  open->request.set_attempt(open->plan.asked() - 1);
  auto refused = [this, open, to = step.to](raft::member_id hint) {
    count().not_owner += 1;
    locator_.try_next(open->slot, hint, to);
    open->plan.refused();
    try_call(open);
  };
  if (step.to == self()) {
    if (!slots_[open->slot])  // it has gone to others just now
      return refused(0);
    return slots_[open->slot]->request(
        std::make_shared<const wire::channel_request>(open->request),
        [this, open, refused](wire::channel_reply reply) {
          if (reply.errc() == not_owner_number)
            later(0, [this, open, refused] {
              if (!slots_[open->slot])
                return refused(0);
              const auto hint = slots_[open->slot]->group().leader().leader;
              refused(hint == self() ? 0 : hint);
            });
          else
            end_call(open, std::move(reply));
        });
  }
  count().forwarded += 1;
  wire::peer_request question;
  *question.mutable_channel() = open->request;
  ask_peer(step.to, open->slot, question, step.time,
           [this, open, refused](wire::peer_reply reply) {
             if (reply.errc() == not_owner_number)
               return refused(reply.leader());
             if (reply.errc() == timed_out_number) {
               open->plan.unanswered();
               return try_call(open);
             }
             if (reply.errc() != 0)
               return end_call(open, refusal(static_cast<errc>(reply.errc() - 1)));
             end_call(open, std::move(*reply.mutable_channel()));
           });
}

void host::announce(raft::member_id to, slot_id slot, const wire::announce_interest& wanted,
                    std::chrono::milliseconds patience,
                    std::function<void(result<wire::interest_answer>)> then) {
  if (to == self() && !slots_[slot])
    return later(0, [this, slot, then = std::move(then)] {
      locator_.try_next(slot, 0, self());
      then(make_error(errc::not_owner));
    });
  if (to == self())
    return slots_[slot]->interest(self(), wanted,
                                  [this, then = std::move(then)](auto answer) mutable {
                                    // As a message: never from within the question.
                                    later(0, [then = std::move(then),
                                              answer = std::move(answer)]() mutable {
                                      then(std::move(answer));
                                    });
                                  });
  wire::peer_request question;
  *question.mutable_interest() = wanted;
  ask_peer(to, slot, question, patience,
           [this, slot, to, then = std::move(then)](wire::peer_reply reply) {
             if (reply.errc() == 0)
               return then(std::move(*reply.mutable_interest()));
             if (reply.errc() == not_owner_number)
               locator_.try_next(slot, reply.leader(), to);
             then(error{static_cast<errc>(reply.errc() - 1), reply.detail()});
           });
}

}  // namespace carillon::sim
