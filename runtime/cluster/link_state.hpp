// What a host says to the others and what it makes of what they say: who is accepted, what waits for
// whom, which items leave in which envelope, who is silent. Pure: time is an argument, chance comes
// from the random_source, effects come out as one value. link_actor carries them out over CAF, the
// simulator over its network. Used by one thread at a time.
//
// There is one connection per pair of hosts; the host with the smaller name dials. Either side says
// hello first and then sends envelopes. Everything pending for a peer leaves in one flush(), in
// envelopes of about 256 kB, as far as the peer's window reaches; what it has taken in comes back as
// received_bytes. So memory per peer is bounded by cluster.link_queue_mb plus the window, however
// slow it is, and a peer that is slow or gone delays nobody else.
//
// Peers are those of the settings, and the members of the ring view: a host of our cluster that nobody
// listed may say hello to a founded one, and is told who else there is.
//
// A peer is *up* while a connection with an accepted hello is there and it is not suspected. What is
// sent to a peer without such a connection is dropped, and so is what waits when the connection
// breaks: Raft resends, askers hear not_owner, hubs announce their interest anew (effects::missed).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/random.hpp"
#include "runtime/base/result.hpp"
#include "runtime/cluster/link_effects.hpp"
#include "runtime/cluster/peer_queue.hpp"
#include "runtime/wire/peer.pb.h"

namespace carillon::cluster {

struct link_options {
  std::chrono::milliseconds tick{100};      // tick() is called about so often; a beat each time
  std::chrono::milliseconds suspect{800};   // silence before a peer is suspected
  std::size_t window_bytes = 16u << 20;     // on their way to one peer
  std::size_t queue_bytes = 64u << 20;      // waiting for the window
  std::size_t envelope_bytes = 256u << 10;  // an item over it travels alone
};

// A peer that is silent for three times cluster.suspect_ms, or this if that is less, is cut off: a
// half-open connection is worth less than a new one.
inline constexpr std::chrono::milliseconds cut_at_least{1'500};
// A connection on which no hello comes is closed.
inline constexpr std::chrono::milliseconds hello_patience{1'500};
// Pauses between attempts to dial: doubled from the first to the last, each drawn from its upper half.
inline constexpr std::chrono::milliseconds redial_first{200};
inline constexpr std::chrono::milliseconds redial_last{800};
inline constexpr std::chrono::milliseconds redial_refused{2'000};
// A host that is no member of the ring yet dials whom it otherwise would wait for, so long after its start.
inline constexpr std::chrono::milliseconds join_after{1'500};

// With these words a host begins the refusal of a disk that was put back from an older copy: it has
// forgotten what it promised since, and the host that runs on it must not go on.
inline constexpr std::string_view old_copy_words = "older copy of a data folder: ";

class link_state {
public:
  // `myself` is our hello: names, ids, slots, founding facts if any; its schema is filled in here.
  // `peers`: cluster.hosts without ourselves.
  link_state(link_options options, wire::peer_hello myself, std::vector<peer_address> peers,
             random_source& random, tick_time now);

  // -- from the transport --
  // `dialed`: the name that we dialed; empty when they dialed us.
  void connected(connection_id connection, const std::string& dialed, tick_time now);
  void dial_failed(const std::string& name, const std::string& why, tick_time now);
  // A whole frame, as it stood in frame_out on the other side.
  void frame_arrived(connection_id connection, std::string_view frame, tick_time now);
  void closed(connection_id connection, const std::string& why, tick_time now);

  // -- from the house --
  // 0: to all peers with a connection.
  void send(host_id to, wire::item_kind kind, std::uint32_t slot, std::string body);
  // The answer comes as effects::answers with `cookie`: not_owner when `to` is not up or goes down
  // meanwhile, overloaded when its queue is full, timed_out after `patience`, rounded up to a tick.
  void ask(host_id to, std::uint32_t slot, std::string request, std::chrono::milliseconds patience,
           std::uint64_t cookie, tick_time now);
  // To an arrival of kind ITEM_REQUEST. Dropped when the process that asked is gone.
  void reply(const arrival& asked, std::string reply);

  void leads(std::uint32_t slot, std::uint64_t term);    // we do; term 0: no more. Goes into beats
  void works(std::uint32_t slot, std::uint32_t load);    // what leading it is, in events a second
  void takes_clients(std::uint32_t open, std::uint32_t limit);  // goes into beats; before, none: limit 0
  void set_generation(std::uint64_t generation);         // of our ring view
  void set_founding(const wire::founding_facts& facts);  // peers are told at once
  // Who has which disk and in which start it is, as the ring view has it. Whoever contradicts it is
  // refused from now on, connected ones too.
  void know(const wire::ring_view& view, tick_time now);

  // Somebody else found these hosts: they are peers while they are said to be there, members or not.
  void introduce(const std::vector<wire::ring_member>& hosts, tick_time now);

  // Every options.tick: beats, suspicion, patience, dialing. A gap of more than half of
  // options.suspect between two calls is our own sleep, and nobody's silence.
  void tick(tick_time now);
  // Puts what waits into envelopes. Call when there is nothing to add at the moment.
  void flush();

  bool has_effects() const { return !out_.empty(); }
  effects take_effects();
  heard take_heard();  // since the last call

  // -- looking --
  const wire::peer_hello& myself() const { return myself_; }
  bool is_up(host_id host) const;
  // Of a peer with an accepted connection, suspected or not; null: it has none.
  const wire::peer_hello* hello_of(const std::string& name) const;
  std::vector<std::string> names() const;  // of all peers, in order
  // What the newest beats of connected peers say of clients; of those that have not said it yet, or are
  // suspected: none. Whose beats say nothing of it does not stand here: its program is older.
  std::map<host_id, wire::gateway_room> rooms() const;
  std::size_t queued_bytes(host_id host) const;
  std::size_t questions_open() const { return questions_.size(); }
  const link_counters& count() const { return counters_; }
  std::string describe() const;
  std::vector<peer_picture> peers_now(tick_time now) const;  // by name

private:
  struct peer {
    peer_address address;
    bool we_dial = false;
    bool listed = true;     // in our settings: a peer for ever
    bool dialing = false;
    unsigned failures = 0;  // dials in a row
    tick_time next_dial;
    std::string told;       // the last trouble that went into the log, not to be said twice
    std::uint64_t dropped = 0;  // items that its queue had no room for

    // Below: of the accepted connection; none: 0.
    connection_id connection = 0;
    wire::peer_hello hello;
    tick_time last_heard;
    bool heard = false;      // since the last take_heard()
    bool suspected = false;
    bool beat_due = false;
    std::uint64_t sent = 0, acknowledged = 0;     // bytes of items
    std::uint64_t received = 0, told_received = 0;
    std::uint64_t sequence_out = 0, sequence_in = 0;
    std::uint64_t generation = 0;
    wire::led_slots led;
    bool led_is_new = false;
    std::optional<wire::gateway_room> room = wire::gateway_room();  // nullopt: it does not say
    std::set<std::uint32_t> missed;  // slots whose events were dropped on their way to it
    peer_queue queue;

    explicit peer(std::size_t queue_bytes) : queue(queue_bytes) {}
    host_id id() const { return hello.member().store_id(); }
    std::uint64_t incarnation() const { return hello.member().incarnation(); }
    bool up() const { return connection != 0 && !suspected; }
  };
  struct greeting {  // a connection without an accepted hello
    std::string dialed;
    tick_time since;
  };
  struct question {
    std::uint64_t cookie = 0;
    peer* to = nullptr;
    tick_time until;
  };

  // -- hellos and connections (link_state.cpp) --
  void hello_arrived(connection_id connection, wire::peer_hello hello, tick_time now);
  void accept(peer& from, connection_id connection, wire::peer_hello hello, tick_time now);
  void refuse(connection_id connection, const std::string& dialed, const std::string& named,
              const std::string& why, bool say_so, tick_time now);
  void say_hello(connection_id connection, const std::string& refused);
  void lose(peer& lost, const std::string& why, tick_time now);
  void suspect(peer& silent, tick_time now);
  void forget_greeting(connection_id connection, const std::string& why, tick_time now);
  void postpone_dial(peer& to, std::chrono::milliseconds pause, tick_time now);
  void dial_where_due(tick_time now);
  void complain(peer& about, note::severity how, std::string words);

  // -- who may be a peer (link_members.cpp) --
  std::string objection(const wire::peer_hello& hello, const std::string& dialed) const;
  void learn(const wire::ring_member& member);
  peer* meet(const wire::ring_member& member, tick_time now);
  void forget_strangers(tick_time now);
  std::string contradiction(const wire::ring_member& member) const;
  void drop(peer& known, const std::string& why, tick_time now);
  void heed(const wire::peer_hello& refusal);

  // -- items and questions (link_traffic.cpp) --
  void envelope_arrived(peer& from, wire::peer_envelope&& envelope, tick_time now);
  bool put(peer& to, wire::peer_item&& item);
  void flush(peer& to);
  void send_envelope(peer& to, wire::peer_envelope&& envelope);
  void reply_arrived(peer& from, const wire::peer_item& item);
  void answer(std::uint64_t cookie, errc why, std::string words);
  void refuse_questions(peer& to);
  void give_up_waiting(tick_time now);

  peer* by_name(const std::string& name);
  peer* by_id(host_id host);
  peer* by_connection(connection_id connection);

  const link_options options_;
  wire::peer_hello myself_;
  random_source& random_;
  std::map<std::string, peer> peers_;  // by name
  std::map<connection_id, greeting> greetings_;
  // By store id, the latest start of each disk that a ring view or an accepted hello told of.
  std::map<host_id, wire::ring_member> disks_;
  std::map<std::uint64_t, question> questions_;  // by the id on the wire
  std::uint64_t last_question_ = 0;
  std::map<std::uint32_t, std::uint64_t> led_;    // slot -> term
  std::map<std::uint32_t, std::uint32_t> loads_;  // of them, where there is any
  wire::gateway_room room_;                       // ours
  std::uint64_t generation_ = 0;
  std::set<std::string> members_;  // names in the newest ring view
  std::set<std::string> introduced_;
  std::set<std::string> told_;  // names that hellos listed, of views that may be newer than ours
  tick_time told_at_;
  std::uint32_t minor_in_use_ = 0;  // of the schema, as it says
  const tick_time began_;
  tick_time last_tick_;
  std::vector<host_id> lost_;  // since the last take_heard()
  effects out_;
  link_counters counters_;
};

}  // namespace carillon::cluster
