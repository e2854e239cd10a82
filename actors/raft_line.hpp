// Whether a leader still leads, asked and answered beside the replicas. Raft's reads (runtime/raft/reads.cpp)
// ask followers one thing, "are you still in my term?", and a host has hundreds of groups that ask it all the
// time. The way to a replica and back goes through its mailbox and the workers' queue, so the
// link answers what it can by itself, from a table of what each replica of this host follows; and of the
// leaders here one batch of questions at a time is on its way to a host: what is asked meanwhile goes
// together, when the first answer to the batch has come. A group whose replica there says nothing holds up
// the others once: until it speaks again, its questions go by themselves.
//
// Why that is true: an answer says that this replica had not left the leader's term when the question
// came, so no newer leader had its vote by then, nor its word for an entry of a newer term. A replica
// that leaves a term takes it out of the table before any word of a newer one leaves this host
// (dissertation, section 6.4: what counts is that the majority is asked after the read was).
#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "runtime/raft/types.hpp"

namespace carillon {

// The terms in which this host's replicas follow, by group. Any thread.
class following {
public:
  explicit following(std::size_t groups)
      : terms_(std::make_unique<std::atomic<raft::term_t>[]>(groups)), groups_(groups) {}

  // A replica says so before its effects are carried out; 0: it follows nobody.
  void says(std::size_t group, raft::term_t term) {
    if (group < groups_)
      terms_[group].store(term, std::memory_order_release);
  }
  raft::term_t term_of(std::size_t group) const {
    return group < groups_ ? terms_[group].load(std::memory_order_acquire) : 0;
  }

private:
  std::unique_ptr<std::atomic<raft::term_t>[]> terms_;
  std::size_t groups_;
};

// The questions of this host's leaders, and the answers to those of others. One owner at a time; time is
// ticks.
class raft_line {
public:
  struct item {  // an ITEM_RAFT
    raft::member_id to = 0;
    std::uint32_t group = 0;
    std::string body;
  };

  // Takes from `messages`, which came for a group, the questions that its replica here would affirm, and
  // gives the answers. What is left is the replica's.
  static std::vector<raft::message> answer(raft::member_id self, raft::term_t followed,
                                           std::vector<raft::message>& messages);
  // Whether there is an answer to a question among them: a yes, or the no of a replica in a newer term.
  static bool holds_answer(const std::vector<raft::message>& messages);

  // A leader asks a host. true: send it now. Otherwise it was taken, and comes out of one of those below; a
  // later question of the same group to the same host takes the place of the earlier.
  bool may_go(item& question);
  // An answer of this host came for a group. If the group is of the batch that is out: what waited is to be
  // sent, all at once. Later answers to the same batch, and to one before it, release nothing.
  std::vector<item> answered(raft::member_id by, std::uint32_t group);
  // A tick passed: the same for hosts that said nothing for two. Who asks never waits longer.
  std::vector<item> tick();

private:
  struct peer {
    std::set<std::uint32_t> out;  // groups of the batch that is out; empty: none is
    unsigned ticks = 0;           // since it left
    std::map<std::uint32_t, std::string> waiting;  // by group
    std::set<std::uint32_t> mute;  // groups that were asked, and said nothing since
  };
  static void next_batch(raft::member_id to, peer& of, std::vector<item>& out);

  std::map<raft::member_id, peer> peers_;
};

}  // namespace carillon
