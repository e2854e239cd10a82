// The shell of a replica, shared by slot_actor and meta_actor: carries out what the pure core in
// actors/replica.hpp decides. Writes go to the host's journal, raft messages to the link (everything
// for one peer in one item), pulls through ask_peer; ticks, nominations and messages of peers come
// in. Says to the locator and the link who leads. What a commit means is the heir's.
//
// An heir's make_behavior() returns replica_behavior().or_else(its own handlers), and names its
// group's further messages there. The actor stands still until start().
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include <caf/all.hpp>

#include "actors/host_services.hpp"
#include "actors/protocols.hpp"
#include "actors/replica.hpp"
#include "runtime/base/random.hpp"

namespace carillon {

struct journal_done {  // journal thread -> replica
  status outcome = ok;
};

class replica_actor : public caf::event_based_actor {
protected:
  replica_actor(caf::actor_config& config, const host_services& host, replica::setup setup,
                const storage::slot_start& start, std::unique_ptr<storage::log_store> log);

  // Options of every group of this host, from its settings: ticks, voters' identity, log to keep.
  static replica::setup setup_of(const host_services& host, slot_id slot,
                                 raft::configuration founders);

  // raft_received, host_tick, nominated, peer_asks{fetch}, journal_done, run_later, wait_serving and
  // stop_slot. (peer_asks of another kind goes to on_peer_asks.)
  caf::message_handler replica_behavior();

  // Lets the group begin; once.
  void start();
  bool started() const { return started_; }
  bool stopping() const { return stopping_; }

  // -- for heirs to call --
  const replica& group() const { return replica_; }
  replica& group() { return replica_; }  // after feeding it: carry_out_soon() or carry_out()
  // Carries effects out now, or when the mailbox has given what it holds: a batch of proposals.
  void carry_out();
  void carry_out_soon();
  // `then(true)` when leadership is confirmed and what was committed is applied; `then(false)` when
  // this replica does not lead.
  void when_confirmed(std::function<void(bool)> then);
  // When the tables hold everything up to `index`; at once after the disk failed.
  void when_applied(raft::log_index index, std::function<void()> then);

  // -- for heirs to fill in --
  // In the order of the log, before these are in the tables.
  virtual void on_committed(std::vector<replica::committed_entry> entries) = 0;
  virtual void on_lost(const error& why) = 0;      // all own open proposals
  virtual void on_leadership() {}                  // group().leader() or .serves() changed
  virtual void on_applied() {}                     // group().applied() rose
  virtual void on_failed(const error&) {}          // the disk; after on_lost
  // Peer requests other than fetch_chunk. The default answers unknown_method.
  virtual caf::response_promise on_peer_asks(const peer_asks& asked);
  // Each host_tick, after the replica was told of it.
  virtual void on_tick(const liveness&) {}

  const host_services& host_;
  const slot_id slot_;

private:
  secure_random random_;
  replica replica_;
  bool started_ = false;
  bool stopping_ = false;
};

}  // namespace carillon

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::journal_done)
