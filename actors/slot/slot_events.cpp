// The part of slot_actor that speaks to hubs: who wants which channel, what they missed, and what is
// committed now. A hub of this host is an actor; that of another host is reached through the link.
#include <algorithm>

#include "actors/ask.hpp"
#include "actors/slot/slot_actor.hpp"
#include "actors/trace_notes.hpp"
#include "runtime/base/ensure.hpp"
#include "runtime/base/logging.hpp"

namespace carillon {
namespace {

constexpr std::size_t replay_limit = 1'000;  // events in one answer; the hub asks again for more

result<interest_confirmed::item> read_interest(const storage::message_store& tables,
                                               const wire::interest& wanted) {
  auto id = *entity_id::parse(wanted.channel_id());
  interest_confirmed::item item;
  auto facts = tables.facts(id);
  if (!facts)
    return facts.error();
  if (*facts) {
    item.team_id = (*facts)->team_id();
    item.kind = (*facts)->kind();
  }
  if (!wanted.has_after_seq()) {
    auto tail = tables.tail(id);
    if (!tail)
      return tail.error();
    item.last_seq = tail->last_seq;
    return item;
  }
  auto events = tables.events_after(id, wanted.after_seq(), replay_limit);
  if (!events)
    return events.error();
  item.last_seq = wanted.after_seq();
  auto replay = std::make_shared<wire::channel_batch>();
  replay->set_channel_id(wanted.channel_id());
  for (auto& event : *events) {
    item.last_seq = event.seq();
    *replay->add_events() = std::move(event);
  }
  item.replay = std::move(replay);
  return item;
}

result<interest_confirmed> read_all(const storage::message_store& tables, slot_id slot,
                                    const std::vector<wire::interest>& channels) {
  interest_confirmed out;
  out.slot = slot;
  for (const auto& wanted : channels) {
    auto item = read_interest(tables, wanted);
    if (!item) {  // one damaged channel is nobody else's trouble
      item = interest_confirmed::item{};
      item->unreadable = true;
    }
    item->channel_id = wanted.channel_id();
    item->serial = wanted.serial();
    out.items.push_back(std::move(*item));
  }
  return out;
}

wire::peer_reply to_wire(const interest_confirmed& answer) {
  wire::peer_reply reply;
  reply.mutable_interest()->set_slot(answer.slot);
  for (const auto& item : answer.items) {
    auto& out = *reply.mutable_interest()->add_items();
    out.set_channel_id(item.channel_id);
    out.set_team_id(item.team_id);
    out.set_kind(item.kind);
    out.set_last_seq(item.last_seq);
    if (item.replay)
      *out.mutable_replay() = *item.replay;
    out.set_unreadable(item.unreadable);
    out.set_serial(item.serial);
    out.set_presence(item.presence);
  }
  return reply;
}

std::string to_wire(const event_delivery& delivery) {
  wire::event_batches batches;
  batches.set_slot(delivery.slot);
  for (const auto& batch : delivery.batches)
    *batches.add_batches() = *batch;
  return batches.SerializeAsString();
}

void note_sent(const host_services& host, const event_delivery& delivery, raft::member_id to) {
  for (const auto& batch : delivery.batches)
    for (const auto& marked : batch->traced())
      note_step(host, {.trace = marked.trace(),
                       .step = trace_step::sent,
                       .detail = fmt::format("to {}", to == host.self ? "this host" : host_name(host, to)),
                       .slot = delivery.slot,
                       .channel = batch->channel_id(),
                       .seq = marked.seq()});
}

}  // namespace

// ---- what is committed now --------------------------------------------------------------------

void slot_actor::deliver_events(const std::vector<committed_command>& committed, tick_time now) {
  if (hubs_.empty())
    return;
  std::vector<event_delivery> by_hub(hubs_.size());
  std::shared_ptr<wire::channel_batch> open;  // the batch that the next event may still join
  for (const committed_command& done : committed) {
    if (!done.command->has_channel() || done.command->channel().events_size() == 0)
      continue;
    const wire::channel_change& change = done.command->channel();
    const auto& hosts = interest_.hosts_of(done.of.entity);
    if (hosts.empty()) {
      open = nullptr;
      continue;
    }
    if (!open || open->channel_id() != change.channel_id() ||
        open->from_connection() != done.of.from_connection ||
        open->from_host() != done.of.from_host) {
      open = std::make_shared<wire::channel_batch>();
      open->set_channel_id(change.channel_id());
      open->set_from_connection(done.of.from_connection);
      open->set_from_host(done.of.from_host);
      for (auto host : hosts)
        by_hub[host].batches.push_back(open);
    }
    for (const auto& event : change.events())
      *open->add_events() = event;
    if (!done.of.traced.empty()) [[unlikely]] {
      auto& marked = *open->add_traced();
      marked.set_seq(change.events(0).seq());
      marked.set_trace(done.of.traced);
    }
  }
  // Hosts that want the same are told in the same bytes.
  const event_delivery* encoded = nullptr;
  std::string body;
  for (std::size_t i = 0; i < hubs_.size(); ++i) {
    if (by_hub[i].batches.empty())
      continue;
    by_hub[i].slot = slot_;
    note_sent(host_, by_hub[i], hubs_[i].here ? host_.self : hubs_[i].there);
    if (hubs_[i].here) {
      by_hub[i].committed = now;
      send(hubs_[i].here, by_hub[i]);
    } else if (hubs_[i].there != 0 && host_.link) {
      if (!encoded || encoded->batches != by_hub[i].batches)
        body = to_wire(by_hub[i]);
      encoded = &by_hub[i];
      send(host_.link, send_to_peer{hubs_[i].there, wire::ITEM_EVENTS, slot_, body});
    }
  }
}

// ---- who wants what ---------------------------------------------------------------------------

caf::response_promise slot_actor::on_interest(const wire::announce_interest& wanted) {
  // First the sender, then the promise: the promise takes the sender out of the message.
  auto hub = caf::actor_cast<caf::actor>(current_sender());
  ENSURE(hub, "interest comes from a hub");
  auto promise = make_response_promise();
  take_interest({hub, 0}, wanted, [promise](result<interest_confirmed> answer) mutable {
    if (answer)
      promise.deliver(std::move(*answer));
    else
      promise.deliver(caf::make_error(caf::sec::runtime_error, answer.error().describe()));
  });
  return promise;
}

caf::response_promise slot_actor::on_peer_interest(const peer_asks& asked) {
  auto promise = make_response_promise();
  take_interest({nullptr, asked.from}, asked.what->interest(),
                [this, promise](result<interest_confirmed> answer) mutable {
                  promise.deliver(answer ? peer_reply_box(to_wire(*answer))
                                         : peer_refusal(answer.error()));
                });
  return promise;
}

void slot_actor::take_interest(const hub_place& hub, const wire::announce_interest& wanted,
                               interest_answer answer) {
  if (!may_read())
    return answer(errc::not_owner);
  if (wanted.of_presence())
    return answer(take_watches(hub.there, wanted));
  const auto index = place_of(hub);
  for (const auto& channel : wanted.withdrawn())
    if (auto id = entity_id::parse(channel))
      interest_.remove(*id, index);
  std::vector<wire::interest> channels;
  for (const auto& channel : wanted.channels())
    if (auto id = entity_id::parse(channel.channel_id())) {
      interest_.add(*id, index);
      channels.push_back(channel);
    }
  if (channels.empty())
    return answer(interest_confirmed{slot_, {}});
  // Live events flow from here on. What was committed before must be in the tables before they are
  // read, or it would reach the hub by neither way.
  when_confirmed([this, channels, answer](bool good) {
    if (!good)
      return answer(errc::not_owner);
    auto near = *entity_id::parse(channels.front().channel_id());
    auto read = [channels, slot = slot_](const storage::message_store& tables) {
      return read_all(tables, slot, channels);
    };
    ask_reader(this, host_, near, read, answer);
  });
}

interest_table::host_index slot_actor::place_of(const hub_place& hub) {
  auto known = std::find(hubs_.begin(), hubs_.end(), hub);
  if (known == hubs_.end())
    known = std::find(hubs_.begin(), hubs_.end(), hub_place{});
  if (known == hubs_.end())
    known = hubs_.insert(hubs_.end(), hub_place{});
  *known = hub;
  return static_cast<interest_table::host_index>(known - hubs_.begin());
}

// It has lost what was on its way to it, and announces its interest anew.
void slot_actor::forget_hub_at(raft::member_id host) {
  auto known = std::find(hubs_.begin(), hubs_.end(), hub_place{nullptr, host});
  if (known == hubs_.end())
    return;
  interest_.remove_host(static_cast<interest_table::host_index>(known - hubs_.begin()));
  *known = {};
}

}  // namespace carillon
