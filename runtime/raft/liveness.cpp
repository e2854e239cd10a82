// Who is heard, and what is said again: time, check-quorum (section 6.2), beats of groups or hosts,
// and lost messages. With beats per host a quiet group says nothing at all, so everything that
// somebody waits for is repeated by whoever waits.
#include "runtime/base/ensure.hpp"
#include "runtime/raft/raft.hpp"

namespace carillon::raft {

void raft::tick() {
  if (contradicted_)
    return;
  ++ticks_;
  if (role_ == role::leader)
    return tick_leader();
  ask_for_lost();
  if (restoring_ == restoring::wanted && ++restore_ticks_ >= how_.resend_ticks)
    ask_for_snapshot();
  if (ticks_ < timeout_) {
    if (role_ != role::follower && ticks_ % how_.resend_ticks == 0)
      ask_for_votes(true);
    return;
  }
  // Silence for an election timeout: whoever led is not believed in any more, here and in what we
  // tell others.
  leader_ = 0;
  if (may_campaign())
    run_for_leader(false);
  else
    draw_timeout();
}

void raft::tick_leader() {
  for (progress& to : others_) {
    ++to.silent;
    if (!waits_for(to)) {
      to.waited = 0;
    } else if (++to.waited >=
               (to.now == progress::mode::snapshot ? how_.election_ticks : how_.resend_ticks)) {
      to.probe_again();
    }
  }
  // Section 6.2: one that is cut off must not go on taking proposals, nor answer reads.
  if (how_.check_quorum && !hears_majority())
    return become_follower(hard_.term, 0);
  if (transfer_to_ != 0 && ++transfer_ticks_ >= how_.election_ticks)
    end_transfer();
  else if (transfer_to_ != 0 && transfer_ticks_ % how_.resend_ticks == 0)
    go_on_with_transfer(true);
  else if (transfer_to_ == 0 && is_restoring())
    transfer(best_follower());
  if (role_ != role::leader)
    return;
  rounds_in_tick_ = 0;
  if (!pending_reads_.empty() && pending_reads_.front().round != 0 &&
      ++read_ticks_ >= (reads_of_all_asked_ ? how_.resend_ticks : 1))
    send_read_checks(at_once_, others_.size());
  const bool beats = !how_.host_beats && ticks_ >= how_.heartbeat_ticks;
  if (beats)
    ticks_ = 0;
  for (progress& to : others_) {
    // What is only news of a commit waits for the tick: on a busy group the next append carries it.
    bool commit_news = to.now != progress::mode::snapshot && !to.lost &&
                       std::min(commit_, to.next - 1) > to.commit_told;
    // A quiet group says nothing, and its last word, that the tables are whole, may be lost. That its log is,
    // a member finds out by itself, and says with its next answer; where it may never be, it is asked now
    // and then.
    const bool asked = to.pulling || to.gets_back_lost(commit_) ||
                       (to.log_lost != 0 && ticks_ % how_.election_ticks == 0);
    to.beat_due = to.beat_due || beats || commit_news || asked;
  }
}

// Something was said that it should have answered.
bool raft::waits_for(const progress& to) const {
  return !to.lost && (to.probe_out || !to.in_flight.empty() || to.commit_known < to.commit_told);
}

bool raft::hears_majority() const {
  std::vector<member_id> heard{how_.self};
  for (const progress& to : others_)
    if (to.silent < how_.election_ticks)
      heard.push_back(to.id);
  return members_.who_votes().count(heard, {}) == tally::won;
}

void raft::heard_from(member_id id) {
  progress* from = find(id);
  if (!from)
    return;
  from->silent = 0;
  from->lost = false;
}

void raft::leader_beat(member_id leader, term_t term) {
  if (leader == how_.self || leader == 0 || term == 0 || term >= beyond_counting || contradicted_)
    return;
  if (term < hard_.term)
    return refuse_stale(leader, message_kind::append, 0);
  if (term > hard_.term)
    become_follower(term, leader);
  if (role_ == role::leader)
    return;  // a beat repeats what appends say; that there cannot be two is seen there
  if (role_ != role::follower)
    become_follower(term, leader);
  hear_leader(leader);
}

void raft::host_lost(member_id id) {
  if (progress* to = find(id)) {
    to->probe_again();
    to->lost = true;
    if (transfer_to_ == id)
      end_transfer();
  }
  if (role_ == role::leader || leader_ != id || id == 0)
    return;
  leader_ = 0;
  hurried_ = true;
  draw_timeout();
}

// Section 3.3: a question with a stale term is refused, and the refusal tells the newer one. It is
// also how a member with a newer term gets back into a group whose leader it does not disturb.
void raft::refuse_stale(member_id to, message_kind kind, log_index index) {
  const bool vote = kind == message_kind::request_vote;
  message refusal = to_member(to, vote ? message_kind::vote_reply : message_kind::append_reply);
  refusal.reject = true;
  refusal.index = index;
  after_persist_.push_back(std::move(refusal));
}

}  // namespace carillon::raft
