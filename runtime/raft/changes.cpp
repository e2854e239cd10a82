// Who is in the group: one voter at a time (section 4.1), new ones first as learners (4.2.1), and a
// leader may remove itself (4.2.2).
#include <algorithm>

#include "runtime/base/ensure.hpp"
#include "runtime/raft/raft.hpp"

namespace carillon::raft {
namespace {

void insert(std::vector<member_id>& ids, member_id id) {
  ids.insert(std::lower_bound(ids.begin(), ids.end(), id), id);
}

}  // namespace

result<log_index> raft::add_learner(member_id id) {
  if (id == 0 || members_.contains(id))
    return make_error(errc::invalid_arguments, "a member already");
  configuration to = members_.now();
  insert(to.learners, id);
  return change(std::move(to));
}

result<log_index> raft::promote(member_id learner) {
  if (!members_.is_learner(learner))
    return make_error(errc::invalid_arguments, "not a learner");
  configuration to = members_.now();
  std::erase(to.learners, learner);
  insert(to.voters, learner);
  // Section 4.2.1: one that is behind would hold up commits as soon as it counts. One that has yet to get
  // back what its disk lost would hold up elections. (What is not committed here it may never get back.)
  const progress* at = find(learner);
  if (at && (at->pulling || at->gets_back_lost(commit_) || at->now != progress::mode::replicate ||
             at->match + how_.entries_per_append < log_.last_index()))
    return make_error(errc::overloaded, "the learner has not caught up");
  return change(std::move(to));
}

result<log_index> raft::remove(member_id id) {
  if (!members_.contains(id))
    return make_error(errc::invalid_arguments, "not a member");
  configuration to = members_.now();
  std::erase(to.learners, id);
  std::erase(to.voters, id);
  if (to.voters.empty())
    return make_error(errc::invalid_arguments, "nobody would be left to vote");
  return change(std::move(to));
}

result<log_index> raft::change(configuration to) {
  if (role_ != role::leader || transfer_to_ != 0 || is_restoring())
    return errc::not_owner;
  // Majorities of two neighbouring configurations overlap, so one that is committed may be followed
  // by the next, and only by that. An own entry must be committed first: otherwise two leaders
  // could each change a different predecessor (Ongaro's correction of July 2015).
  if (is_changing() || commit_ < first_own_)
    return make_error(errc::overloaded, "a change of the group is not committed yet");
  auto payload = encode_configuration(to);
  uncommitted_bytes_ += payload->size();
  append_own(entry_kind::config, std::move(payload));
  members_.append(log_.last_index(), to);
  members_changed();
  return log_.last_index();
}

// The leader's view of its members follows the configuration.
void raft::members_changed() {
  if (role_ != role::leader)
    return;
  std::erase_if(others_, [this](const progress& to) { return !members_.contains(to.id); });
  auto add = [this](member_id id) {
    if (id != how_.self && !find(id))
      others_.push_back({.id = id, .next = log_.last_index() + 1});
  };
  for (member_id id : members_.now().voters)
    add(id);
  for (member_id id : members_.now().learners)
    add(id);
  advance_commit();
  if (role_ == role::leader)
    confirm_reads();
}

// Section 4.2.2: once the others can decide without us, the best of them takes over.
void raft::leave_if_removed() {
  if (is_voter() || is_changing())
    return;
  if (member_id to = best_follower(); to != 0)
    at_once_.push_back(to_member(to, message_kind::timeout_now));
  become_follower(hard_.term, 0);
}

}  // namespace carillon::raft
