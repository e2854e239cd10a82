#include "runtime/raft/raft.hpp"

#include <algorithm>

#include "runtime/base/ensure.hpp"
#include "runtime/raft/describe.hpp"

namespace carillon::raft {

raft::raft(options how, hard_state from_disk, log_index applied, const log_store& log,
           random_source& random)
    : how_(std::move(how)), voters_(how_.voters), random_(random), hard_(from_disk), log_(log),
      hard_out_(from_disk), commit_(applied), handed_out_(applied) {
  ENSURE(how_.self != 0 && how_.election_ticks > 0 && how_.heartbeat_ticks > 0, "raft options");
  ENSURE(applied <= log_.last_index() && applied + 1 >= log_.first_index(),
         "the log meets what is applied");
  ENSURE(log_.last_term() <= hard_.term, "the term is persisted before its entries");
  draw_timeout();
}

void raft::tick() {
  ++ticks_;
  if (role_ == role::leader) {
    if (ticks_ < how_.heartbeat_ticks)
      return;
    ticks_ = 0;
    for (progress& to : others_)
      to.beat_due = true;
  } else if (ticks_ >= timeout_) {
    campaign();
  }
}

void raft::step(message m) {
  bool to_us = m.to == how_.self && m.from != how_.self && voters_.contains(m.from);
  if (!to_us || m.term == 0)
    return;
  bool is_reply = m.kind == message_kind::vote_reply || m.kind == message_kind::append_reply;
  if (m.term < hard_.term) {
    // Section 3.3: a request with a stale term is refused, and the refusal tells the newer one. A
    // stale reply is to a question nobody asks any more.
    if (!is_reply) {
      message refusal = reply_to(m, m.kind == message_kind::append ? message_kind::append_reply
                                                                   : message_kind::vote_reply);
      refusal.reject = true;
      refusal.index = m.kind == message_kind::append ? m.index : 0;
      after_persist_.push_back(std::move(refusal));
    }
    return;
  }
  if (m.term > hard_.term)
    become_follower(m.term, m.kind == message_kind::append ? m.from : 0);
  switch (m.kind) {
  case message_kind::request_vote:
    return on_request_vote(m);
  case message_kind::vote_reply:
    return on_vote_reply(m);
  case message_kind::append:
    return on_append(std::move(m));
  case message_kind::append_reply:
    return on_append_reply(m);
  }
}

result<log_index> raft::propose(std::shared_ptr<const std::string> payload) {
  ENSURE(payload != nullptr, "a command has a payload");
  if (role_ != role::leader)
    return errc::not_owner;
  // One proposal always fits when nothing waits, or a single large one could never pass.
  if (uncommitted_bytes_ > 0 && uncommitted_bytes_ + payload->size() > how_.uncommitted_max_bytes)
    return errc::overloaded;
  uncommitted_bytes_ += payload->size();
  append_own(entry_kind::command, std::move(payload));
  return log_.last_index();
}

bool raft::has_ready() const {
  if (ready_out_)
    return false;
  if (hard_ != hard_out_ || log_.has_unsubmitted() || !after_persist_.empty() ||
      committable() > handed_out_)
    return true;
  return std::any_of(others_.begin(), others_.end(),
                     [this](const progress& to) { return to.beat_due || has_news_for(to); });
}

ready raft::take_ready() {
  ENSURE(!ready_out_, "one ready is out at a time");
  ready_out_ = true;
  ready out;
  // Appends are made here, not when a proposal arrives: everything that was proposed while the
  // last ready was out leaves as one message per member.
  for (progress& to : others_)
    send_appends(to, out.messages);
  if (hard_ != hard_out_)
    out.hard = hard_;
  hard_out_ = hard_;
  out.entries = log_.hand_out();
  out.messages_after_persist.swap(after_persist_);
  out.committed = hand_out_committed();
  return out;
}

void raft::advance() {
  ENSURE(ready_out_, "advance() follows take_ready()");
  ready_out_ = false;
  log_.confirm();
  // A candidate's own vote and a leader's own log count like anybody's: when they are on disk.
  // With a single voter this is what elects and what commits.
  if (role_ == role::candidate && hard_out_ == hard_)
    record_vote(how_.self, true);
  else if (role_ == role::leader)
    advance_commit();
}

// What is committed and on our own disk. An entry is applied only from there: the state machine's
// data must never be ahead of the log beside it.
log_index raft::committable() const {
  return std::min(commit_, log_.persisted());
}

std::vector<entry> raft::hand_out_committed() {
  log_index upto = committable();
  if (upto <= handed_out_)
    return {};
  std::vector<entry> out = log_.entries(handed_out_ + 1, upto, how_.bytes_per_commit);
  ENSURE(!out.empty() && out.front().index == handed_out_ + 1, "committed entries are in the log");
  handed_out_ = out.back().index;
  if (role_ == role::leader) {
    for (const entry& e : out)
      if (e.index > first_own_)
        uncommitted_bytes_ -= e.payload->size();
  }
  return out;
}

bool raft::may_serve() const {
  return role_ == role::leader && handed_out_ >= first_own_;
}

message raft::reply_to(const message& m, message_kind kind) const {
  return {.kind = kind, .from = how_.self, .to = m.from, .term = hard_.term};
}

progress* raft::find(member_id id) {
  auto at = std::find_if(others_.begin(), others_.end(),
                         [id](const progress& to) { return to.id == id; });
  return at == others_.end() ? nullptr : &*at;
}

std::string raft::describe() const {
  std::string out = std::to_string(how_.self) + ' ' + std::string(to_string(role_)) + " term " +
                    std::to_string(hard_.term) + " vote " + std::to_string(hard_.vote) +
                    " leader " + std::to_string(leader_) + " commit " + std::to_string(commit_) +
                    " persisted " + std::to_string(log_.persisted()) + " last " +
                    std::to_string(log_.last_index());
  for (const progress& to : others_) {
    out += " | " + std::to_string(to.id) + " match " + std::to_string(to.match) + " next " +
           std::to_string(to.next) + (to.now == progress::mode::probe ? " probe" : " replicate");
  }
  return out;
}

}  // namespace carillon::raft
