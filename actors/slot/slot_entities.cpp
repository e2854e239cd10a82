// The part of slot_actor that keeps its entities: activation on the first message, from tables that
// hold all that was ever proposed for them; idle stop; and what happens when one is gone.
#include "actors/ask.hpp"
#include "actors/slot/slot_actor.hpp"
#include "runtime/base/ensure.hpp"
#include "runtime/base/logging.hpp"

namespace carillon {
namespace {

bool writes(const wire::channel_request& request) {
  switch (request.op_case()) {
    case wire::channel_request::kDescribe:
    case wire::channel_request::kListMembers:
    case wire::channel_request::kHistory:
    case wire::channel_request::kTransient:
    case wire::channel_request::kMark:
    case wire::channel_request::kFind:
      return false;
    default:
      return true;
  }
}

bool writes(const wire::user_request& request) {
  switch (request.op_case()) {
    case wire::user_request::kMembership:
    case wire::user_request::kMark:
    case wire::user_request::kOpenChannel:
    case wire::user_request::kChooseAway:
      return true;
    default:
      return false;
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
  return route_to<wire::channel_reply>(request->channel_id(), request, writes(*request));
}

caf::response_promise slot_actor::route(const user_request_box& request) {
  return route_to<wire::user_reply>(request->user_id(), request, writes(*request));
}

template <class Reply, class Request>
caf::response_promise slot_actor::route_to(const std::string& entity_text,
                                           const boxed<Request>& request, bool writes) {
  auto promise = make_response_promise();
  auto refuse = [&](const error& why) {
    promise.deliver(refusal<Reply>(why));
    return promise;
  };
  auto entity = entity_id::parse(entity_text);
  ENSURE(entity.has_value(), "the asker parsed the id to find this slot");
  if (!core_.may_serve() && !failed_)
    return refuse(make_error(errc::not_owner));
  if (writes && failed_)
    return refuse(*failed_);
  if (writes && stopping_)
    return refuse(make_error(errc::shutting_down));
  if (writes && host_.journal->is_full())
    return refuse(make_error(errc::overloaded, "the journal's queue is full"));

  auto [found, is_new] = entities_.try_emplace(*entity);
  entity_entry& entry = found->second;
  if (entry.actor && !entry.leaving && !entry.losing) {
    promise.delegate(entry.actor, request);
    return promise;
  }
  entry.held.push_back(
      [promise, request](const caf::actor& actor) mutable { promise.delegate(actor, request); });
  if (is_new) {
    entry.activate_after = core_.last_index();
    if (failed_ || applied_ >= entry.activate_after)
      activate(*entity, entry);
    else
      waiting_activation_.push_back(*entity);
  }
  return promise;
}

void slot_actor::activate(const entity_id& entity, entity_entry& entry) {
  entry.actor = host_.spawn_entity(entity, caf::actor_cast<caf::actor>(this));
  entry.leaving = false;
  entry.losing = false;
  monitor(entry.actor);
  entity_of_.emplace(entry.actor.address(), entity);
  for (auto& forward : std::exchange(entry.held, {}))
    forward(entry.actor);
}

void slot_actor::activate_waiting() {
  std::vector<entity_id> still;
  for (const entity_id& entity : std::exchange(waiting_activation_, {})) {
    entity_entry& entry = entities_.at(entity);
    if (failed_ || applied_ >= entry.activate_after)
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
  found->second.leaving = true;
  send(found->second.actor, passivate_now{});
}

void slot_actor::on_entity_gone(const caf::actor_addr& who) {
  auto known = entity_of_.find(who);
  if (known == entity_of_.end())
    return;
  entity_id entity = known->second;
  entity_of_.erase(known);
  entity_entry& entry = entities_.at(entity);
  entry.actor = nullptr;
  if (entry.held.empty()) {
    entities_.erase(entity);
    return;
  }
  // What it proposed last may still be on its way to the tables.
  entry.activate_after = core_.last_index();
  if (failed_ || applied_ >= entry.activate_after)
    activate(entity, entry);
  else
    waiting_activation_.push_back(entity);
}

void slot_actor::lose_proposals(const error& why) {
  std::vector<entity_id> losers;
  for (const auto& [index, command] : proposals_)
    losers.push_back(command.entity);
  proposals_.clear();
  late_losses_.clear();  // these entities are among the losers
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
                           [&](const auto& each) { return each.second.entity == entity; });
  if (last == proposals_.rend())
    send(found->second.actor, proposals_lost{why});
  else
    late_losses_.push_back({last->first, entity, why});
}

void slot_actor::tell_late_losses() {
  std::erase_if(late_losses_, [this](const late_loss& each) {
    if (each.after > handed_out_)
      return false;
    auto found = entities_.find(each.entity);
    if (found != entities_.end() && found->second.actor)
      send(found->second.actor, proposals_lost{each.why});
    return true;
  });
}

}  // namespace carillon
