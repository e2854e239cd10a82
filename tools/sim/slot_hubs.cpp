// The part of a simulated slot that hubs talk to: who wants which channel, and what is told to them.
#include <algorithm>

#include "tools/sim/host.hpp"
#include "tools/sim/slot.hpp"

namespace carillon::sim {

void slot::forget_hub(raft::member_id lost) {
  auto known = std::find(hubs_.begin(), hubs_.end(), lost);
  if (known != hubs_.end())
    interest_.remove_host(static_cast<interest_table::host_index>(known - hubs_.begin()));
}

namespace {

constexpr std::size_t replay_limit = 1'000;

result<wire::interest_answer::item> read_interest(const storage::message_store& tables,
                                                  const wire::interest& wanted) {
  auto id = *entity_id::parse(wanted.channel_id());
  wire::interest_answer::item item;
  item.set_channel_id(wanted.channel_id());
  item.set_serial(wanted.serial());
  if (!wanted.has_after_seq()) {
    auto tail = tables.tail(id);
    if (!tail)
      return tail.error();
    item.set_last_seq(tail->last_seq);
    return item;
  }
  auto events = tables.events_after(id, wanted.after_seq(), replay_limit);
  if (!events)
    return events.error();
  item.set_last_seq(wanted.after_seq());
  item.mutable_replay()->set_channel_id(wanted.channel_id());
  for (auto& event : *events) {
    item.set_last_seq(event.seq());
    *item.mutable_replay()->add_events() = std::move(event);
  }
  return item;
}

}  // namespace

void slot::interest(raft::member_id from, const wire::announce_interest& wanted,
                    interest_then then) {
  if (!replica_.serves())
    return then(make_error(errc::not_owner));
  auto known = std::find(hubs_.begin(), hubs_.end(), from);
  if (known == hubs_.end())
    known = hubs_.insert(hubs_.end(), from);
  const auto index = static_cast<interest_table::host_index>(known - hubs_.begin());
  for (const auto& channel : wanted.withdrawn())
    if (auto id = entity_id::parse(channel))
      interest_.remove(*id, index);
  for (const auto& each : wanted.channels())
    if (auto id = entity_id::parse(each.channel_id()))
      interest_.add(*id, index);
  // Live events flow from here on; what was committed before must be in the tables before they are
  // read, or it would reach the hub by neither way.
  when_readable([this, wanted, then](bool leads) {
    if (!leads)
      return then(make_error(errc::not_owner));
    wire::interest_answer answer;
    answer.set_slot(number_);
    for (const auto& each : wanted.channels()) {
      auto item = read_interest(host_.tables(), each);
      if (!item) {
        found_damage(item.error());
        item = wire::interest_answer::item{};
        item->set_channel_id(each.channel_id());
        item->set_serial(each.serial());
        item->set_unreadable(true);
      }
      *answer.add_items() = std::move(*item);
    }
    then(std::move(answer));
  });
}

void slot::deliver_events(const std::vector<replica::committed_entry>& entries) {
  if (hubs_.empty())
    return;
  // Who wants the same shares one batch: mostly all of them want all.
  struct parcel {
    std::vector<interest_table::host_index> to;
    std::shared_ptr<wire::event_batches> events;
  };
  std::vector<parcel> parcels;
  for (const auto& each : entries) {
    if (!each.command || !each.command->has_channel() ||
        each.command->channel().events_size() == 0)
      continue;
    const wire::channel_change& change = each.command->channel();
    const auto& to = interest_.hosts_of(*entity_id::parse(change.channel_id()));
    if (to.empty())
      continue;
    if (parcels.empty() || parcels.back().to != to) {
      parcels.push_back({to, std::make_shared<wire::event_batches>()});
      parcels.back().events->set_slot(number_);
    }
    wire::channel_batch& batch = *parcels.back().events->add_batches();
    batch.set_channel_id(change.channel_id());
    *batch.mutable_events() = change.events();
  }
  for (std::size_t i = 0; i < hubs_.size(); ++i)
    for (const parcel& each : parcels)
      if (std::find(each.to.begin(), each.to.end(), i) != each.to.end())
        host_.send_events(hubs_[i], number_, each.events);
}

}  // namespace carillon::sim
