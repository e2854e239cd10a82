// Members that appends cannot catch up: section 5. The state machine's tables are on the leader's
// disk anyway, so a snapshot is only a word: "pull my tables, they are as of this index or later".
#include "runtime/base/ensure.hpp"
#include "runtime/raft/raft.hpp"

namespace carillon::raft {

// -- the leader's side --

// What it needs next is trimmed.
bool raft::needs_snapshot(const progress& to) const {
  return to.now == progress::mode::snapshot || to.next < log_.first_index() ||
         !log_.term_of(to.next - 1);
}

void raft::send_snapshot(member_id to, std::vector<message>& out) const {
  if (is_restoring())
    return;  // damaged tables are offered to nobody
  // Only what the tables show: a ready that is not advanced yet may still be on its way there.
  const std::optional<term_t> term = log_.term_of(applied_);
  if (!term)
    return;  // the entry cannot be read: there will be another one
  message m = to_member(to, message_kind::snapshot);
  m.index = applied_;
  m.log_term = *term;
  m.config = members_.as_of_applied();
  m.commit = commit_;
  if (const progress* at = find(to))
    m.acknowledged = at->vouched;
  out.push_back(std::move(m));
}

// -- the follower's side --

void raft::on_snapshot(const message& m) {
  if (!follow(m) || m.log_term > m.term || (m.log_term == 0) != (m.index == 0))
    return;
  compare_promises(m);
  const bool in_log = has(m.index, m.log_term);
  if (contradicted_)
    return;
  if (restoring_ == restoring::no && in_log) {
    // Overtaken by appends: it is all in the log.
    commit_up_to(std::max(commit_, m.index));
    return acknowledge(commit_);
  }
  // Pulling already, until told that it is in vain; or it would take us back, which happens while
  // the leader's own tables are being written: it will offer more.
  if (restoring_ == restoring::offered || m.index < handed_out_)
    return;
  if (in_log)
    commit_up_to(m.index);  // so that nobody takes it out of the log meanwhile
  restoring_ = restoring::offered;
  restarting_log_ = !in_log;
  offer_ = snapshot_offer{.from = m.from,
                          .index = m.index,
                          .term = m.log_term,
                          .config = m.config,
                          .restart_log = restarting_log_};
}

void raft::request_snapshot() {
  if (members_.who_votes().members() == std::vector<member_id>{how_.self})
    return;
  restoring_ = restoring::wanted;
  restarting_log_ = false;
  offer_.reset();
  restore_ticks_ = how_.resend_ticks;  // asks with the next tick
  if (role_ == role::leader)
    step_down();
  else if (role_ != role::follower)
    become_follower(hard_.term, 0);
}

void raft::ask_for_snapshot() {
  if (leader_ == 0)
    return;
  restore_ticks_ = 0;
  message m = to_member(leader_, message_kind::append_reply);
  m.reject = true;
  m.force = true;
  m.acknowledged = lost_up_to_.value_or(0);
  at_once_.push_back(std::move(m));
}

void raft::restored(log_index index, term_t term, configuration config) {
  ENSURE(restoring_ == restoring::offered && role_ != role::leader, "restored after an offer");
  ENSURE(index >= handed_out_ && term <= hard_.term, "tables never go back");
  if (restarting_log_) {
    log_.restart();
    ENSURE(log_.first_index() == index + 1 && log_.last_index() == index &&
               log_.last_term() == term,
           "the log_store begins anew after the snapshot");
    members_.truncate(0);
  }
  const std::optional<term_t> ours = log_.term_of(index);
  ENSURE(!ours || *ours == term, "the log goes on after the snapshot");
  members_.restart(index, std::move(config));
  commit_ = std::max(commit_, index);
  handed_out_ = index;
  applied_ = index;
  restoring_ = restoring::no;
  restarting_log_ = false;
  offer_.reset();
  if (leader_ != 0)
    acknowledge(commit_);
}

}  // namespace carillon::raft
