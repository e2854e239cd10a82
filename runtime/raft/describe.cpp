#include "runtime/raft/describe.hpp"

namespace carillon::raft {
namespace {

std::string place(log_index index, term_t term) {
  return std::to_string(index) + '@' + std::to_string(term);
}

}  // namespace

std::string_view to_string(role r) {
  switch (r) {
  case role::follower:
    return "follower";
  case role::candidate:
    return "candidate";
  case role::leader:
    return "leader";
  }
  return "unknown";
}

std::string_view to_string(message_kind kind) {
  switch (kind) {
  case message_kind::request_vote:
    return "request_vote";
  case message_kind::vote_reply:
    return "vote_reply";
  case message_kind::append:
    return "append";
  case message_kind::append_reply:
    return "append_reply";
  }
  return "unknown";
}

std::string describe(const entry& e) {
  std::string out = place(e.index, e.term);
  if (e.kind == entry_kind::noop)
    return out + " noop";
  return out + " \"" + (e.payload ? *e.payload : std::string()) + '"';
}

std::string describe(const message& m) {
  std::string out = std::to_string(m.from) + "->" + std::to_string(m.to) + ' ' +
                    std::string(to_string(m.kind)) + " term " + std::to_string(m.term);
  switch (m.kind) {
  case message_kind::request_vote:
    return out + " log ends " + place(m.index, m.log_term);
  case message_kind::vote_reply:
    return out + (m.reject ? " refused" : " granted");
  case message_kind::append:
    out += " after " + place(m.index, m.log_term) + " [";
    for (const entry& e : m.entries)
      out += (&e == &m.entries.front() ? "" : ", ") + describe(e);
    return out + "] commit " + std::to_string(m.commit);
  case message_kind::append_reply:
    if (m.reject)
      return out + " refused " + std::to_string(m.index) + " hint " + place(m.hint, m.log_term);
    return out + " matches " + std::to_string(m.index);
  }
  return out;
}

}  // namespace carillon::raft
