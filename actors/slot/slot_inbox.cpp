// The part of slot_actor that is about users' inboxes. From channels here to users anywhere it is a
// projection like the others, with lanes in between (inbox_lanes.hpp) and a cursor of its own, so that
// who waits for memberships does not wait for it. For users here it takes what the channels' slots
// bring: one proposal for each delivery, whatever the number of users, none of whom is activated.
#include <algorithm>

#include "actors/ask.hpp"
#include "actors/slot/inbox_members.hpp"
#include "actors/slot/slot_actor.hpp"
#include "runtime/base/ensure.hpp"
#include "runtime/base/logging.hpp"
#include "runtime/wire/schema.hpp"
#include "storage/journal.hpp"

namespace carillon {
namespace {

constexpr std::chrono::milliseconds delivery_retry{100};
constexpr std::chrono::seconds audience_retry{1};

caf::response_promise answered(caf::response_promise promise, const error* why) {
  wire::user_reply reply;
  if (why)
    set_error(reply, *why);
  promise.deliver(user_reply_box(std::move(reply)));
  return promise;
}

}  // namespace

// ---- from channels here -----------------------------------------------------------------------

// An older host would not know what to make of such a command in its log: it is refused by now.
void slot_actor::follow_versions() {
  if (inboxes_on_)
    return;
  inboxes_on_ = !host_.ring || host_.ring->now()->schema_minor() >= wire::inboxes;
}

void slot_actor::begin_inboxes() {
  follow_versions();
  inboxes_behind_ = 0;
  memberships_under_way_ = 0;
  early_memberships_.clear();
  const auto slots = static_cast<std::uint32_t>(host_.slots.size());
  inboxes_ = std::make_unique<inbox_lanes>(inbox_lanes::limits(), [slots](std::uint64_t user) {
    return carillon::slot_of({id_kind::user, user}, slots);
  });
  inboxes_->applied = [this] { return group().applied(); };
  inboxes_->is_member = [this](const entity_id& channel, std::uint64_t user) {
    auto found = host_.messages->is_member(channel, {id_kind::user, user});
    return found && *found;
  };
}

void slot_actor::take_inbox_step(raft::log_index index, const wire::slot_command& command) {
  auto step = inboxes_on_ ? inbox_step_of(index, command) : std::nullopt;
  inboxes_done_.begin(index, step ? 1 : 0);
  if (!step)
    return;
  if (inboxes_behind_ == 0 && inboxes_->is_full())
    inboxes_behind_ = index;  // the cursor stays before it, and so does the log
  if (inboxes_behind_ != 0)
    return inboxes_->pass_over(*step);
  inboxes_->take(std::move(*step));
}

void slot_actor::work_on_inboxes() {
  if (!inboxes_)
    return;
  for (const auto& asked : inboxes_->questions())
    read_audience(asked);
  finish_inbox(inboxes_->over());
  run_memberships_in_time();
  const tick_time now = steady_now();
  inbox_letters out{this, reign_, {}, {}};
  for (const slot_id to : inboxes_->due(now))
    out.letters.push_back({to, inboxes_->someone_of(to), inboxes_->deliver(to)});
  out.urgent = inboxes_->urgent();
  if (!out.letters.empty() || !out.urgent.empty())
    send(host_.courier, std::move(out));
  count_inboxes();
  // Not before all that waited for these deliveries is over as well, or it is begun again for ever.
  if (inboxes_behind_ != 0 && inboxes_->is_idle() && memberships_under_way_ == 0)
    return take_up_projections();
  const auto next = inboxes_->next_due();
  if (!next || std::exchange(inbox_timer_, true))
    return;
  delayed_send(this, std::chrono::ceil<std::chrono::milliseconds>(*next - now), run_later{[this] {
                 inbox_timer_ = false;
                 work_on_inboxes();
                 carry_out_soon();
               }});
}

void slot_actor::count_inboxes() {
  const auto waiting = inboxes_ ? static_cast<std::int64_t>(inboxes_->queued()) : 0;
  host_.metrics->inbox_waiting.add(waiting - std::exchange(inboxes_waiting_, waiting));
}

// What is committed must be in the tables before they are read: who joined with it is there then.
void slot_actor::read_audience(const inbox_lanes::question& asked) {
  auto read = [asked](const storage::message_store& stored) {
    return read_inbox_members(stored, asked.channel, asked.everybody);
  };
  auto take = [this, asked, reign = reign_](result<inbox_members> found) {
    if (!still_projecting(reign))
      return;
    if (found) {
      inboxes_->loaded(asked.channel, std::move(found->members), found->read_at_sync);
      return work_on_inboxes();
    }
    log_warn("slot", "slot {}: who is in {} cannot be read for inboxes: {}", slot_,
             asked.channel.text(), found.error().describe());
    delayed_send(this, audience_retry, run_later{[this, asked, reign] {
                   if (!still_projecting(reign))
                     return;
                   inboxes_->not_loaded(asked.channel);
                   work_on_inboxes();
                 }});
  };
  when_confirmed([this, near = asked.channel, read, take, reign = reign_](bool good) {
    if (good && still_projecting(reign))
      ask_reader(this, host_, near, read, take);
  });
}

void slot_actor::on_inbox_receipts(const inbox_receipts& what) {
  if (what.reign != reign_ || !still_projecting(reign_))
    return;
  for (const inbox_receipt& each : what.receipts)
    if (!each.refused) {
      inboxes_complained_ = false;
      finish_inbox(inboxes_->delivered(each.to));
    } else {
      // Once, and not for each of the others' slots again and again.
      if (!std::exchange(inboxes_complained_, true))
        log_warn("slot", "slot {} repeats a delivery to the inboxes of slot {}: {}", slot_, each.to,
                 each.refused->describe());
      inboxes_->failed(each.to, steady_now(), delivery_retry);
    }
  work_on_inboxes();
  carry_out_soon();
}

void slot_actor::finish_inbox(const std::vector<raft::log_index>& over) {
  for (const raft::log_index index : over)
    inboxes_done_.finish_one(index);
  if (!over.empty())
    tell_projected();
}

// ---- for users here ---------------------------------------------------------------------------

caf::response_promise slot_actor::on_inbox_delivery(const wire::inbox_delivery& delivery) {
  auto promise = make_response_promise();
  const auto refuse = [&](const error& why) { return answered(promise, &why); };
  if (group().failure())
    return refuse(*group().failure());
  if (is_stopping())
    return refuse(make_error(errc::shutting_down));
  if (!serving_)
    return refuse(make_error(errc::not_owner));
  if (host_.journal->is_full())
    return refuse(make_error(errc::overloaded, "the journal's queue is full"));
  if (push_wishes_unknown())  // the slot does not serve users in full yet; who asks waits for it
    return refuse(make_error(errc::not_owner, "who wants pushes is being read"));
  const raft::log_index position = group().core().last_index() + 1;
  auto news = reaches_.take(delivery, {.applied = group().applied(), .next = position});
  if (!news)
    return refuse(news.error());
  if (news->runs().empty()) {  // it was taken before; perhaps that is not committed yet
    if (open_deliveries_.empty())
      return answered(promise, nullptr);
    open_deliveries_.push_back({open_deliveries_.back().tag, promise});
    return promise;
  }
  const push_outbox::planned pushes = plan_pushes(*news);
  auto command = std::make_shared<wire::slot_command>();
  *command->mutable_inbox() = std::move(*news);
  command->mutable_inbox()->set_position(position);
  command->mutable_inbox()->set_at(host_.now());
  auto index = group().propose(std::move(command), ++last_tag_);
  if (!index) {
    reaches_.forget(group().core().last_index());
    return refuse(index.error());
  }
  ENSURE(*index == position, "a proposal is the log's next entry");
  accept_pushes(pushes, *index);
  proposals_.push_back({last_tag_, {}, 0, 0, 0, {}, {}});
  open_deliveries_.push_back({last_tag_, promise});
  carry_out_soon();
  return promise;
}

// Those who are awake: somebody may wait for it.
void slot_actor::tell_inboxes(const wire::inbox_change& change) {
  host_.metrics->inbox_deliveries.add();
  for (const auto& run : change.runs()) {
    host_.metrics->inbox_spans.add(static_cast<std::uint64_t>(run.users_size()));
    for (const std::uint64_t user : run.users())
      if (auto found = entities_.find({id_kind::user, user}); found != entities_.end() && found->second.actor)
        send(found->second.actor, inbox_news{change.position()});
  }
}

void slot_actor::answer_inbox_deliveries() {
  while (!open_deliveries_.empty() && open_deliveries_.front().tag <= committed_tag_) {
    answered(open_deliveries_.front().promise, nullptr);
    open_deliveries_.pop_front();
  }
  reaches_.trim(group().applied());
}

void slot_actor::refuse_inbox_deliveries(const error& why) {
  for (auto& open : std::exchange(open_deliveries_, {}))
    answered(open.promise, &why);
  reaches_.forget(group().core().last_index());
}

}  // namespace carillon
