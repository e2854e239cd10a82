// Who leads: section 3.4 (elections) and 3.6.1 (the restriction on who can win).
#include <algorithm>

#include "runtime/base/ensure.hpp"
#include "runtime/raft/raft.hpp"

namespace carillon::raft {

// Section 3.4: timeouts are spread, so that votes rarely split and split ones are soon repeated.
void raft::draw_timeout() {
  ticks_ = 0;
  timeout_ = how_.election_ticks + static_cast<std::uint32_t>(random_.below(how_.election_ticks));
}

// Another leads, or will; in this term or a newer one.
void raft::become_follower(term_t term, member_id leader) {
  ENSURE(term >= hard_.term, "terms never go back");
  if (term > hard_.term) {
    hard_ = {.term = term, .vote = 0};
    // What an older term promised and has not left yet is not said at all: it may be untrue by the
    // time it would be on disk.
    after_persist_.clear();
  }
  // A follower keeps its running timeout: a candidate that cannot win must not hold off one that
  // can (section 3.4: only a granted vote or the leader's word resets it).
  if (role_ != role::follower)
    draw_timeout();
  role_ = role::follower;
  leader_ = leader;
  granted_.clear();
  refused_.clear();
  others_.clear();
  first_own_ = 0;
  uncommitted_bytes_ = 0;
}

void raft::campaign() {
  if (role_ == role::leader || !voters_.contains(how_.self))
    return;
  become_follower(hard_.term + 1, 0);
  role_ = role::candidate;
  hard_.vote = how_.self;
  draw_timeout();
  // The requests wait until the new term and our own vote are on disk. Otherwise a crash could let
  // us ask for the same term again with a shorter log, and count a vote given to the longer one.
  // Our own vote is counted at the same moment: advance().
  for (member_id to : voters_.members()) {
    if (to != how_.self)
      after_persist_.push_back({.kind = message_kind::request_vote,
                                .from = how_.self,
                                .to = to,
                                .term = hard_.term,
                                .index = log_.last_index(),
                                .log_term = log_.last_term()});
  }
}

void raft::on_request_vote(const message& m) {
  // Section 3.6.1: only a log at least as up to date as ours, with all that we have taken in, on
  // disk or on its way there (it will be there before this answer leaves).
  term_t last_term = log_.last_term();
  bool up_to_date =
      m.log_term > last_term || (m.log_term == last_term && m.index >= log_.last_index());
  // One vote a term (figure 3.1). Who already knows this term's leader needs no other.
  bool free_to_vote = hard_.vote == m.from || (hard_.vote == 0 && leader_ == 0);
  message reply = reply_to(m, message_kind::vote_reply);
  reply.reject = !(up_to_date && free_to_vote);
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
  if (std::find(side.begin(), side.end(), from) == side.end())
    side.push_back(from);
  switch (voters_.count(granted_, refused_)) {
  case tally::won:
    return become_leader();
  case tally::lost:
    return become_follower(hard_.term, 0);
  case tally::open:
    return;
  }
}

void raft::become_leader() {
  role_ = role::leader;
  leader_ = how_.self;
  ticks_ = 0;
  others_.clear();
  for (member_id id : voters_.members()) {
    if (id != how_.self)
      others_.push_back({.id = id, .next = log_.last_index() + 1});
  }
  // Section 6.4 and 3.6.2: older terms' entries are committed by one of our own above them, so it
  // is written at once instead of with the first proposal.
  append_own(entry_kind::noop, nullptr);
  first_own_ = log_.last_index();
  uncommitted_bytes_ = 0;
}

}  // namespace carillon::raft
