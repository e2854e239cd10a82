// The part of slot_actor that keeps its entities: activation on the first message, from tables that
// hold all that was ever proposed for them; idle stop; and what happens when one is gone.
#include <algorithm>

#include "actors/admission.hpp"
#include "actors/ask.hpp"
#include "actors/slot/slot_actor.hpp"
#include "actors/trace_notes.hpp"
#include "runtime/base/ensure.hpp"
#include "runtime/base/logging.hpp"
#include "storage/journal.hpp"

namespace carillon {
namespace {

struct request_kind {
  bool writes = false;   // proposes; the commit confirms that we lead
  bool confirm = false;  // answers from what was committed: only a confirmed leader may
};

request_kind kind_of(const wire::channel_request& request) {
  switch (request.op_case()) {
    case wire::channel_request::kDescribe:
    case wire::channel_request::kListMembers:
    case wire::channel_request::kHistory:
    case wire::channel_request::kMark:
    case wire::channel_request::kFind:
    case wire::channel_request::kEvents:
      return {.writes = false, .confirm = true};
    case wire::channel_request::kTransient:
      return {};
    default:
      return {.writes = true, .confirm = false};
  }
}

request_kind kind_of(const wire::user_request& request) {
  switch (request.op_case()) {
    case wire::user_request::kMembership:
    case wire::user_request::kMark:
    case wire::user_request::kOpenChannel:
    case wire::user_request::kChooseAway:
    case wire::user_request::kForgetDevice:
    case wire::user_request::kChangeFriend:
    case wire::user_request::kFriendChanged:
    case wire::user_request::kChangePush:
      return {.writes = true, .confirm = false};
    case wire::user_request::kListChannels:
    case wire::user_request::kGetChannel:
    case wire::user_request::kInbox:
    case wire::user_request::kMentions:
    case wire::user_request::kAwait:
    case wire::user_request::kListDevices:
    case wire::user_request::kListFriends:
    case wire::user_request::kReadPush:
      return {.writes = false, .confirm = true};
    default:
      return {};  // presence lives in memory only
  }
}

template <class Reply>
boxed<Reply> refusal(const error& why) {
  Reply reply;
  set_error(reply, why);
  return boxed<Reply>(std::move(reply));
}

}  // namespace

caf::response_promise slot_actor::route(const channel_request_box& request) {
  if (is_traced(host_, request->by())) [[unlikely]]
    note_step(host_, {.trace = request->by().trace(),
                      .step = trace_step::arrived,
                      .detail = fmt::format("slot {}{}", slot_, may_read() ? "" : ": not_owner"),
                      .slot = slot_});
  const request_kind kind = kind_of(*request);
  return route_to<wire::channel_reply>(request->channel_id(), request, kind.writes, kind.confirm);
}

caf::response_promise slot_actor::route(const user_request_box& request) {
  if (request->has_delivery())
    return on_inbox_delivery(request->delivery());
  const request_kind kind = kind_of(*request);
  return route_to<wire::user_reply>(request->user_id(), request, kind.writes, kind.confirm);
}

template <class Reply, class Request>
caf::response_promise slot_actor::route_to(const std::string& entity_text,
                                           const boxed<Request>& request, bool writes,
                                           bool confirm) {
  auto promise = make_response_promise();
  auto refuse = [&](const error& why) {
    if (log_enabled(log_level::debug))
      log_of(log_level::debug, "slot", request_text(request->by()), "slot {} refuses a request to {}: {}",
             slot_, entity_text, why.describe());
    promise.deliver(refusal<Reply>(why));
    return promise;
  };
  auto entity = entity_id::parse(entity_text);
  if (!entity || host_.slot_of(*entity) != slot_)  // a peer's mistake
    return refuse(make_error(errc::invalid_arguments, "not an entity of this slot"));
  if (writes && group().failure() && group().alone())
    return refuse(*group().failure());
  if (!may_read())
    return refuse(make_error(errc::not_owner));
  if (writes && is_stopping())
    return refuse(make_error(errc::shutting_down));
  if (writes && host_.journal->is_full())
    return refuse(make_error(errc::overloaded, "the journal's queue is full"));
  if (writes && host_.door && host_.door->slots_ask() && host_.door->slot_write(steady_now(), 0))
    return refuse(make_error(errc::overloaded, "this host's disk, or those of the copies, are behind"));
  if (!confirm || group().alone()) {
    hand_to<Reply>(*entity, request, promise);
    return promise;
  }
  when_confirmed([this, entity = *entity, request, promise](bool good) mutable {
    if (good)
      hand_to<Reply>(entity, request, promise);
    else
      promise.deliver(refusal<Reply>(make_error(errc::not_owner)));
  });
  return promise;
}

template <class Reply, class Request>
void slot_actor::hand_to(const entity_id& entity, const boxed<Request>& request,
                         caf::response_promise promise) {
  if (!may_read())
    return promise.deliver(refusal<Reply>(make_error(errc::not_owner)));
  auto [found, is_new] = entities_.try_emplace(entity);
  entity_entry& entry = found->second;
  entry.requests.add(steady_now());
  if (entry.actor && !entry.leaving && !entry.losing) {
    promise.delegate(entry.actor, request);
    return;
  }
  entry.held.push_back([promise, request](const caf::actor& actor) mutable {
    if (actor)
      promise.delegate(actor, request);
    else
      promise.deliver(refusal<Reply>(make_error(errc::not_owner)));
  });
  if (is_new)
    activate_when_applied(entity, entry);
}

void slot_actor::activate(const entity_id& entity, entity_entry& entry) {
  entry.actor = host_.spawn_entity(entity, caf::actor_cast<caf::actor>(this));
  entry.leaving = false;
  entry.losing = false;
  monitor(entry.actor);
  host_.metrics->activations.add();
  host_.metrics->entities.add(1);
  entity_of_.emplace(entry.actor.address(), entity);
  for (auto& forward : std::exchange(entry.held, {}))
    forward(entry.actor);
}

void slot_actor::activate_waiting() {
  std::vector<entity_id> still;
  for (const entity_id& entity : std::exchange(waiting_activation_, {})) {
    entity_entry& entry = entities_.at(entity);
    if (group().failure() || group().applied() >= entry.activate_after)
      activate(entity, entry);
    else
      still.push_back(entity);
  }
  waiting_activation_.insert(waiting_activation_.end(), still.begin(), still.end());
}

void slot_actor::on_passivate(const entity_id& entity) {
  auto found = entities_.find(entity);
  if (found == entities_.end() || !found->second.actor || found->second.leaving)
    return;
  if (steady_now() < found->second.kept_until)
    return;
  found->second.leaving = true;
  send(found->second.actor, passivate_now{});
}

void slot_actor::on_entity_gone(const caf::actor_addr& who) {
  auto known = entity_of_.find(who);
  if (known == entity_of_.end())
    return;
  entity_id entity = known->second;
  entity_of_.erase(known);
  host_.metrics->passivations.add();
  host_.metrics->entities.add(-1);
  entity_entry& entry = entities_.at(entity);
  entry.actor = nullptr;
  if (entry.held.empty()) {
    entities_.erase(entity);
    return;
  }
  activate_when_applied(entity, entry);
}

// What it proposed last may still be on its way to the tables.
void slot_actor::activate_when_applied(const entity_id& entity, entity_entry& entry) {
  entry.activate_after = group().core().last_index();
  if (group().failure() || group().applied() >= entry.activate_after)
    activate(entity, entry);
  else
    waiting_activation_.push_back(entity);
}

// Their memory may be of a time that others have gone on from. They refuse what they have open; the
// next message after serving has begun again activates them from the tables.
void slot_actor::stop_entities() {
  waiting_activation_.clear();
  for (auto at = entities_.begin(); at != entities_.end();) {
    entity_entry& entry = at->second;
    for (auto& refuse : std::exchange(entry.held, {}))
      refuse(nullptr);
    if (!entry.actor) {
      at = entities_.erase(at);
      continue;
    }
    if (!std::exchange(entry.losing, true))
      send(entry.actor, proposals_lost{make_error(errc::not_owner)});
    ++at;
  }
}

// What is under way for an entity, all entities' when the group lost its leadership or its disk.
void slot_actor::lose_proposals(const error& why) {
  refuse_inbox_deliveries(why);
  std::vector<entity_id> losers;
  for (const open_proposal& open : std::exchange(proposals_, {}))
    losers.push_back(open.entity);
  for (const late_loss& late : std::exchange(late_losses_, {}))
    losers.push_back(late.entity);
  std::sort(losers.begin(), losers.end());
  losers.erase(std::unique(losers.begin(), losers.end()), losers.end());
  for (const entity_id& entity : losers) {
    auto found = entities_.find(entity);
    if (found != entities_.end() && found->second.actor) {
      found->second.losing = true;
      send(found->second.actor, proposals_lost{why});
    }
  }
}

void slot_actor::refuse_proposal(const entity_id& entity, const error& why) {
  auto found = entities_.find(entity);
  if (found == entities_.end() || !found->second.actor)
    return;
  found->second.losing = true;
  auto last = std::find_if(proposals_.rbegin(), proposals_.rend(),
                           [&](const open_proposal& each) { return each.entity == entity; });
  if (last == proposals_.rend())
    send(found->second.actor, proposals_lost{why});
  else
    late_losses_.push_back({last->tag, entity, why});
}

void slot_actor::tell_late_losses() {
  std::erase_if(late_losses_, [this](const late_loss& each) {
    if (each.after > committed_tag_)
      return false;
    auto found = entities_.find(each.entity);
    if (found != entities_.end() && found->second.actor)
      send(found->second.actor, proposals_lost{each.why});
    return true;
  });
}

}  // namespace carillon
