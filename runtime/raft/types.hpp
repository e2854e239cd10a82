// The words of Raft, as in Ongaro's dissertation ("Consensus: Bridging Theory and Practice", 2014),
// figure 3.1. Values without behaviour. Pure: no CAF, clock, disk or thread in runtime/raft/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon::raft {

using member_id = std::uint64_t;  // a host's store id; 0: nobody
using term_t = std::uint64_t;
using log_index = std::uint64_t;  // the first entry is 1; 0: before the log

// No term or index that honest counting could reach: a message with such a one is dropped, so that
// nobody's word can make ours overflow.
inline constexpr std::uint64_t beyond_counting = 1ULL << 62;

enum class entry_kind : std::uint8_t {
  command = 0,  // for the state machine
  noop = 1,     // a new leader's first entry (section 6.4: commits entries of older terms)
  config = 2,   // who is in the group from this entry on (section 4.1): a wire::group_config
};

// Who is in a group: voters decide, learners only receive (section 4.2.1).
struct configuration {
  std::vector<member_id> voters;    // rising
  std::vector<member_id> learners;  // rising; none of them a voter
  bool operator==(const configuration&) const = default;
};

struct entry {
  term_t term = 0;
  log_index index = 0;
  entry_kind kind = entry_kind::command;
  std::shared_ptr<const std::string> payload;  // null for noop; shared with whoever still sends it

  std::size_t payload_bytes() const { return payload ? payload->size() : 0; }
};

// What must be on disk before anything that depends on it is sent (figure 3.1, "persistent state").
struct hard_state {
  term_t term = 0;
  member_id vote = 0;
  bool operator==(const hard_state&) const = default;
};

enum class role : std::uint8_t { follower, pre_candidate, candidate, leader };

// Numbers travel between hosts: never reused.
enum class message_kind : std::uint8_t {
  request_vote = 0,
  vote_reply = 1,
  append = 2,
  append_reply = 3,
  pre_vote = 4,  // section 9.6: would you vote for me in `term`? Nobody's term changes
  pre_vote_reply = 5,
  snapshot = 6,     // section 5: your log is behind mine; the tables as of `index` are to be pulled
  timeout_now = 7,  // section 3.10: leadership is handed to you, campaign
  read_check = 8,   // section 6.4: am I still the leader? `context` names the round
  read_check_reply = 9,
};

struct message {
  message_kind kind = message_kind::append;
  member_id from = 0;
  member_id to = 0;
  term_t term = 0;
  log_index index = 0;  // append: entry before the first sent; request_vote: last of the log;
                        // append_reply: highest index known to match, or the rejected `index`
  term_t log_term = 0;  // term of `index`; append_reply(reject): term at hint
  std::vector<entry> entries = {};
  log_index commit = 0;  // append, snapshot: the sender's; append_reply: what the follower knows
  bool reject = false;
  log_index hint = 0;         // append_reply(reject): where the follower's log could match
  std::uint64_t context = 0;  // read_check: the round. Of an append it is the shell's: the core
                              // neither sets nor reads it
  configuration config = {};  // snapshot: the members as of `index`
  bool force = false;  // request_vote, pre_vote: nominated or handed over to; a voter that still
                       // hears the old leader answers all the same (section 4.2.3).
                       // append_reply: the tables are not whole; reject: send a snapshot
  log_index acknowledged = 0;  // append, snapshot: the most that the receiver ever acknowledged to
                               // this leader. append_reply: not 0: the sender's disk has lost
                               // entries that it acknowledged, up to here (raft::log_lost)
};

}  // namespace carillon::raft
