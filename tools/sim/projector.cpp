#include "tools/sim/projector.hpp"

#include <algorithm>
#include <utility>

#include "actors/slot/inbox_members.hpp"
#include "runtime/base/ensure.hpp"
#include "tools/sim/host.hpp"

namespace carillon::sim {
namespace {

// As in actors/slot/, but for the room: what fills it in a busy hour fills it here within a minute.
constexpr sim_time projection_retry = 100 * millisecond;
constexpr std::chrono::milliseconds delivery_retry{100};
constexpr sim_time audience_retry = 1 * second;
constexpr std::size_t page_bytes = 1u << 20;
constexpr std::uint32_t seek_log_ticks = 300;
constexpr std::size_t queued_max = 24;
constexpr std::size_t members_max = 24;
constexpr std::size_t runs_max = 4;

}  // namespace

projector::projector(house of) : of_(std::move(of)), sender_(of_.on.courier().new_sender()) {}

// ---- from the log -------------------------------------------------------------------------------

void projector::begin() {
  serving_ = true;
  seek_ticks_left_ = seek_log_ticks;
  take_up();
}

void projector::stop() {
  serving_ = false;
  ++reign_;
  lanes_ = nullptr;
}

void projector::take_up() {
  ++reign_;
  of_.on.count().sync.taken_up += 1;
  projections_ = projection_cursor(of_.group.projected());
  inboxes_done_ = projection_cursor(of_.group.projected());
  begin_lanes();
  const auto& log = of_.group.log();
  raft::log_index next = projections_.done() + 1;
  seeking_log_ = false;
  if (next >= log.first_index()) {
    asked_for_log_.clear();
  } else {
    if (seek_ticks_left_ > 0 && hand_over_for_log()) {
      seeking_log_ = true;
      hold(next);
    } else {
      projections_ = projection_cursor(log.first_index() - 1);
      inboxes_done_ = projection_cursor(log.first_index() - 1);
    }
    next = log.first_index();
  }
  while (next <= of_.group.committed()) {
    const auto page = log.entries(next, of_.group.committed(), page_bytes);
    for (const raft::entry& entry : page) {
      next = entry.index + 1;
      if (entry.kind != raft::entry_kind::command)
        continue;
      wire::slot_command command;
      ENSURE(command.ParseFromString(*entry.payload), "a committed command parses");
      start(entry.index, command);
    }
    if (!page.empty())
      continue;
    hold(next);  // others have it: one of them leads next
    return of_.found_damage(log.damage().value_or(make_error(errc::corrupt_record, "a log entry")));
  }
  projections_.pass(of_.group.committed());
  inboxes_done_.pass(of_.group.committed());
  tell_projected();
  work_on_inboxes();
}

void projector::tell_projected() {
  of_.group.set_projected(std::min(projections_.done(), inboxes_done_.done()));
}

void projector::hold(raft::log_index index) {
  projections_.begin(index, 1);
  tell_projected();
}

bool projector::hand_over_for_log() {
  bool later = false;
  for (auto voter : of_.group.core().members().voters) {
    if (voter == of_.group.core().self() || asked_for_log_.contains(voter))
      continue;
    of_.group.transfer(voter);
    if (of_.group.core().transferring_to() == voter) {
      asked_for_log_.insert(voter);
      return true;
    }
    later = true;
  }
  return later;
}

void projector::tick() {
  if (!serving_ || !seeking_log_ || of_.group.core().transferring_to() != 0)
    return;
  if (--seek_ticks_left_ == 0 || !hand_over_for_log())
    take_up();
  of_.carry_out_soon();
}

void projector::committed(raft::log_index index, const wire::slot_command& command) {
  if (serving_)
    start(index, command);
}

void projector::told_all() {
  if (!serving_)
    return;
  tell_projected();
  work_on_inboxes();
}

void projector::applied() {
  if (!serving_)
    return;
  projections_.pass(of_.group.applied());
  inboxes_done_.pass(of_.group.applied());
  tell_projected();
}

void projector::start(raft::log_index index, const wire::slot_command& command) {
  if (index <= of_.group.projected())
    return;
  projection effects = project(command);
  projections_.begin(index, effects.users.size());  // there is no directory here
  for (const auto& request : effects.users)
    if (is_leave(request))
      lanes_->leaving(index, slot_of_user(request));
  take_inbox_step(index, command);
  for (auto& request : effects.users) {
    if (is_early(index, request))
      lanes_->hurry(slot_of_user(request), index);
    early_.push_back({index, std::move(request)});
  }
}

bool projector::goes_on(std::uint64_t reign) const {
  return serving_ && reign == reign_ && !of_.group.failure();
}

void projector::later(sim_time delay, std::function<void()> what) {
  of_.on.later(delay, [this, reign = reign_, what = std::move(what)] {
    if (goes_on(reign))
      what();
  });
}

// Who is told of a membership finds in their inbox what was said until then; that they went comes after it.
bool projector::is_early(raft::log_index index, const wire::user_request& request) const {
  if (!request.has_membership() || !lanes_)
    return false;
  const auto channel = entity_id::parse(request.membership().channel_id());
  return (behind_ != 0 && index >= behind_) ||
         (channel && lanes_->owes(slot_of_user(request), *channel, is_leave(request) ? index - 1 : index));
}

slot_id projector::slot_of_user(const wire::user_request& request) const {
  const auto user = entity_id::parse(request.user_id());
  ENSURE(user.has_value(), "members are users");
  return of_.on.tables().slot_of(*user);
}

void projector::run_memberships_in_time() {
  std::vector<early> now;
  std::erase_if(early_, [&](early& each) {
    if (is_early(each.index, each.request))
      return false;
    now.push_back(std::move(each));
    return true;
  });
  for (early& each : now)
    begin_membership(each.index, std::move(each.request));
}

void projector::begin_membership(raft::log_index index, wire::user_request request) {
  ++memberships_under_way_;
  run_membership(index, std::move(request));
}

void projector::run_membership(raft::log_index index, wire::user_request request) {
  auto answered = [this, index, request, reign = reign_](const wire::user_reply& reply) {
    if (!serving_ || reign != reign_)
      return;
    if (reply.errc() == 0)
      return finish_membership(index, request);
    if (goes_on(reign))
      later(projection_retry, [this, index, request] { run_membership(index, request); });
  };
  of_.on.ask_user(request, answered);
}

void projector::finish_membership(raft::log_index index, const wire::user_request& request) {
  --memberships_under_way_;
  projections_.finish_one(index);
  tell_projected();
  if (is_leave(request))
    lanes_->left(index, slot_of_user(request));
  // The answer may be of this very moment.
  if (is_leave(request) || (behind_ != 0 && memberships_under_way_ == 0))
    later(0, [this] {
      work_on_inboxes();
      of_.carry_out_soon();
    });
}

// ---- inboxes ------------------------------------------------------------------------------------

void projector::begin_lanes() {
  behind_ = 0;
  memberships_under_way_ = 0;
  early_.clear();
  inbox_lanes::limits how;
  how.queued_max = queued_max;
  how.members_max = members_max;
  how.runs_max = runs_max;
  lanes_ = std::make_unique<inbox_lanes>(how, [slots = of_.on.slots()](std::uint64_t user) {
    return slot_of({id_kind::user, user}, slots);
  });
  lanes_->applied = [this] { return of_.group.applied(); };
  lanes_->is_member = [this](const entity_id& channel, std::uint64_t user) {
    auto found = of_.on.tables().is_member(channel, {id_kind::user, user});
    return found && *found;
  };
}

void projector::take_inbox_step(raft::log_index index, const wire::slot_command& command) {
  auto step = inbox_step_of(index, command);
  inboxes_done_.begin(index, step ? 1 : 0);
  if (!step)
    return;
  if (behind_ == 0 && lanes_->is_full())
    behind_ = index;
  if (behind_ != 0)
    return lanes_->pass_over(*step);
  lanes_->take(std::move(*step));
}

void projector::work_on_inboxes() {
  if (!lanes_)
    return;
  for (const auto& asked : lanes_->questions())
    read_audience(asked);
  finish_inbox(lanes_->over());
  run_memberships_in_time();
  std::vector<inbox_letter> letters;
  for (const slot_id to : lanes_->due(of_.on.steady_now()))
    letters.push_back({to, lanes_->someone_of(to), lanes_->deliver(to)});
  if (const auto urgent = lanes_->urgent(); !letters.empty() || !urgent.empty())
    of_.on.courier().take({sender_, reign_}, std::move(letters), urgent,
                          [this, reign = reign_](const std::vector<inbox_receipt>& receipts) {
                            if (goes_on(reign))
                              take_receipts(receipts);
                          });
  if (behind_ != 0 && lanes_->is_idle() && memberships_under_way_ == 0)
    return take_up();
  const auto next = lanes_->next_due();
  if (!next || std::exchange(timer_, true))
    return;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*next - of_.on.steady_now());
  of_.on.later(static_cast<sim_time>(wait.count()) * millisecond, [this] {
    timer_ = false;
    work_on_inboxes();
    of_.carry_out_soon();
  });
}

// The tables are read a moment after they hold what is committed, as another thread would.
void projector::read_audience(const inbox_lanes::question& asked) {
  of_.when_readable([this, asked, reign = reign_](bool good) {
    if (!good || !goes_on(reign))
      return;
    later(of_.on.chance().below(5) * millisecond, [this, asked] {
      auto found = read_inbox_members(of_.on.tables(), asked.channel, asked.everybody);
      if (found) {
        lanes_->loaded(asked.channel, std::move(found->members), found->read_at_sync);
        return work_on_inboxes();
      }
      of_.found_damage(found.error());
      later(audience_retry, [this, asked] {
        lanes_->not_loaded(asked.channel);
        work_on_inboxes();
      });
    });
  });
}

void projector::take_receipts(const std::vector<inbox_receipt>& receipts) {
  for (const inbox_receipt& each : receipts)
    if (each.refused)
      lanes_->failed(each.to, of_.on.steady_now(), delivery_retry);
    else
      finish_inbox(lanes_->delivered(each.to));
  work_on_inboxes();
  of_.carry_out_soon();
}

void projector::finish_inbox(const std::vector<raft::log_index>& over) {
  for (const raft::log_index index : over)
    inboxes_done_.finish_one(index);
  if (!over.empty())
    tell_projected();
}

}  // namespace carillon::sim
