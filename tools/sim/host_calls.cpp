// The part of a simulated host that asks entities wherever they are: for clients, as actors/ask.hpp
// does it, and for the hub.
#include "tools/sim/host.hpp"
#include "tools/sim/world.hpp"

namespace carillon::sim {
namespace {

constexpr std::uint32_t not_owner_number = static_cast<std::uint32_t>(errc::not_owner) + 1;
constexpr std::uint32_t timed_out_number = static_cast<std::uint32_t>(errc::timed_out) + 1;

wire::peer_reply refusal(errc why) {
  wire::peer_reply reply;
  reply.set_errc(static_cast<std::uint32_t>(why) + 1);
  return reply;
}

// Who asked an entity knows its refusals only.
template <class Reply>
Reply told(wire::peer_reply reply, Reply* answer) {
  if (reply.errc() == 0)
    return std::move(*answer);
  Reply out;
  out.set_errc(reply.errc());
  out.set_detail(reply.detail());
  return out;
}

}  // namespace

struct host::api_call {
  std::uint64_t id = 0;
  slot_id slot = 0;
  wire::peer_request request;  // channel or user
  ask_plan plan;
  call_then then;
  bool inside = false;
};

void host::call(wire::channel_request request, sim_time patience, channel_answer then) {
  wire::peer_request what;
  *what.mutable_channel() = std::move(request);
  begin_call(std::move(what), patience, [then = std::move(then)](wire::peer_reply reply) {
    auto* answer = reply.mutable_channel();
    then(told(std::move(reply), answer));
  }, false);
}

void host::ask_channel(wire::channel_request request, channel_answer then) {
  wire::peer_request what;
  *what.mutable_channel() = std::move(request);
  begin_call(std::move(what), config().edge.request_deadline_ms * millisecond,
             [this, then = std::move(then)](wire::peer_reply reply) {
               auto* answer = reply.mutable_channel();
               later(0, [then, answer = told(std::move(reply), answer)]() mutable { then(std::move(answer)); });
             }, true);
}

void host::ask_user(wire::user_request request, user_answer then) {
  wire::peer_request what;
  *what.mutable_user() = std::move(request);
  begin_call(std::move(what), config().edge.request_deadline_ms * millisecond,
             [this, then = std::move(then)](wire::peer_reply reply) {
               auto* answer = reply.mutable_user();
               later(0, [then, answer = told(std::move(reply), answer)]() mutable { then(std::move(answer)); });
             }, true);
}

void host::begin_call(wire::peer_request request, sim_time patience, call_then then, bool inside) {
  const std::string& asked =
      request.has_channel() ? request.channel().channel_id() : request.user().user_id();
  const slot_id slot = tables_.slot_of(*entity_id::parse(asked));
  auto open = std::make_shared<api_call>(
      api_call{++last_cookie_, slot, std::move(request),
               ask_plan(steady_now() + std::chrono::microseconds(patience)), std::move(then), inside});
  if (open->request.has_channel())
    open->request.mutable_channel()->set_request_key("k" + std::to_string(self()) + "." +
                                                     std::to_string(machine_.life()) + "." +
                                                     std::to_string(open->id));
  calls_.emplace(open->id, open);
  try_call(open);
}

void host::end_clients_calls() {
  for (auto& [id, open] : std::exchange(calls_, {}))
    if (!open->inside)
      end_call(open, {});
}

void host::end_call(const std::shared_ptr<api_call>& open, wire::peer_reply reply) {
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
  if (open->request.has_channel())
    open->request.mutable_channel()->set_attempt(open->plan.asked() - 1);
  auto refused = [this, open, to = step.to](raft::member_id hint) {
    count().not_owner += 1;
    locator_.try_next(open->slot, hint, to);
    open->plan.refused();
    try_call(open);
  };
  if (step.to == self()) {
    if (!slots_[open->slot])  // it has gone to others just now
      return refused(0);
    return ask_slot_here(open, [this, open, refused](wire::peer_reply reply) {
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
  ask_peer(step.to, open->slot, open->request, step.time,
           [this, open, refused](wire::peer_reply reply) {
             if (reply.errc() == not_owner_number)
               return refused(reply.leader());
             if (reply.errc() == timed_out_number) {
               open->plan.unanswered();
               return try_call(open);
             }
             end_call(open, std::move(reply));
           });
}

// An entity's own refusal is its answer; that it is not here is nobody's.
void host::ask_slot_here(const std::shared_ptr<api_call>& open, call_then then) {
  auto told_by = [then = std::move(then)](auto set) {
    return [then, set](auto reply) {
      if (reply.errc() == not_owner_number)
        return then(refusal(errc::not_owner));
      wire::peer_reply out;
      set(out, std::move(reply));
      then(std::move(out));
    };
  };
  if (open->request.has_user())
    return slots_[open->slot]->request(
        std::make_shared<const wire::user_request>(open->request.user()),
        user_answer(told_by([](wire::peer_reply& out, wire::user_reply reply) {
          *out.mutable_user() = std::move(reply);
        })));
  slots_[open->slot]->request(
      std::make_shared<const wire::channel_request>(open->request.channel()),
      channel_answer(told_by([](wire::peer_reply& out, wire::channel_reply reply) {
        *out.mutable_channel() = std::move(reply);
      })));
}

// ---- memberships, to hubs -----------------------------------------------------------------------

// As notify_hubs: best effort.
void host::tell_membership(const entity_id& user, const wire::project_membership& what) {
  wire::peer_notification notice;
  notice.set_id(user.text());
  notice.set_member_channel(what.channel_id());
  notice.set_member(what.member());
  notice.set_member_seq(what.seq());
  link_.send(0, wire::ITEM_NOTIFICATION, 0, notice.SerializeAsString());
  flush_soon();
  later(0, [this, body = notice.SerializeAsString()] { take_notification(body); });
}

void host::take_notification(const std::string& body) {
  wire::peer_notification notice;
  if (!notice.ParseFromString(body))
    return;
  const auto user = entity_id::parse(notice.id());
  const auto channel = entity_id::parse(notice.member_channel());
  if (user && channel)
    hub_.member_news(*user, *channel, notice.member(), notice.member_seq());
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
