#include "runtime/raft/describe.hpp"

#include "runtime/raft/membership.hpp"

namespace carillon::raft {
namespace {

std::string place(log_index index, term_t term) {
  return std::to_string(index) + '@' + std::to_string(term);
}

std::string describe_append(const message& m) {
  std::string out = " after " + place(m.index, m.log_term) + " [";
  for (const entry& e : m.entries)
    out += (&e == &m.entries.front() ? "" : ", ") + describe(e);
  return out + "] commit " + std::to_string(m.commit);
}

std::string describe_append_reply(const message& m) {
  std::string out;
  if (m.reject && m.force)
    out = " asks for a snapshot";
  else if (m.reject)
    out = " refused " + std::to_string(m.index) + " hint " + place(m.hint, m.log_term);
  else
    out = " matches " + std::to_string(m.index) + " commit " + std::to_string(m.commit) +
          (m.force ? " pulling" : "");
  if (m.acknowledged != 0)
    out += " lost up to " + std::to_string(m.acknowledged);
  return out;
}

std::string describe_body(const message& m) {
  switch (m.kind) {
  case message_kind::request_vote:
  case message_kind::pre_vote:
    return " log ends " + place(m.index, m.log_term) + (m.force ? " forced" : "");
  case message_kind::vote_reply:
  case message_kind::pre_vote_reply:
    return m.reject ? " refused" : " granted";
  case message_kind::append:
    return describe_append(m);
  case message_kind::append_reply:
    return describe_append_reply(m);
  case message_kind::snapshot:
    return " as of " + place(m.index, m.log_term) + ' ' + describe(m.config);
  case message_kind::timeout_now:
    return "";
  case message_kind::read_check:
  case message_kind::read_check_reply:
    return " round " + std::to_string(m.context);
  }
  return "";
}

}  // namespace

std::string_view to_string(role r) {
  switch (r) {
  case role::follower:
    return "follower";
  case role::pre_candidate:
    return "pre_candidate";
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
  case message_kind::pre_vote:
    return "pre_vote";
  case message_kind::pre_vote_reply:
    return "pre_vote_reply";
  case message_kind::snapshot:
    return "snapshot";
  case message_kind::timeout_now:
    return "timeout_now";
  case message_kind::read_check:
    return "read_check";
  case message_kind::read_check_reply:
    return "read_check_reply";
  }
  return "unknown";
}

std::string_view to_string(progress::mode mode) {
  switch (mode) {
  case progress::mode::probe:
    return "probe";
  case progress::mode::replicate:
    return "replicate";
  case progress::mode::snapshot:
    return "snapshot";
  }
  return "unknown";
}

std::string describe(const configuration& config) {
  std::string out = "voters";
  for (member_id id : config.voters)
    out += ' ' + std::to_string(id);
  if (!config.learners.empty())
    out += " learners";
  for (member_id id : config.learners)
    out += ' ' + std::to_string(id);
  return out;
}

std::string describe(const entry& e) {
  std::string out = place(e.index, e.term);
  if (e.kind == entry_kind::noop)
    return out + " noop";
  if (e.kind == entry_kind::config) {
    std::optional<configuration> config;
    if (e.payload)
      config = decode_configuration(*e.payload);
    return out + " config " + (config ? describe(*config) : std::string("unreadable"));
  }
  return out + " \"" + (e.payload ? *e.payload : std::string()) + '"';
}

std::string describe(const message& m) {
  std::string out = std::to_string(m.from) + "->" + std::to_string(m.to) + ' ';
  out += to_string(m.kind);
  out += " term " + std::to_string(m.term);
  return out + describe_body(m);
}

}  // namespace carillon::raft
