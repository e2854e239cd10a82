#include "actors/slot/inbox_reaches.hpp"

#include <iterator>

namespace carillon {

result<wire::inbox_change> inbox_reaches::take(const wire::inbox_delivery& delivery,
                                               const log_place& at) {
  if (at.applied < end_)
    return make_error(errc::overloaded, "the tables are behind the log");
  // All of it is looked at before any of it counts.
  for (const auto& run : delivery.runs()) {
    const auto channel = entity_id::parse(run.channel_id());
    if (!channel || !channel->is_channel() || run.first_seq() == 0 || run.last_seq() < run.first_seq())
      return make_error(errc::invalid_arguments, "a run of an inbox delivery");
    if (auto reach = of(*channel); !reach)
      return reach.error();
  }
  wire::inbox_change out;
  for (const auto& run : delivery.runs()) {
    auto found = of(*entity_id::parse(run.channel_id()));
    if (!found)
      return found.error();
    wire::inbox_reach& reach = (*found)->reach;
    if (run.last_seq() <= reach.last_seq())
      continue;
    wire::inbox_run& news = *out.add_runs();
    news = run;
    if (news.first_seq() <= reach.last_seq())
      news.set_first_seq(reach.last_seq() + 1);
    auto& mentions = *news.mutable_mentions();
    for (int i = mentions.size() - 1; i >= 0; --i)
      if (mentions[i].seq() < news.first_seq())
        mentions.DeleteSubrange(i, 1);
    (*found)->position = at.next;
    reach.set_last_seq(news.last_seq());
    reach.set_read_at_sync(reach.read_at_sync() || news.read_at_sync());
    if (news.users_size() > 0)
      reach.set_held(news.last_seq());
    news.set_read_at_sync(reach.read_at_sync());
    news.set_held(reach.held());
  }
  return out;
}

void inbox_reaches::forget(raft::log_index end) {
  known_.clear();
  order_.clear();
  end_ = end;
}

void inbox_reaches::trim(raft::log_index applied) {
  while (known_.size() > remembered_max_ && known_.at(order_.front()).position <= applied) {
    known_.erase(order_.front());
    order_.pop_front();
  }
}

result<inbox_reaches::known*> inbox_reaches::of(const entity_id& channel) {
  auto found = known_.find(channel);
  if (found == known_.end()) {
    auto stored = read_(channel);
    if (!stored)
      return stored.error();
    order_.push_back(channel);
    found = known_.emplace(channel, known{stored->value_or(wire::inbox_reach()), 0,
                                          std::prev(order_.end())}).first;
  } else {
    order_.splice(order_.end(), order_, found->second.at);
  }
  return &found->second;
}

}  // namespace carillon
