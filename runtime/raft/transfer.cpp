// Handing leadership over: section 3.10. The leader brings the target up to date and tells it to
// campaign at once; the election itself is an ordinary one.
#include "runtime/base/ensure.hpp"
#include "runtime/raft/raft.hpp"

namespace carillon::raft {
namespace {

// Its host is there, and its disk has what it once said: it may win an election.
bool is_electable(const progress& of) {
  return !of.lost && !of.pulling && of.log_lost == 0;
}

}  // namespace

void raft::transfer(member_id to) {
  if (role_ != role::leader || to == how_.self || to == transfer_to_ || !members_.is_voter(to))
    return;
  // Proposals wait meanwhile: not for one that cannot take over soon.
  const progress* target = find(to);
  ENSURE(target, "every voter is followed");
  if (is_electable(*target) && target->now == progress::mode::replicate &&
      log_.last_index() <= target->match + how_.entries_per_append)
    begin_transfer(to);
}

void raft::begin_transfer(member_id to) {
  transfer_to_ = to;
  transfer_ticks_ = 0;
  transfer_told_ = false;
  go_on_with_transfer(false);
}

// `again`: what was said may be lost.
void raft::go_on_with_transfer(bool again) {
  const progress* to = find(transfer_to_);
  ENSURE(to, "the target is a member");
  if (to->match != log_.last_index() || (transfer_told_ && !again))
    return;
  transfer_told_ = true;
  at_once_.push_back(to_member(transfer_to_, message_kind::timeout_now));
}

// It was not taken over: we go on, unless we wanted to be rid of it in any case.
void raft::end_transfer() {
  transfer_to_ = 0;
  if (stepping_down_)
    become_follower(hard_.term, 0);
}

member_id raft::best_follower() const {
  const progress* best = nullptr;
  for (const progress& to : others_) {
    bool fit = members_.is_voter(to.id) && is_electable(to) && to.silent < how_.election_ticks &&
               to.now != progress::mode::snapshot;
    if (fit && (!best || to.match > best->match))
      best = &to;
  }
  return best ? best->id : 0;
}

void raft::step_down() {
  if (role_ != role::leader)
    return;
  member_id to = transfer_to_ != 0 ? transfer_to_ : best_follower();
  if (to == 0)
    return become_follower(hard_.term, 0);
  stepping_down_ = true;
  if (transfer_to_ == 0)
    begin_transfer(to);
}

void raft::set_electable(bool electable) {
  electable_ = electable;
  if (!electable && role_ != role::leader && role_ != role::follower)
    become_follower(hard_.term, 0);
}

void raft::on_timeout_now(const message& m) {
  if (follow(m))
    campaign(true);
}

}  // namespace carillon::raft
