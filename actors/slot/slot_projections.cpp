// The part of slot_actor that carries committed changes into other slots and the directory, where
// the group is led: at least once each, from the cursor that all replicas keep.
#include "actors/ask.hpp"
#include "actors/slot/slot_actor.hpp"
#include "runtime/base/ensure.hpp"
#include "runtime/base/logging.hpp"

namespace carillon {
namespace {

constexpr std::chrono::milliseconds projection_retry{100};
constexpr std::size_t page_bytes = 1u << 20;  // of the log, read at once
// Time enough for a host that restarts; meanwhile the log is not trimmed.
constexpr std::uint32_t seek_log_ticks = 300;

}  // namespace

void slot_actor::begin_projections() {
  seek_ticks_left_ = seek_log_ticks;
  take_up_projections();
}

// The log keeps everything after the cursor. What an earlier leader carried out already is carried
// out again: every effect says of which time it is, and an older one changes nothing.
void slot_actor::take_up_projections() {
  ++reign_;  // what is under way from before counts no more
  projections_ = projection_cursor(group().projected());
  inboxes_done_ = projection_cursor(group().projected());
  begin_inboxes();
  const auto& log = group().log();
  raft::log_index next = projections_.done() + 1;
  projections_held_ = seeking_log_ = false;
  if (next >= log.first_index()) {
    asked_for_log_.clear();
  } else {
    if (seek_ticks_left_ > 0 && hand_over_for_log()) {
      seeking_log_ = true;
      hold_projections(next);
    } else {
      log_error("slot", "slot {}: nobody has the log from {} to {} any more: projections of these "
                "are not repeated", slot_, next, log.first_index() - 1);
      projections_ = projection_cursor(log.first_index() - 1);
      inboxes_done_ = projection_cursor(log.first_index() - 1);
    }
    next = log.first_index();
  }
  while (next <= group().committed()) {
    const auto page = log.entries(next, group().committed(), page_bytes);
    for (const raft::entry& entry : page) {
      next = entry.index + 1;
      if (entry.kind != raft::entry_kind::command)
        continue;
      wire::slot_command command;
      ENSURE(command.ParseFromString(*entry.payload), "a committed command parses");
      start_projection(entry.index, command);
    }
    if (!page.empty())
      continue;
    const error why = log.damage().value_or(make_error(errc::corrupt_record, "a log entry"));
    log_error("slot", "slot {}: entry {} is not projected: {}", slot_, next, why.describe());
    if (!group().alone()) {
      hold_projections(next);
      return group().damaged(why);  // others have it: one of them leads next
    }
    ++next;  // nobody has it
  }
  projections_.pass(group().committed());
  inboxes_done_.pass(group().committed());
  tell_projected();
  work_on_inboxes();
}

// Both kinds go their own pace, and what is read again for one is harmless to the other.
void slot_actor::tell_projected() {
  group().set_projected(std::min(projections_.done(), inboxes_done_.done()));
}

// The cursor stays before `index` until projections are taken up again, whatever is committed and
// done meanwhile.
void slot_actor::hold_projections(raft::log_index index) {
  projections_.begin(index, 1);
  projections_held_ = true;
  tell_projected();
}

// Each of the other voters is asked once to lead instead, until one has what the log here lacks.
// False: there is nobody left to ask, now or later.
bool slot_actor::hand_over_for_log() {
  bool later = false;  // it is away, or behind
  for (auto voter : group().core().members().voters) {
    if (voter == group().core().self() || asked_for_log_.contains(voter))
      continue;
    group().transfer(voter);
    if (group().core().transferring_to() == voter) {
      asked_for_log_.insert(voter);
      return true;
    }
    later = true;
  }
  return later;
}

// Each tick: the one that was asked did not take over, or nobody could be asked yet. In the end the
// rest goes on without what is lacking, or the log would grow for as long as this host leads.
void slot_actor::seek_log() {
  if (!serving_ || !seeking_log_ || group().core().transferring_to() != 0)
    return;
  if (--seek_ticks_left_ == 0 || !hand_over_for_log())
    take_up_projections();
  carry_out_soon();
}

void slot_actor::start_projection(raft::log_index index, const wire::slot_command& command) {
  if (index <= group().projected())
    return;  // an earlier leader did, and said so
  projection effects = project(command);
  projections_.begin(index, effects.effects());
  if (effects.catalogue)
    run_catalogue(index, std::move(*effects.catalogue));
  for (const auto& request : effects.users)
    if (is_leave(request))
      inboxes_->leaving(index, slot_of_user(request));
  take_inbox_step(index, command);
  for (auto& request : effects.users)
    if (is_early(index, request)) {
      inboxes_->hurry(slot_of_user(request), index);  // somebody waits for it
      early_memberships_.push_back({index, std::move(request)});
    } else {
      begin_membership(index, std::move(request));
    }
}

// Whoever sees that a user came to a channel, or went, finds in the inbox what was said to them until then:
// a device that resumes, or asks from where on it is to be told of the channel, has nothing else to go by. That
// they went comes into the inbox itself after that (inbox_lanes.hpp, leaving).
bool slot_actor::is_early(raft::log_index index, const wire::user_request& request) const {
  if (!request.has_membership())
    return false;
  const auto channel = entity_id::parse(request.membership().channel_id());
  return channel &&
         ((inboxes_behind_ != 0 && index >= inboxes_behind_) ||
          inboxes_->owes(slot_of_user(request), *channel, is_leave(request) ? index - 1 : index));
}

slot_id slot_actor::slot_of_user(const wire::user_request& request) const {
  const auto user = entity_id::parse(request.user_id());
  ENSURE(user.has_value(), "members are users");
  return host_.messages->slot_of(*user);
}

void slot_actor::run_memberships_in_time() {
  std::vector<early_membership> now;
  std::erase_if(early_memberships_, [&](early_membership& each) {
    if (is_early(each.index, each.request))
      return false;
    now.push_back(std::move(each));
    return true;
  });
  for (early_membership& each : now)
    begin_membership(each.index, std::move(each.request));
}

void slot_actor::begin_membership(raft::log_index index, wire::user_request request) {
  ++memberships_under_way_;
  run_membership(index, std::move(request));
}

// Leadership may have gone and come back meanwhile: then the projection was taken up anew.
bool slot_actor::still_projecting(std::uint64_t reign) const {
  return serving_ && reign == reign_ && !group().failure() && !is_stopping();
}

void slot_actor::run_membership(raft::log_index index, wire::user_request request) {
  auto user = entity_id::parse(request.user_id());
  ENSURE(user.has_value(), "members are users");
  auto answered = [this, index, request, reign = reign_](const wire::user_reply& reply) {
    if (!serving_ || reign != reign_)
      return;
    auto refused = reply_error(reply);
    if (!refused)
      return finish_membership(index, request);
    if (!still_projecting(reign))
      return;  // the cursor stays: the next leader or the next start carries it out
    log_warn("slot", "slot {} repeats a membership projection: {}", slot_, refused->describe());
    delayed_send(this, projection_retry, run_later{[this, index, request, reign] {
                   if (still_projecting(reign))
                     run_membership(index, request);
                 }});
  };
  ask_user(this, host_, *user, request, answered);
}

void slot_actor::finish_membership(raft::log_index index, const wire::user_request& request) {
  --memberships_under_way_;
  finish_projection(index);
  if (is_leave(request))
    inboxes_->left(index, slot_of_user(request));
  if (is_leave(request) || (inboxes_behind_ != 0 && memberships_under_way_ == 0)) {
    work_on_inboxes();
    carry_out_soon();
  }
}

void slot_actor::run_catalogue(raft::log_index index, storage::channel_row row) {
  auto work = [row](storage::directory& directory) { return directory.upsert_channel(row); };
  ask_directory(this, host_, work, [this, index, row, reign = reign_](status done) {
    if (!serving_ || reign != reign_)
      return;
    if (done)
      return finish_projection(index);
    if (!still_projecting(reign))
      return;
    log_warn("slot", "slot {} repeats a catalogue projection: {}", slot_, done.error().describe());
    delayed_send(this, projection_retry, run_later{[this, index, row, reign] {
                   if (still_projecting(reign))
                     run_catalogue(index, row);
                 }});
  });
}

void slot_actor::finish_projection(raft::log_index index) {
  projections_.finish_one(index);
  tell_projected();
  std::erase_if(project_barriers_, [this](barrier& each) {
    if (each.index > projections_.done())
      return false;
    each.promise.deliver(caf::unit);
    return true;
  });
}

caf::response_promise slot_actor::on_projection_barrier(raft::log_index index) {
  auto promise = make_response_promise();
  if (index == 0)
    index = group().committed();
  if (!serving_ || projections_held_ || group().failure() || projections_.done() >= index)
    promise.deliver(caf::unit);
  else
    project_barriers_.push_back({index, promise});
  return promise;
}

void slot_actor::answer_project_barriers() {
  for (auto& waiting : std::exchange(project_barriers_, {}))
    waiting.promise.deliver(caf::unit);
}

}  // namespace carillon
