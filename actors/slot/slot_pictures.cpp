// The part of slot_actor that an operator sees: what it and its entities are doing, and the wishes
// that an operator has of them. Looking wakes nobody.
#include <algorithm>

#include "actors/slot/slot_actor.hpp"

namespace carillon {
namespace {

// An entity that is busy for longer is described without its own words.
constexpr std::chrono::milliseconds entity_patience{150};

std::string entity_text(const entity_id& entity) {
  std::string out = entity.is_channel() ? "channel/" : "user/";
  out += entity.text();
  return out;
}

}  // namespace

wire::slot_picture slot_actor::describe_myself(tick_time asked) {
  wire::slot_picture out = describe_group(asked);
  out.set_entities(static_cast<std::uint32_t>(entities_.size()));
  out.set_channels_wanted(static_cast<std::uint32_t>(interest_.channels()));
  out.set_hubs(static_cast<std::uint32_t>(
      std::count_if(hubs_.begin(), hubs_.end(), [](const hub_place& each) { return each != hub_place{}; })));
  out.set_proposals(proposals_.size());
  out.set_posts_per_second(posts_.per_second(steady_now()));
  if (out.trouble().empty() && projections_held_)
    out.set_trouble("the log begins after what is projected");
  return out;
}

// What the slot knows of an entity without asking it. `host` is empty where it does not live.
wire::entity_picture slot_actor::describe_outside(const entity_id& entity) const {
  wire::entity_picture out;
  out.set_name(entity_text(entity));
  out.set_slot(slot_);
  out.set_term(group().leader().term);
  if (serving_)
    out.set_host(own_name(host_.config));
  const auto view = host_.ring ? host_.ring->now() : std::make_shared<const wire::ring_view>();
  for (interest_table::host_index index : interest_.hosts_of(entity)) {
    const hub_place& hub = hubs_[index];
    out.mutable_channel()->add_interested_hosts(hub.here ? own_name(host_.config)
                                                         : name_of_member(*view, hub.there));
  }
  auto found = entities_.find(entity);
  if (found == entities_.end() || !found->second.actor)
    return out;
  out.set_awake(true);
  out.set_messages_per_second(found->second.requests.per_second(steady_now()));
  out.set_proposals(static_cast<std::uint64_t>(
      std::count_if(proposals_.begin(), proposals_.end(),
                    [&](const open_proposal& each) { return each.entity == entity; })));
  return out;
}

caf::response_promise slot_actor::on_describe(const describe& asked) {
  auto promise = make_response_promise();
  if (asked.entity) {
    describe_entity(asked, promise);
    return promise;
  }
  promise.deliver(picture_of(describe_myself(asked.asked)));
  return promise;
}

void slot_actor::describe_entity(const describe& asked, caf::response_promise promise) {
  wire::entity_picture outside = describe_outside(asked.entity);
  auto found = entities_.find(asked.entity);
  if (found == entities_.end() || !found->second.actor)
    return promise.deliver(entity_picture_box(std::move(outside)));
  describe inside = asked;
  inside.asked = steady_now();
  request(found->second.actor, entity_patience, inside)
      .then(
          [promise, outside](const entity_picture_box& said) mutable {
            wire::entity_picture out = *said;
            out.MergeFrom(outside);
            promise.deliver(entity_picture_box(std::move(out)));
          },
          [promise, outside, inside](const caf::error& why) mutable {
            if (why == caf::sec::request_timeout)
              outside.set_mailbox_wait(micros_between(inside.asked, steady_now()));
            else  // it stopped meanwhile
              outside.set_awake(false);
            promise.deliver(entity_picture_box(std::move(outside)));
          });
}

caf::response_promise slot_actor::on_operate(const operate_entity& wish) {
  auto promise = make_response_promise();
  if (!serving_ || is_stopping() || host_.slot_of(wish.entity) != slot_) {
    promise.deliver(caf::make_error(caf::sec::runtime_error, "not_owner"));
    return promise;
  }
  const describe after{steady_now(), wish.entity, 0, false};
  auto found = entities_.find(wish.entity);
  if (wish.what != wire::operate::KEEP_AWAKE) {
    if (found != entities_.end() && found->second.actor) {
      found->second.kept_until = {};
      send(found->second.actor, keep_awake{});
      if (wish.what == wire::operate::STOP)
        on_passivate(wish.entity);
    }
    describe_entity(after, promise);
    return promise;
  }
  const tick_time until = steady_now() + wish.time;
  auto [place, is_new] = entities_.try_emplace(wish.entity);
  entity_entry& entry = place->second;
  entry.kept_until = until;
  auto tell = [this, after, until, promise](const caf::actor& actor) mutable {
    if (!actor)
      return promise.deliver(caf::make_error(caf::sec::runtime_error, "not_owner"));
    send(actor, keep_awake{until});
    describe_entity(after, promise);
  };
  if (entry.actor && !entry.leaving && !entry.losing) {
    tell(entry.actor);
    return promise;
  }
  entry.held.push_back(tell);
  if (is_new)
    activate_when_applied(wish.entity, entry);
  return promise;
}

// Candidates by what the slot itself counted; these are asked how much waits for them.
caf::response_promise slot_actor::on_busiest(const describe_busiest& asked) {
  struct busy {
    entity_id entity;
    double rate = 0;
  };
  const tick_time now = steady_now();
  std::vector<busy> posting, asked_much;
  for (const auto& [entity, entry] : entities_) {
    if (const double rate = entry.posts.per_second(now); rate > 0)
      posting.push_back({entity, rate});
    if (const double rate = entry.requests.per_second(now); rate > 0 && entry.actor)
      asked_much.push_back({entity, rate});
  }
  auto keep_highest = [&](std::vector<busy>& all) {
    const std::size_t count = std::min<std::size_t>(asked.limit, all.size());
    std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count), all.end(),
                      [](const busy& a, const busy& b) { return a.rate > b.rate; });
    all.resize(count);
  };
  keep_highest(posting);
  keep_highest(asked_much);

  struct answer {
    wire::top_picture picture;
    std::size_t awaited = 0;
    caf::response_promise promise;
  };
  auto out = std::make_shared<answer>();
  out->promise = make_response_promise();
  const std::string here = own_name(host_.config);
  for (const busy& each : posting) {
    wire::top_line& line = *out->picture.add_channels();
    line.set_name(entity_text(each.entity));
    line.set_host(here);
    line.set_value(each.rate);
  }
  auto mailbox = [out, here](const std::string& name, std::uint64_t length, std::uint64_t wait) {
    wire::top_line& line = *out->picture.add_mailboxes();
    line.set_name(name);
    line.set_host(here);
    line.set_value(static_cast<double>(length));
    line.set_time(wait);
  };
  auto one_done = [out] {
    if (--out->awaited == 0)
      out->promise.deliver(top_picture_box(std::move(out->picture)));
  };
  mailbox("slot/" + std::to_string(slot_), this->mailbox().size(), micros_between(asked.asked, now));
  out->awaited = 1 + asked_much.size();
  for (const busy& each : asked_much)
    request(entities_.at(each.entity).actor, entity_patience, describe{now, each.entity, 0, false})
        .then(
            [=, named = entity_text(each.entity)](const entity_picture_box& said) {
              mailbox(named, said->mailbox_length(), said->mailbox_wait());
              one_done();
            },
            [=, named = entity_text(each.entity)](const caf::error& why) {
              if (why == caf::sec::request_timeout)
                mailbox(named, 0, micros_between(now, steady_now()));
              one_done();
            });
  one_done();
  return out->promise;
}

}  // namespace carillon
