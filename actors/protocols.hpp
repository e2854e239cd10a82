// Who may say what to whom: every message between actors stands here. Entities (channel, user) are
// reached through the locator; everything else by handle. Requests to entities and their answers
// are Protobuf (runtime/wire), because they cross hosts; the structs below stay inside a host.
//
//   api, session  --(channel_request | user_request)-->  locator -> slot -> channel | user
//   channel, user --propose-->                           slot -> journal -> slot
//   slot          --entity_committed-->                  channel | user
//   slot          --event_delivery-->                    hub -> edge::outbox
//   channel, user --notification-->                      hub
//   user          --presence_changed-->                  slot --presence_news--> presence actors
//   slot          --inbox_letters-->                     courier --user_request--> the users' slots
//   anyone        --directory_job, directory_read_job--> directory -> its writers | its readers
//   anyone        --reader_job-->                        storage readers
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/all.hpp>

#include "actors/inbox_letter.hpp"
#include "actors/presence_words.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/base/result.hpp"
#include "runtime/base/trace.hpp"
#include "runtime/edge/gateway.hpp"
#include "runtime/push/push_message.hpp"
#include "runtime/raft/types.hpp"
#include "runtime/ring/slot_hash.hpp"
#include "runtime/wire/api.pb.h"
#include "runtime/wire/boxed.hpp"
#include "runtime/wire/event.pb.h"
#include "runtime/wire/inspect.pb.h"
#include "runtime/wire/peer.pb.h"

namespace carillon::storage {
class directory;
class message_store;
}  // namespace carillon::storage

namespace carillon {

// ---- to entities, through the locator and the slot --------------------------------------------

using channel_request_box = boxed<wire::channel_request>;
using channel_reply_box = boxed<wire::channel_reply>;
using user_request_box = boxed<wire::user_request>;
using user_reply_box = boxed<wire::user_reply>;
// An entity answers every request with its reply box; refusals are inside (errc, detail). The
// asker's error handler runs only when the entity's actor died: treat it as not_owner and retry.

// ---- entity <-> its slot ----------------------------------------------------------------------

// channel | user -> slot. The slot answers nothing; entity_committed or proposals_lost follows.
struct propose_command {
  std::shared_ptr<const wire::slot_command> command;
  // Opaque to the slot, handed back with the commit. 0 for commands nobody waits for.
  std::uint64_t cookie = 0;
  std::uint64_t from_connection = 0;  // into channel_batch.from_connection
  std::uint64_t from_host = 0;        // the store id of that connection's host
  trace_id traced;                    // empty: nobody asked where it is
  tick_time admitted{};               // when the entity took the request up; {}: not measured
};

// slot -> entity: these commands of yours are committed, in order.
struct entity_committed {
  struct item {
    std::shared_ptr<const wire::slot_command> command;
    std::uint64_t cookie = 0;
  };
  std::vector<item> items;
  raft::log_index index = 0;  // of the last: read barriers refer to it
  tick_time at{};             // when they were
};

// slot -> entity: what you proposed and was not committed never happened here. Answer waiters with
// `why` and start again from the tables (the actor stops; the next message activates it anew).
struct proposals_lost {
  error why;
};

// entity -> slot, asked before reading tables off-thread: answered with unit when everything
// committed so far for this slot is applied to the tables (read-your-writes).
struct read_barrier {};

// entity -> slot: answered with unit when the projections of everything up to `index` are done (the
// users' slots and the directory's catalogue follow), so that a membership answer is read-your-writes.
struct projection_barrier {
  raft::log_index index = 0;
};

// entity -> slot: "I have been idle". The slot holds back what comes for the entity from then on and
// sends passivate_now. What it had routed before may still be in the entity's mailbox, in front of
// it: the entity finishes that work (and gets its commits), then quits. When the slot sees it gone,
// the next message activates it anew, from tables that hold everything it did.
struct passivate {
  entity_id entity;
};
struct passivate_now {};

// slot -> its users: a host fell silent or broke its connection (liveness::lost); the devices there
// may be gone.
struct host_lost {
  raft::member_id host = 0;
};

// slot -> a user who is awake: this came into their inbox, and is committed.
struct inbox_news {
  std::uint64_t position = 0;
};

// slot -> inbox courier: what it has for inboxes. Each is owed a receipt.
struct inbox_letters {
  caf::actor from;
  std::uint64_t reign = 0;  // of the sender, comes back with the receipts
  std::vector<inbox_letter> letters;
  std::vector<slot_id> urgent;  // somebody waits for what this sender brought for them, now or before
};
// inbox courier -> slot.
struct inbox_receipts {
  std::uint64_t reign = 0;
  std::vector<inbox_receipt> receipts;
};

// ---- slot -> push actor -----------------------------------------------------------------------

// Tell these devices of a user what a channel has for them, as the texts are now. Answered with push_told.
struct push_errand {
  entity_id user;
  entity_id team;
  entity_id channel;
  wire::push_row row;
  std::vector<wire::push_target> targets;
};
struct push_told {
  struct device {
    std::string name;
    std::string token;
    push::push_outcome how;
  };
  std::vector<device> devices;
  bool nothing = false;      // it is no business of theirs any more
  bool no_news = false;      // what was to be told was read or deleted, or is their own
  timestamp told_ts = 0;     // of the message whose text was sent
  // Where a text was sent or there were no news: of the row's items up to `upto` those that count, with
  // their times.
  std::uint64_t upto = 0;
  std::vector<wire::push_item> unread;
};

// ---- slot -> hub ------------------------------------------------------------------------------

// All that one commit batch of one slot has for this host.
struct event_delivery {
  slot_id slot = 0;
  std::vector<std::shared_ptr<const wire::channel_batch>> batches;
  tick_time committed{};  // {}: on another host
};

// hub -> slot; answered with interest_confirmed. Live events may arrive before the answer.
using announce_interest_box = boxed<wire::announce_interest>;
struct interest_confirmed {
  struct item {
    std::string channel_id;
    std::string team_id;
    wire::channel_kind kind = wire::CHANNEL_UNKNOWN;
    std::uint64_t last_seq = 0;  // everything up to here is in `replay` or was not asked for
    std::shared_ptr<const wire::channel_batch> replay;  // null: nothing to replay
    bool unreadable = false;  // its tables are damaged or out of reach; the rest means nothing
    std::uint64_t serial = 0;  // of the asking, from wire::interest
    wire::presence_kind presence = wire::PRESENCE_UNKNOWN;  // of a user; then the rest means nothing
  };
  slot_id slot = 0;
  std::vector<item> items;
};

// ---- to the hub -------------------------------------------------------------------------------

// A frame for everyone in an audience who is connected now; never stored. From channel, user and
// api to every hub.
struct notification {
  enum class audience : std::uint8_t {
    team,      // every session of the team
    user,      // every session of the user
    channel,   // every session subscribed to the channel
    presence,  // every session that watches this user's presence; said by hosts of earlier versions
  };
  audience to = audience::user;
  entity_id id;
  std::string json;  // one line
  bool transient = false;
  std::uint64_t except_connection = 0;
  std::uint64_t except_host = 0;  // the store id of that connection's host; 0: this host
};

// A membership of a user came or went: the hub subscribes or unsubscribes the user's sessions.
// user actor -> hubs, after its row is committed.
struct membership_notice {
  entity_id user;
  entity_id channel;
  bool member = false;
  std::uint64_t seq = 0;  // of the join or leave in the channel; a joiner gets the events from it on
};

// session <-> hub
struct session_expected {  // answered with unit; then the session asks for its user's channels
  edge::connection_id connection = 0;
  entity_id user;
  entity_id team;
  bool resumes = false;  // subscription_table::expect
};
struct joined_channel {
  entity_id channel;
  std::uint64_t seq = 0;  // of the join in the channel; 0: from its start
  std::optional<std::uint64_t> after = std::nullopt;  // subscription_table::opening
};
struct session_opened {
  edge::connection_id connection = 0;
  entity_id user;
  entity_id team;
  std::vector<joined_channel> channels;
  edge::frame_ptr greeting;  // the first frame on the connection: the hub sends it, then subscribes
};  // answered with unit when every channel's subscription is live
struct session_closed {
  edge::connection_id connection = 0;
};
// hub -> session that resumed: its user has joined, from where on is the channel to come? (ask_start of
// subscription_sink); session -> hub: from there.
struct start_wanted {
  entity_id channel;
  std::uint64_t told = 0;
};
struct channel_start {
  edge::connection_id connection = 0;
  joined_channel what;
  std::uint64_t told = 0;
};
// hub -> session: another host leads the user's slot now, and knows nothing of this device.
struct announce_device {};
// ---- edge -> session --------------------------------------------------------------------------

struct session_frame {
  std::string payload;
  bool is_text = true;
  std::shared_ptr<void> room;  // what it takes of its connection's share, until it is gone
  tick_time received{};
};
struct session_gone {
  std::uint16_t code = 0;
  tick_time last_heard{};  // of a client that is given up as gone; {}: it was there until now
};
struct session_end {  // the token was revoked, the user disabled, the host stops
  std::uint16_t code = 0;
  std::string reason;
};

// ---- between hosts: the link ------------------------------------------------------------------
// One link actor per host carries everything to the others (runtime/cluster, actors/link). Nothing
// here waits: what cannot be carried is dropped, and whoever needs certainty asks again.

// anyone -> link: one item for one peer, or for all that are up. Dropped when the peer is not up or
// its queue is over cluster.link_queue_mb.
struct send_to_peer {
  raft::member_id to = 0;  // 0: all peers
  wire::item_kind kind = wire::ITEM_UNKNOWN;
  std::uint32_t slot = 0;
  std::string body;
  bool with_others = false;  // a leader's question, which may wait until earlier ones are answered
};
// anyone -> link; answered with peer_reply_box. The reply's errc is not_owner at once when the peer
// is not up, and as soon as it goes down while the question is out; timed_out after `patience`.
struct ask_peer {
  raft::member_id to = 0;
  std::uint32_t slot = 0;
  std::shared_ptr<const wire::peer_request> what;
  std::chrono::milliseconds patience{0};
};
using peer_reply_box = boxed<wire::peer_reply>;

// link -> a replica (slot or meta group): messages of its group, in the order they were sent.
struct raft_received {
  std::vector<raft::message> messages;
};
// link -> every replica, the meta group's first, each cluster.tick_ms; none on a host without peers.
struct host_tick {
  std::shared_ptr<const struct liveness> heard;
};
// What was heard since the last tick. A peer that is suspected (silent for cluster.suspect_ms) or
// whose connection broke is in `lost` once, and in `alive` again after it was heard.
struct liveness {
  struct led {
    raft::member_id leader = 0;
    raft::term_t term = 0;
    std::uint32_t load = 0;  // events a second
  };
  std::vector<raft::member_id> alive;
  std::vector<raft::member_id> lost;                  // since the last tick
  std::vector<std::vector<led>> leaders;              // by slot, who says it leads; may be empty
};
// link -> a replica: a request of a peer's for it, `interest` or `fetch`; answered with
// peer_reply_box, where a refusal is errc (not_owner with the leader, when known). Channel and user
// requests of peers arrive as their boxes, like those of this host.
struct peer_asks {
  raft::member_id from = 0;
  slot_id slot = 0;
  std::shared_ptr<const wire::peer_request> what;
};
// A replica -> link, whenever it comes to lead or leads no more (term 0): what the beats of this
// host say. Only a leader of raft's own saying may be told here: followers wait patiently for it.
struct leads_slot {
  slot_id slot = 0;
  raft::term_t term = 0;
};
// A slot that leads -> link, and the meta group's replica, now and then: how much that is.
struct slot_load {
  slot_id slot = 0;
  std::uint32_t load = 0;  // events a second
};
// link -> hub: events that `from` sent may have been lost on the way (its connection broke and is
// back, or its queue for us was full): announce interest in these slots anew.
struct events_missed {
  raft::member_id from = 0;
  std::vector<slot_id> slots;  // empty: whatever it leads
};
// ring actor -> a replica, here or through the link: campaign now, the leader is gone.
struct nominated {
  raft::term_t term = 0;
  raft::member_id lost = 0;
  raft::member_id transfer_to = 0;  // not 0: nothing is lost; if you lead, hand over to this member
};

// ---- the meta group ---------------------------------------------------------------------------

// anyone -> meta, on any host; answered with directory_outcome: committed at `index`, or refused when
// `patience` has passed. A command may be committed twice when the leader dies under it: it carries
// an id of its own, and the directory passes over one that it has seen.
struct commit_directory {
  std::string command;  // a directory_command
  std::chrono::milliseconds patience{0};
};
struct directory_outcome {
  result<raft::log_index> index = errc::not_owner;
};
// meta -> the directory's sink, in the order of the log.
struct directory_commit {
  raft::log_index index = 0;
  std::string command;
};
// directory -> meta: everything up to `index` is in the directory, on disk.
struct directory_applied {
  raft::log_index index = 0;
};
// link -> meta, for another host; answered with peer_reply_box (not_owner carries the leader).
using meta_request_box = boxed<wire::meta_request>;
// node -> meta; answered with unit once a view with places is known.
struct wait_view {};

// ---- looking inside ---------------------------------------------------------------------------

// The inspector -> a slot, hub, session or the link, which describes itself; with an entity: the
// slot, which hands it to the entity if that is awake, and otherwise says that it is not. Answered
// with entity_picture_box (the link with host_picture_box, where only `links` is filled). What is
// busy answers late: how late is in the picture.
struct describe {
  tick_time asked{};
  entity_id entity;         // none (false as a bool): the receiver itself
  std::uint32_t tail = 0;
  bool with_text = false;
};
using entity_picture_box = boxed<wire::entity_picture>;
using host_picture_box = boxed<wire::host_picture>;
// The inspector -> a slot, for an entity of its: an operator's wish. Answered with
// entity_picture_box, or an error (not_owner: it is led elsewhere).
struct operate_entity {
  entity_id entity;
  wire::operate::action what = wire::operate::NOTHING;
  std::chrono::seconds time{0};
};
// A slot -> its entity: do not rest before then.
struct keep_awake {
  tick_time until{};
};
// link -> a replica, ahead of the entry: it belongs to a request that is followed. The replica writes
// into host.traces when it has the entry in memory, on disk, committed and applied.
struct entry_marked {
  raft::term_t term = 0;
  raft::log_index index = 0;
  trace_id trace;
};
// edge, api, link -> the inspector; answered with inspect_reply_box.
using inspect_request_box = boxed<wire::inspect_request>;
using inspect_reply_box = boxed<wire::inspect_reply>;

// ---- blocking work ----------------------------------------------------------------------------

// To the directory; answered with unit when done. Build with ask_directory(). The first only looks
// things up, which no change delays; the second may also change them, and what it changes is
// committed in the meta group before `give_up` or refused.
struct directory_read_job {
  std::function<void(const storage::directory&)> work;
};
struct directory_job {
  std::function<void(storage::directory&)> work;
  tick_time give_up{};
};
// Runs on one of the storage readers' threads; answered with unit. Build with ask_reader().
struct reader_job {
  std::function<void(const storage::message_store&)> work;
};

// Runs on the hasher's thread: passwords take tens of milliseconds each, and nobody else should wait
// for them. Answered with unit. Build with ask_hasher().
struct hash_job {
  std::function<void()> work;
};

// An actor's note to itself for later; every actor that asks (ask.hpp) handles it by calling work().
struct run_later {
  std::function<void()> work;
};

// ---- starting and stopping --------------------------------------------------------------------

struct wait_serving {};  // to a slot; answered with unit once it serves

struct stop_slot {};  // refuse new work, finish what is in the journal; answered with unit

// to a slot's replica: from now on it hears what the group's members say, or (while its host asks
// whether it may leave) does not.
struct hear_group {
  bool hears = true;
};

// to a slot's replica: the group goes on without this host. It erases what it has here, remembers on disk
// that it did (so that it never votes from an empty log), and ends; what it knew of votes stays.
struct leave_slot {
  raft::log_index committed = 0;  // by then, in the group
};

}  // namespace carillon

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::send_to_peer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::ask_peer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::raft_received)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::host_tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::nominated)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::peer_asks)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::leads_slot)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::slot_load)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::events_missed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::commit_directory)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::directory_outcome)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::directory_commit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::directory_applied)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::wait_view)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::propose_command)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::entity_committed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::proposals_lost)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::read_barrier)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::passivate)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::passivate_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::host_lost)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::inbox_news)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::push_errand)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::push_told)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::inbox_letters)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::inbox_receipts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::event_delivery)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::interest_confirmed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::notification)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::membership_notice)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::session_expected)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::session_opened)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::session_closed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::start_wanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::channel_start)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::announce_device)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::session_frame)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::session_gone)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::session_end)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::directory_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::directory_read_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::reader_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::hash_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::run_later)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::projection_barrier)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::describe)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::operate_entity)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::keep_awake)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::entry_marked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::wait_serving)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::stop_slot)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::hear_group)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::leave_slot)
