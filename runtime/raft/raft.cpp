#include "runtime/raft/raft.hpp"

#include <algorithm>
#include <utility>

#include "runtime/base/ensure.hpp"
#include "runtime/raft/describe.hpp"

namespace carillon::raft {

raft::raft(options how, hard_state from_disk, configuration as_of_applied, log_index applied,
           const log_store& log, random_source& random)
    : how_(std::move(how)), random_(random), hard_(from_disk), log_(log),
      members_(std::move(as_of_applied), applied), hard_out_(from_disk), hard_persisted_(from_disk),
      commit_(applied), handed_out_(applied), applied_(applied) {
  ENSURE(how_.self != 0 && how_.election_ticks > 0 && how_.heartbeat_ticks > 0 &&
             how_.lost_ticks > 0 && how_.resend_ticks > 0 && how_.readies_in_flight > 0,
         "raft options");
  ENSURE(applied <= log_.last_index() && applied + 1 >= log_.first_index(),
         "the log meets what is applied");
  ENSURE(log_.last_term() <= hard_.term, "the term is persisted before its entries");
  read_configurations();
  hurried_ = how_.hurry_at_start;
  draw_timeout();
}

// A configuration counts from the moment it is in the log (section 4.1), so also before we know
// whether it is committed.
void raft::read_configurations() {
  for (log_index next = applied_ + 1; next <= log_.last_index();) {
    std::vector<entry> portion = log_.entries(next, log_.last_index(), how_.bytes_per_commit);
    ENSURE(!portion.empty(), "the log gives what follows the applied index");
    for (const entry& e : portion) {
      if (e.kind != entry_kind::config)
        continue;
      std::optional<configuration> config = decode_configuration(*e.payload);
      ENSURE(config, "an entry in the log parses: its checksum was good");
      members_.append(e.index, *config);
    }
    next = portion.back().index + 1;
  }
}

namespace {

bool is_reply(message_kind kind) {
  return kind == message_kind::vote_reply || kind == message_kind::append_reply ||
         kind == message_kind::read_check_reply;
}

// Only a term's leader sends these.
bool is_from_leader(message_kind kind) {
  return kind == message_kind::append || kind == message_kind::snapshot ||
         kind == message_kind::timeout_now || kind == message_kind::read_check;
}

}  // namespace

void raft::step(message m) {
  if (m.to != how_.self || m.from == how_.self || m.from == 0 || m.term == 0 || contradicted_)
    return;
  if (m.term >= beyond_counting || m.index >= beyond_counting)
    return;
  // With a log that lost what it acknowledged we could help a leader that lacks it. Not answering is
  // refusing.
  if (lost_up_to_ &&
      (m.kind == message_kind::request_vote || m.kind == message_kind::pre_vote))
    return;
  // Section 9.6: these ask and answer about a term without anybody being in it.
  if (m.kind == message_kind::pre_vote)
    return on_pre_vote(m);
  if (m.kind == message_kind::pre_vote_reply)
    return on_pre_vote_reply(m);
  if (m.term < hard_.term) {
    // A stale reply is to a question nobody asks any more.
    if (!is_reply(m.kind))
      refuse_stale(m.from, m.kind, m.kind == message_kind::append ? m.index : 0);
    return;
  }
  if (m.term > hard_.term) {
    // Section 4.2.3: nor is its term taken over.
    bool disturbs = m.kind == message_kind::request_vote && !m.force && how_.check_quorum;
    if (disturbs && hears_leader())
      return;
    become_follower(m.term, is_from_leader(m.kind) ? m.from : 0);
  }
  if (progress* from = find(m.from))
    from->silent = 0;
  switch (m.kind) {
  case message_kind::request_vote:
    return on_request_vote(m);
  case message_kind::vote_reply:
    return on_vote_reply(m);
  case message_kind::append:
    return on_append(std::move(m));
  case message_kind::append_reply:
    return on_append_reply(m);
  case message_kind::snapshot:
    return on_snapshot(m);
  case message_kind::timeout_now:
    return on_timeout_now(m);
  case message_kind::read_check:
    return on_read_check(m);
  case message_kind::read_check_reply:
    return on_read_check_reply(m);
  case message_kind::pre_vote:
  case message_kind::pre_vote_reply:
    return;  // above
  }
}

result<log_index> raft::propose(std::shared_ptr<const std::string> payload) {
  ENSURE(payload != nullptr, "a command has a payload");
  // While leadership is handed over nothing is added, or the target would never catch up (3.10).
  if (role_ != role::leader || transfer_to_ != 0 || is_restoring())
    return errc::not_owner;
  // One proposal always fits when nothing waits, or a single large one could never pass.
  if (uncommitted_bytes_ > 0 && uncommitted_bytes_ + payload->size() > how_.uncommitted_max_bytes)
    return errc::overloaded;
  uncommitted_bytes_ += payload->size();
  append_own(entry_kind::command, std::move(payload));
  return log_.last_index();
}

// What needs no disk and is asked or answered at once.
bool raft::has_words() const {
  return !at_once_.empty() || !reads_done_.empty() || offer_ || !others_lost_.empty() ||
         contradiction_is_news_ ||
         (!pending_reads_.empty() && pending_reads_.back().round == 0);
}

bool raft::has_ready() const {
  if (out_.size() >= how_.readies_in_flight)
    return out_.size() < 4 * how_.readies_in_flight && has_words();
  if (hard_ != hard_out_ || lost_is_news_ || log_.has_unsubmitted() || !after_persist_.empty() ||
      has_words() || committable() > handed_out_)
    return true;
  return std::any_of(others_.begin(), others_.end(), [this](const progress& to) {
    return (to.beat_due && !to.lost) || has_news_for(to);
  });
}

ready raft::take_ready() {
  ENSURE(has_ready(), "there is something, and not too many are out");
  const bool only_words = out_.size() >= how_.readies_in_flight;
  ready out;
  out.messages.swap(at_once_);
  start_read_round(out.messages);
  if (!only_words) {
    // Appends are made here, not when a proposal arrives: everything that was proposed since the
    // last ready leaves as one message per member.
    for (progress& to : others_)
      send_appends(to, out.messages);
    if (hard_ != hard_out_)
      out.hard = hard_;
    hard_out_ = hard_;
    if (std::exchange(lost_is_news_, false))
      out.log_lost = lost_up_to_;
    out.entries = log_.hand_out();
    out.messages_after_persist.swap(after_persist_);
    out.committed = hand_out_committed();
  }
  out.reads.swap(reads_done_);
  out.offer.swap(offer_);
  out.others_lost.swap(others_lost_);
  if (std::exchange(contradiction_is_news_, false))
    out.contradicted = contradicted_;
  out_.push_back({.hard = hard_out_, .committed = handed_out_, .only_words = only_words});
  return out;
}

void raft::advance() {
  ENSURE(!out_.empty(), "advance() follows take_ready()");
  const handed_out done = out_.front();
  out_.pop_front();
  if (done.only_words)
    return;
  hard_persisted_ = done.hard;
  if (done.committed > applied_) {
    applied_ = done.committed;
    members_.applied(applied_);
  }
  log_.confirm();
  // A candidate's own vote and a leader's own log count like anybody's: when they are on disk.
  // With a single voter this is what elects and what commits.
  if (role_ == role::candidate && hard_persisted_ == hard_)
    record_vote(how_.self, true);
  else if (role_ == role::leader)
    advance_commit();
}

// What is committed and on our own disk. An entry is applied only from there: the state machine's
// data must never be ahead of the log beside it. Nothing while the tables are being replaced.
log_index raft::committable() const {
  return is_restoring() ? handed_out_ : std::min(commit_, log_.persisted());
}

std::vector<entry> raft::hand_out_committed() {
  log_index upto = committable();
  if (upto <= handed_out_)
    return {};
  std::vector<entry> out = log_.entries(handed_out_ + 1, upto, how_.bytes_per_commit);
  if (out.empty()) {
    // The store cannot read what it holds. Others can: their tables have its effects.
    restoring_ = restoring::wanted;
    request_snapshot();
    return {};
  }
  ENSURE(out.front().index == handed_out_ + 1, "committed entries are handed out in order");
  handed_out_ = out.back().index;
  if (role_ == role::leader) {
    for (const entry& e : out)
      if (e.index > first_own_)
        uncommitted_bytes_ -= e.payload_bytes();
  }
  return out;
}

bool raft::may_serve() const {
  return role_ == role::leader && handed_out_ >= first_own_ && !is_restoring();
}

log_index raft::match_of(member_id id) const {
  if (role_ != role::leader)
    return 0;
  if (id == how_.self)
    return log_.persisted();
  const progress* at = find(id);
  return at ? at->match : 0;
}

message raft::to_member(member_id to, message_kind kind) const {
  return {.kind = kind, .from = how_.self, .to = to, .term = hard_.term};
}

progress* raft::find(member_id id) {
  auto at = std::find_if(others_.begin(), others_.end(),
                         [id](const progress& to) { return to.id == id; });
  return at == others_.end() ? nullptr : &*at;
}

const progress* raft::find(member_id id) const {
  return const_cast<raft*>(this)->find(id);
}

std::string raft::describe() const {
  std::string out = std::to_string(how_.self) + ' ' + std::string(to_string(role_));
  auto add = [&out](std::string_view what, std::uint64_t value) {
    out += ' ';
    out += what;
    out += ' ' + std::to_string(value);
  };
  add("term", hard_.term);
  add("vote", hard_.vote);
  add("leader", leader_);
  add("commit", commit_);
  add("persisted", log_.persisted());
  add("last", log_.last_index());
  out += ' ' + carillon::raft::describe(members_.now());
  if (is_changing())
    add("since", members_.since());
  if (transfer_to_ != 0)
    add("handing over to", transfer_to_);
  if (is_restoring())
    out += restoring_ == restoring::wanted ? " wants a snapshot" : " restoring";
  if (lost_up_to_)
    add("lost what it acknowledged up to", *lost_up_to_);
  if (contradicted_) {
    add("gave up: contradicted by", contradicted_->from);
    add("at", contradicted_->index);
    add("ours of term", contradicted_->ours);
    add("theirs of term", contradicted_->theirs);
  }
  for (const progress& to : others_) {
    out += " |";
    out += ' ' + std::to_string(to.id);
    add("match", to.match);
    add("next", to.next);
    out += ' ';
    out += to_string(to.now);
    if (to.lost)
      out += " lost";
    if (to.log_lost != 0)
      out += " log lost";
    if (to.pulling)
      out += " pulling";
  }
  return out;
}

}  // namespace carillon::raft
