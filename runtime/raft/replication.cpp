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
    if (e.kind == entry_kind::command && !e.payload)
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

// Entries it was not sent, or a commit index that reaches further into what it was sent.
bool raft::has_news_for(const progress& to) const {
  if (!to.may_send(how_.appends_in_flight) || to.next < log_.first_index())
    return false;
  if (to.now == progress::mode::probe)
    return true;
  return to.next <= log_.last_index() || std::min(commit_, to.next - 1) > to.commit_told;
}

void raft::send_appends(progress& to, std::vector<message>& out) {
  while (has_news_for(to))
    send_append(to, log_.last_index(), out);
  if (to.beat_due)
    send_append(to, to.next - 1, out);
}

// Entries from `to.next` on, up to `last` or to the bounds of one append; next-1: none.
void raft::send_append(progress& to, log_index last, std::vector<message>& out) {
  message m{.kind = message_kind::append, .from = how_.self, .to = to.id, .term = hard_.term};
  m.index = to.next - 1;
  std::optional<term_t> before = log_.term_of(m.index);
  if (!before || to.next < log_.first_index()) {
    // Trimmed: there is nothing left to append. Every log agrees before its first entry, so an
    // empty append there still says who leads.
    m.index = 0;
    before = 0;
    last = 0;
  }
  m.log_term = *before;
  last = std::min(last, m.index + how_.entries_per_append);
  if (last > m.index) {
    m.entries = log_.entries(m.index + 1, last, how_.bytes_per_append);
    ENSURE(!m.entries.empty(), "the log gives what it has");
  }
  m.commit = commit_;
  last = m.index + m.entries.size();
  to.sent(last);
  to.beat_due = false;
  to.commit_told = std::max(to.commit_told, std::min(commit_, last));
  out.push_back(std::move(m));
}

void raft::on_append_reply(const message& m) {
  progress* from = find(m.from);
  if (role_ != role::leader || !from || m.index > log_.last_index())
    return;
  if (m.reject) {
    // Section 3.5, with a term in the answer: skip every entry of ours that cannot be in a log
    // whose entry at `hint` has that term, instead of going back one by one.
    from->refused(m.index, log_.could_agree_at(m.hint, m.log_term));
  } else if (from->acknowledged(m.index)) {
    advance_commit();
  }
}

void raft::advance_commit() {
  std::vector<log_index> reached{log_.persisted()};
  for (const progress& to : others_)
    reached.push_back(to.match);
  log_index index = voters_.reached_by_majority(reached);
  // Section 3.6.2, figure 3.7: only an entry of our own term is committed by counting. One of an
  // older term on a majority can still be overwritten; it is committed by what follows it.
  if (index > commit_ && log_.term_of(index) == hard_.term)
    commit_up_to(index);
}

void raft::commit_up_to(log_index index) {
  ENSURE(index <= log_.last_index(), "only what is in the log is committed");
  commit_ = std::max(commit_, index);
}

// -- the follower's side --

// Whether our log has this entry. What is trimmed was committed, so it is the same.
bool raft::has(log_index index, term_t term) const {
  std::optional<term_t> ours = log_.term_of(index);
  bool same = ours ? *ours == term : index <= commit_;
  ENSURE(same || index > commit_, "a committed entry is never contradicted");
  return same;
}

void raft::on_append(message m) {
  // Section 3.2, election safety: a term has one leader, and it does not write to itself.
  ENSURE(role_ != role::leader, "one leader in a term");
  if (role_ == role::candidate)
    become_follower(m.term, m.from);
  leader_ = m.from;
  ticks_ = 0;
  if (!well_formed(m))
    return;
  message reply = reply_to(m, message_kind::append_reply);
  if (!has(m.index, m.log_term)) {
    reply.reject = true;
    reply.index = m.index;
    reply.hint = log_.could_agree_at(m.index, m.log_term);
    reply.log_term = log_.term_of(reply.hint).value_or(0);
  } else {
    log_index end = m.index + m.entries.size();
    // What we have already stays: this message may be an old one, overtaken by a longer one. Only
    // an entry that differs takes everything after it along (section 3.5).
    auto fresh = std::find_if(m.entries.begin(), m.entries.end(),
                              [this](const entry& e) { return !has(e.index, e.term); });
    if (fresh != m.entries.end()) {
      m.entries.erase(m.entries.begin(), fresh);
      log_.replace(std::move(m.entries));
    }
    commit_up_to(std::min(m.commit, end));
    // What is committed agrees with every later leader (section 3.6.3), so an old or empty append
    // is answered with all that is known to match.
    reply.index = std::max(end, commit_);
  }
  // Leaves after everything taken in so far is on disk: an acknowledgement is a promise.
  after_persist_.push_back(std::move(reply));
}

}  // namespace carillon::raft
