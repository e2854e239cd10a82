// The words of Raft, as in Ongaro's dissertation ("Consensus: Bridging Theory and Practice", 2014),
// figure 3.1. Values without behaviour. Pure: no CAF, clock, disk or thread in runtime/raft/.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon::raft {

using member_id = std::uint64_t;  // a host's store id; 0: nobody
using term_t = std::uint64_t;
using log_index = std::uint64_t;  // the first entry is 1; 0: before the log

enum class entry_kind : std::uint8_t {
  command = 0,  // for the state machine
  noop = 1,     // a new leader's first entry (section 6.4: commits entries of older terms)
};

struct entry {
  term_t term = 0;
  log_index index = 0;
  entry_kind kind = entry_kind::command;
  std::shared_ptr<const std::string> payload;  // null for noop; shared with whoever still sends it
};

// What must be on disk before anything that depends on it is sent (figure 3.1, "persistent state").
struct hard_state {
  term_t term = 0;
  member_id vote = 0;
  bool operator==(const hard_state&) const = default;
};

enum class role : std::uint8_t { follower, candidate, leader };

enum class message_kind : std::uint8_t {
  request_vote,
  vote_reply,
  append,
  append_reply,
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
  log_index commit = 0;
  bool reject = false;
  log_index hint = 0;  // append_reply(reject): where the follower's log could match
};

}  // namespace carillon::raft
