// Promises that were not kept. What a member acknowledged is counted for ever, so a disk that goes
// back (an older copy of the data folder, a disk that lies about fsync, an entry that cannot be read
// any more) can undo what is committed. Who notices says so, and the one that forgot has no voice
// until it has everything again; where it is too late for that, the one that knows better takes no
// further part in the group, so that its own host and the host's other groups go on.
#include <algorithm>
#include <utility>

#include "runtime/raft/raft.hpp"

namespace carillon::raft {

// -- a peer's word cannot be true --

// Never an ENSURE: a peer's mistake must not end a sound host. And no vote to end it either: we
// cannot know who else was told the same.
void raft::give_up(contradiction why) {
  become_follower(hard_.term, 0);
  at_once_.clear();
  after_persist_.clear();
  offer_.reset();
  contradicted_ = why;
  contradiction_is_news_ = true;
}

// -- the follower's side --

void raft::log_lost(log_index acknowledged) {
  lose(acknowledged);
  lost_is_news_ = false;  // the disk knows
}

void raft::lose(log_index acknowledged) {
  if (lost_up_to_ && *lost_up_to_ >= acknowledged)
    return;
  if (role_ != role::follower)
    become_follower(hard_.term, 0);
  lost_up_to_ = acknowledged;
  lost_is_news_ = true;
  lost_ticks_ = 0;
  lost_wait_ = how_.resend_ticks;
}

// Within a term a log that agreed with the leader's up to some index never ends below it, however
// late or often a message comes: if ours does, this is not the disk that acknowledged it.
void raft::compare_promises(const message& from_leader) {
  lost_ticks_ = 0;
  if (from_leader.acknowledged > log_.last_index() && from_leader.acknowledged < beyond_counting)
    lose(from_leader.acknowledged);
}

// With beats per host a leader with nothing new says nothing, and one that did not notice that we
// were away takes all of it for acknowledged. Asked ever more rarely: the leader's log may not yet
// reach as far as what was lost.
void raft::ask_for_lost() {
  if (!lost_up_to_ || *lost_up_to_ >= beyond_counting || leader_ == 0 || is_restoring() ||
      log_came_back() || ++lost_ticks_ < lost_wait_)
    return;
  lost_ticks_ = 0;
  lost_wait_ = std::min(2 * lost_wait_, 64 * how_.election_ticks);
  message m = to_member(leader_, message_kind::append_reply);
  m.reject = true;
  m.index = commit_;
  m.hint = commit_;
  m.log_term = log_.term_of(commit_).value_or(0);
  m.commit = commit_;
  m.acknowledged = *lost_up_to_;
  at_once_.push_back(std::move(m));
}

// What was acknowledged and is committed is here again; what was not will never be counted.
bool raft::log_came_back() const {
  return lost_up_to_ && leader_ != 0 && !is_restoring() &&
         std::min(commit_, log_.persisted()) >= *lost_up_to_;
}

void raft::log_is_whole() {
  lost_up_to_.reset();
  lost_is_news_ = false;
}

// -- the leader's side --

void raft::hear_of_loss(progress& from, const message& reply) {
  from.log_lost = reply.acknowledged;
  // A learner's endangers nobody; it may be one that left the group and is back.
  if (from.log_lost != 0 && members_.is_voter(from.id) && !std::exchange(from.loss_told, true))
    others_lost_.push_back({.who = from.id, .acknowledged = reply.acknowledged});
}

}  // namespace carillon::raft
