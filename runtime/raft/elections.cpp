// Who leads: section 3.4 (elections), 3.6.1 (the restriction on who can win), 9.6 (pre-vote) and
// 4.2.3 (voters who hear a leader stick to it).
#include <algorithm>
#include <utility>

#include "runtime/base/ensure.hpp"
#include "runtime/raft/raft.hpp"

namespace carillon::raft {
namespace {

bool contains(const std::vector<member_id>& ids, member_id id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace

// Section 3.4: timeouts are spread, so that votes rarely split and split ones are soon repeated.
void raft::draw_timeout() {
  ticks_ = 0;
  const std::uint32_t shortest = hurried_ ? how_.lost_ticks : how_.election_ticks;
  timeout_ = shortest + static_cast<std::uint32_t>(random_.below(shortest));
  // With damaged tables we are the last resort: those with whole ones go first.
  if (is_restoring())
    timeout_ += 2 * how_.election_ticks;
}

// Another leads, or will; in this term or a newer one.
void raft::become_follower(term_t term, member_id leader) {
  ENSURE(term >= hard_.term, "terms never go back");
  if (term > hard_.term) {
    hard_ = {.term = term, .vote = 0};
    // What an older term promised and has not left yet is not said at all: it may be untrue by the
    // time it would be on disk.
    after_persist_.clear();
    at_once_.clear();
  }
  // A follower keeps its running timeout: a candidate that cannot win must not hold off one that
  // can (section 3.4: only a granted vote or the leader's word resets it).
  if (role_ != role::follower)
    draw_timeout();
  refuse_reads();
  role_ = role::follower;
  leader_ = leader;
  granted_.clear();
  refused_.clear();
  others_.clear();
  first_own_ = 0;
  uncommitted_bytes_ = 0;
  transfer_to_ = 0;
  stepping_down_ = false;
}

// Section 4.2.2: one whose removal is not committed may still be needed, if nobody else has the
// entry that removes it. It asks, and leads, without counting itself.
bool raft::may_campaign() const {
  bool needed = is_voter() || (is_changing() && members_.was_voter(how_.self, commit_));
  // With damaged tables, but a log that others may lack entries of, we lead until they have it
  // (tick_leader hands over).
  return role_ != role::leader && electable_ && restoring_ != restoring::offered && needed &&
         !lost_up_to_ && !contradicted_;
}

void raft::campaign(bool force) {
  if (may_campaign() && !is_restoring())
    run_for_leader(force);
}

void raft::run_for_leader(bool force) {
  if (force || !how_.pre_vote)
    become_candidate(force);
  else
    become_pre_candidate();
}

// Section 9.6: asks first whether an election could be won. Nobody's term or vote changes, so that
// a member that was cut off does not disturb a group that works.
void raft::become_pre_candidate() {
  become_follower(hard_.term, 0);
  role_ = role::pre_candidate;
  forced_ = false;
  draw_timeout();
  ask_for_votes(false);
  record_vote(how_.self, true);
}

void raft::become_candidate(bool force) {
  become_follower(hard_.term + 1, 0);
  role_ = role::candidate;
  forced_ = force;
  hard_.vote = how_.self;
  draw_timeout();
  // The requests wait until the new term and our own vote are on disk. Otherwise a crash could let
  // us ask for the same term again with a shorter log, and count a vote given to the longer one.
  // Our own vote is counted at the same moment: advance().
  ask_for_votes(false);
}

// `only_silent`: again, those who have not answered.
void raft::ask_for_votes(bool only_silent) {
  const bool pre = role_ == role::pre_candidate;
  for (member_id to : members_.who_votes().members()) {
    if (to == how_.self || (only_silent && (contains(granted_, to) || contains(refused_, to))))
      continue;
    message m = to_member(to, pre ? message_kind::pre_vote : message_kind::request_vote);
    if (pre)
      ++m.term;
    m.index = log_.last_index();
    m.log_term = log_.last_term();
    m.force = forced_;
    (pre ? at_once_ : after_persist_).push_back(std::move(m));
  }
}

void raft::hear_leader(member_id leader) {
  if (leader != leader_)
    lost_wait_ = how_.resend_ticks;
  leader_ = leader;
  if (std::exchange(hurried_, false))
    draw_timeout();  // a short one would take the leader's next pause for its end
  ticks_ = 0;
}

// Section 4.2.3: within the shortest election timeout since the leader's last word. A leader hears
// itself: check-quorum is what ends it.
bool raft::hears_leader() const {
  return role_ == role::leader || (leader_ != 0 && ticks_ < how_.election_ticks);
}

// Whether we could give (or gave) the sender our vote in m.term, which is ours or newer.
bool raft::would_elect(const message& m) const {
  // Section 3.6.1: only a log at least as up to date as ours, with all that we have taken in, on
  // disk or on its way there (it will be there before a vote leaves).
  term_t last_term = log_.last_term();
  bool up_to_date =
      m.log_term > last_term || (m.log_term == last_term && m.index >= log_.last_index());
  // One vote a term (figure 3.1). Who already knows this term's leader needs no other.
  bool free_to_vote =
      m.term > hard_.term || hard_.vote == m.from || (hard_.vote == 0 && leader_ == 0);
  return up_to_date && free_to_vote;
}

// No promise, so nothing waits for the disk. The answer carries the term that was asked about, or a
// refusal our own, which the sender may have missed.
void raft::on_pre_vote(const message& m) {
  bool disturbs = how_.check_quorum && !m.force && hears_leader();
  message reply = to_member(m.from, message_kind::pre_vote_reply);
  reply.reject = m.term < hard_.term || disturbs || !would_elect(m);
  if (!reply.reject)
    reply.term = m.term;
  at_once_.push_back(std::move(reply));
}

void raft::on_pre_vote_reply(const message& m) {
  if (m.reject && m.term > hard_.term)
    return become_follower(m.term, 0);
  if (role_ == role::pre_candidate && (m.reject || m.term == hard_.term + 1))
    record_vote(m.from, !m.reject);
}

void raft::on_request_vote(const message& m) {
  message reply = to_member(m.from, message_kind::vote_reply);
  reply.reject = !would_elect(m);
  if (!reply.reject) {
    hard_.vote = m.from;
    draw_timeout();
  }
  after_persist_.push_back(std::move(reply));
}

void raft::on_vote_reply(const message& m) {
  if (role_ == role::candidate)
    record_vote(m.from, !m.reject);
}

void raft::record_vote(member_id from, bool granted) {
  std::vector<member_id>& side = granted ? granted_ : refused_;
  if (!contains(side, from))
    side.push_back(from);
  switch (members_.who_votes().count(granted_, refused_)) {
  case tally::won:
    return role_ == role::pre_candidate ? become_candidate(false) : become_leader();
  case tally::lost:
    return become_follower(hard_.term, 0);
  case tally::open:
    return;
  }
}

void raft::become_leader() {
  role_ = role::leader;
  hear_leader(how_.self);
  others_.clear();
  uncommitted_bytes_ = 0;
  members_changed();
  // Section 6.4 and 3.6.2: older terms' entries are committed by one of our own above them, so it
  // is written at once instead of with the first proposal.
  append_own(entry_kind::noop, nullptr);
  first_own_ = log_.last_index();
}

}  // namespace carillon::raft
