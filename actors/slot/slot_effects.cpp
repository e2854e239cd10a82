// The part of slot_actor that follows a commit: events to interested hubs, reads that wait until a
// commit is in the tables, projections into other slots and the directory.
#include "actors/ask.hpp"
#include "actors/slot/slot_actor.hpp"
#include "runtime/base/ensure.hpp"
#include "runtime/base/logging.hpp"

namespace carillon {
namespace {

constexpr std::size_t replay_limit = 1'000;  // events in one answer; the hub asks again for more
constexpr std::chrono::milliseconds projection_retry{100};

result<interest_confirmed::item> read_interest(const storage::message_store& tables,
                                               const wire::interest& wanted) {
  auto id = *entity_id::parse(wanted.channel_id());
  interest_confirmed::item item;
  item.channel_id = wanted.channel_id();
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

}  // namespace

void slot_actor::deliver_events(const std::vector<in_flight_command>& committed) {
  if (hubs_.empty())
    return;
  std::vector<event_delivery> by_hub(hubs_.size());
  std::shared_ptr<wire::channel_batch> open;  // the batch that the next event may still join
  for (const in_flight_command& done : committed) {
    if (!done.what.command->has_channel() || done.what.command->channel().events_size() == 0)
      continue;
    const wire::channel_change& change = done.what.command->channel();
    const auto& hosts = interest_.hosts_of(done.entity);
    if (hosts.empty()) {
      open = nullptr;
      continue;
    }
    if (!open || open->channel_id() != change.channel_id() ||
        open->from_connection() != done.what.from_connection) {
      open = std::make_shared<wire::channel_batch>();
      open->set_channel_id(change.channel_id());
      open->set_from_connection(done.what.from_connection);
      for (auto host : hosts)
        by_hub[host].batches.push_back(open);
    }
    for (const auto& event : change.events())
      *open->add_events() = event;
  }
  for (std::size_t i = 0; i < hubs_.size(); ++i)
    if (!by_hub[i].batches.empty()) {
      by_hub[i].slot = slot_;
      send(hubs_[i], std::move(by_hub[i]));
    }
}

caf::response_promise slot_actor::on_interest(const wire::announce_interest& wanted) {
  // First the sender, then the promise: the promise takes the sender out of the message.
  auto hub = caf::actor_cast<caf::actor>(current_sender());
  ENSURE(hub, "interest comes from a hub");
  auto promise = make_response_promise();
  auto known = std::find(hubs_.begin(), hubs_.end(), hub);
  if (known == hubs_.end())
    known = hubs_.insert(hubs_.end(), hub);
  auto index = static_cast<interest_table::host_index>(known - hubs_.begin());
  for (const auto& channel : wanted.withdrawn())
    if (auto id = entity_id::parse(channel))
      interest_.remove(*id, index);
  std::vector<wire::interest> channels;
  for (const auto& channel : wanted.channels())
    if (auto id = entity_id::parse(channel.channel_id())) {
      interest_.add(*id, index);
      channels.push_back(channel);
    }
  if (channels.empty()) {
    promise.deliver(interest_confirmed{slot_, {}});
    return promise;
  }
  // Live events flow from here on. What was committed before must be in the tables before they are
  // read, or it would reach the hub by neither way.
  when_applied(handed_out_, [this, channels, promise]() mutable {
    auto read = [channels](const storage::message_store& tables) -> result<interest_confirmed> {
      interest_confirmed out;
      for (const auto& wanted : channels) {
        auto item = read_interest(tables, wanted);
        if (!item) {  // one damaged channel is nobody else's trouble
          item = interest_confirmed::item{};
          item->channel_id = wanted.channel_id();
          item->unreadable = true;
        }
        out.items.push_back(std::move(*item));
      }
      return out;
    };
    auto near = *entity_id::parse(channels.front().channel_id());
    ask_reader(this, host_, near, read, [this, promise](result<interest_confirmed> answer) mutable {
      if (!answer) {
        log_error("slot", "slot {} cannot answer a hub: {}", slot_, answer.error().describe());
        promise.deliver(caf::make_error(caf::sec::runtime_error, answer.error().describe()));
        return;
      }
      answer->slot = slot_;
      promise.deliver(std::move(*answer));
    });
  });
  return promise;
}

void slot_actor::when_applied(raft::log_index index, std::function<void()> then) {
  if (failed_ || applied_ >= index)
    then();
  else
    apply_barriers_.push_back({index, std::move(then)});
}

void slot_actor::release_barriers() {
  while (!apply_barriers_.empty() && (failed_ || apply_barriers_.front().index <= applied_)) {
    auto then = std::move(apply_barriers_.front().then);
    apply_barriers_.pop_front();
    then();
  }
}

void slot_actor::replay_projections() {
  // The log keeps everything after the projections' cursor.
  if (projections_.done() >= applied_)
    return;
  for (const raft::entry& entry : log_->entries(projections_.done() + 1, applied_,
                                                std::numeric_limits<std::size_t>::max()))
    if (auto command = decode_command(entry))
      start_projection(entry.index, *command);
}

void slot_actor::start_projection(raft::log_index index, const wire::slot_command& command) {
  projection effects = project(command);
  projections_.begin(index, effects.effects());
  for (auto& request : effects.users)
    run_membership(index, std::move(request));
  if (effects.catalogue)
    run_catalogue(index, std::move(*effects.catalogue));
}

void slot_actor::run_membership(raft::log_index index, wire::user_request request) {
  auto user = entity_id::parse(request.user_id());
  ENSURE(user.has_value(), "members are users");
  ask_user(this, host_, *user, request, [this, index, request](const wire::user_reply& reply) {
    auto refused = reply_error(reply);
    if (!refused)
      return finish_projection(index);
    if (failed_ || stopping_)
      return;  // the cursor stays: the next start carries it out
    log_warn("slot", "slot {} repeats a membership projection: {}", slot_, refused->describe());
    delayed_send(this, projection_retry,
                 run_later{[this, index, request] { run_membership(index, request); }});
  });
}

void slot_actor::run_catalogue(raft::log_index index, storage::channel_row row) {
  ask_directory(
      this, host_, [row](storage::directory& directory) { return directory.upsert_channel(row); },
      [this, index, row](status done) {
        if (done)
          return finish_projection(index);
        if (failed_ || stopping_)
          return;
        log_warn("slot", "slot {} repeats a catalogue projection: {}", slot_,
                 done.error().describe());
        delayed_send(this, projection_retry,
                     run_later{[this, index, row] { run_catalogue(index, row); }});
      });
}

void slot_actor::finish_projection(raft::log_index index) {
  projections_.finish_one(index);
  for (std::size_t i = 0; i < project_barriers_.size();) {
    if (project_barriers_[i].index <= projections_.done()) {
      auto then = std::move(project_barriers_[i].then);
      project_barriers_.erase(project_barriers_.begin() + static_cast<std::ptrdiff_t>(i));
      then();
    } else {
      ++i;
    }
  }
}

}  // namespace carillon
