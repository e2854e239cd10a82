// What is in the log and what of it is committed: section 3.5 (replication, the consistency
// check), 3.6.2 (entries of older terms), 10.2.1 (the leader's disk beside its followers').
#include <algorithm>

#include "runtime/base/ensure.hpp"
#include "runtime/raft/raft.hpp"

namespace carillon::raft {
namespace {

// Whether the entries follow the one before them, in index and term, as any leader's do.
bool well_formed(const message& m) {
  log_index index = m.index;
  term_t term = m.log_term;
  for (const entry& e : m.entries) {
    if (e.index != ++index || e.term < term || e.term > m.term)
      return false;
    if (e.kind != entry_kind::noop && !e.payload)
      return false;
    if (e.kind == entry_kind::config && !decode_configuration(*e.payload))
      return false;
    term = e.term;
  }
  return true;
}

}  // namespace

// -- the leader's side --

void raft::append_own(entry_kind kind, std::shared_ptr<const std::string> payload) {
  log_.append({.term = hard_.term,
               .index = log_.last_index() + 1,
               .kind = kind,
               .payload = std::move(payload)});
}

// Entries it was not sent, or a commit index that reaches further into what it was sent. With beats
// per host the latter alone is no news, unless somebody waits for it: tick() says when it is told.
bool raft::has_news_for(const progress& to) const {
  if (!to.may_send(how_.appends_in_flight, how_.bytes_in_flight))
    return false;
  if (to.now != progress::mode::replicate || to.next <= log_.last_index())
    return true;
  return (how_.tell_commits || !how_.host_beats) && std::min(commit_, to.next - 1) > to.commit_told;
}

void raft::send_appends(progress& to, std::vector<message>& out) {
  while (has_news_for(to)) {
    if (needs_snapshot(to)) {
      to.need_snapshot();
      to.probe_out = true;
      to.waited = 0;
      send_snapshot(to.id, out);
    } else {
      send_append(to, log_.last_index(), out);
    }
  }
  if (to.beat_due && !to.lost)
    send_append(to, to.next - 1, out);
  to.beat_due = false;
}

void raft::say_something() {
  if (role_ == role::leader)
    for (progress& to : others_)
      to.beat_due = true;
}

// Entries from `to.next` on, up to `last` or to the bounds of one append; next-1: none.
void raft::send_append(progress& to, log_index last, std::vector<message>& out) {
  message m = to_member(to.id, message_kind::append);
  m.index = to.next - 1;
  if (needs_snapshot(to)) {
    // There is nothing to append. Every log agrees before its first entry, so an empty append there
    // still says who leads.
    m.index = 0;
    last = 0;
  }
  m.log_term = log_.term_of(m.index).value_or(0);
  last = std::min(last, m.index + how_.entries_per_append);
  std::size_t bytes = 0;
  if (last > m.index) {
    m.entries = log_.entries(m.index + 1, last, how_.bytes_per_append);
    // An entry that the store cannot give any more: its effects are in our tables.
    if (m.entries.empty())
      return to.need_snapshot();
    for (const entry& e : m.entries)
      bytes += e.payload_bytes();
  }
  m.commit = commit_;
  m.acknowledged = to.vouched;
  last = m.index + m.entries.size();
  if (to.now != progress::mode::snapshot)
    to.sent(last, bytes);
  to.commit_told = std::max(to.commit_told, std::min(commit_, last));
  out.push_back(std::move(m));
}

void raft::on_append_reply(const message& m) {
  progress* from = find(m.from);
  if (role_ != role::leader || !from || m.index > log_.last_index())
    return;
  if (m.force && (m.reject || !from->pulling))
    send_snapshot(m.from, at_once_);
  if (m.force || !m.reject)
    from->pulling = m.force;
  if (m.reject && m.force)
    return;
  hear_of_loss(*from, m);
  from->commit_known = std::max(from->commit_known, std::min(m.commit, commit_));
  if (m.reject && from->log_lost != 0)
    return from->fell_back(log_.could_agree_at(m.hint, m.log_term), m.commit);
  if (m.reject) {
    // Section 3.5, with a term in the answer: skip every entry of ours that cannot be in a log
    // whose entry at `hint` has that term, instead of going back one by one.
    if (from->refused(m.index, log_.could_agree_at(m.hint, m.log_term)))
      from->waited = 0;
    return;
  }
  if (from->now == progress::mode::snapshot && m.index + 1 >= log_.first_index()) {
    from->now = progress::mode::probe;
    from->next = m.index + 1;
  }
  if (!from->acknowledged(m.index))
    return;
  from->waited = 0;  // only news counts: answers to beats say nothing of what was lost
  advance_commit();
  if (transfer_to_ == m.from)
    go_on_with_transfer(false);
}

void raft::advance_commit() {
  std::vector<log_index> reached;
  for (member_id id : members_.who_votes().members())
    reached.push_back(match_of(id));
  log_index index = members_.who_votes().reached_by_majority(reached);
  // Section 3.6.2, figure 3.7: only an entry of our own term is committed by counting. One of an
  // older term on a majority can still be overwritten; it is committed by what follows it.
  if (index <= commit_ || log_.term_of(index) != hard_.term)
    return;
  commit_up_to(index);
  leave_if_removed();
}

void raft::commit_up_to(log_index index) {
  ENSURE(index <= log_.last_index(), "only what is in the log is committed");
  commit_ = std::max(commit_, index);
}

// -- the follower's side --

// Whether our log has this entry of the leader's. What is trimmed, or committed and cannot be read,
// is the same. Section 3.6.3: no leader lacks what is committed; one that does ends our part in the
// group. What cannot be read and is not committed may be what we acknowledged: it is not there any
// more, and before anything is put in its place the disk is told so, in the same write.
bool raft::has(log_index index, term_t term) {
  const std::optional<term_t> ours = log_.term_of(index);
  if (ours && *ours == term)
    return true;
  if (index <= commit_) {
    if (ours)
      give_up({.from = leader_, .index = index, .ours = *ours, .theirs = term});
    return !ours;
  }
  if (!ours && index <= log_.last_index())
    lose(log_.last_index());
  return false;
}

// Section 3.2, election safety: a term has one leader, and it does not write to itself. False: the
// message is not to be listened to.
bool raft::follow(const message& from_leader) {
  if (role_ == role::leader) {
    if (members_.contains(from_leader.from))
      give_up({.from = from_leader.from, .ours = hard_.term, .theirs = from_leader.term});
    return false;
  }
  if (role_ != role::follower)
    become_follower(from_leader.term, from_leader.from);
  hear_leader(from_leader.from);
  return true;
}

// Leaves after everything taken in so far is on disk: an acknowledgement is a promise.
void raft::acknowledge(log_index index) {
  message reply = to_member(leader_, message_kind::append_reply);
  reply.index = index;
  reply.acknowledged = lost_up_to_.value_or(0);
  reply.force = is_restoring();
  reply.commit = commit_;
  after_persist_.push_back(std::move(reply));
}

void raft::refuse(const message& append) {
  message reply = to_member(append.from, message_kind::append_reply);
  reply.reject = true;
  reply.index = append.index;
  reply.hint = log_.could_agree_at(append.index, append.log_term);
  // Below one that cannot be read the search cannot go on; what is committed does agree.
  if (reply.hint > commit_ && !log_.term_of(reply.hint))
    reply.hint = commit_;
  reply.log_term = log_.term_of(reply.hint).value_or(0);
  reply.acknowledged = lost_up_to_.value_or(0);
  reply.commit = commit_;
  after_persist_.push_back(std::move(reply));
}

void raft::on_append(message m) {
  if (!follow(m) || !well_formed(m))
    return;
  compare_promises(m);
  // The log is about to be dropped: nothing is added to it, and only what is committed is promised.
  if (restarting_log_)
    return acknowledge(commit_);
  if (!has(m.index, m.log_term)) {
    if (!contradicted_)
      refuse(m);
    return;
  }
  log_index end = m.index + m.entries.size();
  take_in(std::move(m.entries));
  if (contradicted_)
    return;
  commit_up_to(std::min(m.commit, end));
  // What is committed agrees with every later leader (section 3.6.3), so an old or empty append
  // is answered with all that is known to match.
  acknowledge(std::max(end, commit_));
}

// What we have already stays: the append may be an old one, overtaken by a longer one. Only an
// entry that differs takes everything after it along (section 3.5).
void raft::take_in(std::vector<entry> entries) {
  auto fresh = std::find_if(entries.begin(), entries.end(),
                            [this](const entry& e) { return !has(e.index, e.term); });
  entries.erase(entries.begin(), fresh);
  if (entries.empty() || contradicted_)
    return;
  members_.truncate(entries.front().index - 1);
  for (const entry& e : entries)
    if (e.kind == entry_kind::config)
      members_.append(e.index, *decode_configuration(*e.payload));
  log_.replace(std::move(entries));
}

}  // namespace carillon::raft
