// The thinking half of the hub: which of this host's connections belong to whom and want which
// channel, how far each channel has been delivered, and what to do with events that arrive before
// a subscription is confirmed, out of turn, or twice. Pure: effects are calls on `sink`.
//
// A channel's life here: wanted (asked of its slot, events are kept back) -> live (last_seq is
// known; every event is last_seq + 1) -> [a gap, or another leader: asked again from last_seq + 1] ->
// forgotten with its last connection. So a live subscriber misses nothing and sees nothing twice
// (DESIGN section 5). Each asking has a serial, and only the answer to the last one counts: an older
// one may be of a leader that is none any more, or of a time when someone else listened.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/edge/catch_up.hpp"
#include "runtime/edge/gateway.hpp"
#include "runtime/wire/event.pb.h"
#include "runtime/wire/peer.pb.h"

namespace carillon {

using edge::connection_id;
using edge::topic_id;

// What the core wants done, in the order of the calls.
class subscription_sink {
public:
  virtual ~subscription_sink() = default;
  virtual void subscribe(connection_id who, topic_id topic) = 0;
  virtual void unsubscribe(connection_id who, topic_id topic) = 0;
  virtual void publish(topic_id topic, const entity_id& channel, const wire::channel_event& event,
                       connection_id except) = 0;
  virtual void send_event(connection_id to, const entity_id& channel,
                          const wire::channel_event& event) = 0;
  // To one that is behind (catch_up()): that it is, from this seq on; an event of the log; the end of
  // the page, and whether what is published from here on is next.
  virtual void tell_behind(connection_id, const entity_id& /*channel*/, std::uint64_t /*from*/) {}
  virtual void send_late(connection_id, topic_id, const entity_id& /*channel*/,
                         const wire::channel_event&) {}
  virtual void end_page(connection_id, topic_id, std::uint64_t /*reached*/, bool /*complete*/) {}
  // Ask the channel's slot: nullopt from now on, otherwise also everything after that seq.
  virtual void want(const entity_id& channel, std::optional<std::uint64_t> after,
                    std::uint64_t serial) = 0;
  virtual void withdraw(const entity_id& channel) = 0;
  virtual void session_ready(connection_id who) = 0;
  // The user of a session that resumes has joined: where is the channel to begin for its device? What it
  // was told of it by this session ends with `told` (0: nothing). start() is the answer.
  virtual void ask_start(connection_id, const entity_id& /*channel*/, std::uint64_t /*told*/) {}
};

class subscription_table {
public:
  // Of a user in a channel: what came later counts, in whatever order it is told.
  struct membership {
    entity_id channel;
    std::uint64_t seq = 0;  // of the join, or of the leave, in the channel
  };

  // A membership of a session that opens. `after`: its device has everything up to this seq, and gets what
  // came since, before what comes; nullopt: what comes.
  struct opening {
    opening(membership of, std::optional<std::uint64_t> had = std::nullopt)
        : in(std::move(of)), after(had) {}
    membership in;
    std::optional<std::uint64_t> after;
  };

  explicit subscription_table(subscription_sink& sink) : sink_(sink) {}

  // A session is about to ask which channels its user is in. What comes and goes between the answer
  // and open() is remembered, or it would be known to neither.
  // `resumes`: its device has what was told until then, and what it joins meanwhile it reads nowhere else.
  void expect(connection_id who, const entity_id& user, const entity_id& team, bool resumes = false);
  // session_ready follows when each channel is live, at once if there is nothing to wait for. Only
  // after it the connection is subscribed to anything: its greeting comes first. It does not wait for
  // channels with something to make up for: the greeting, what was missed, what comes.
  void open(connection_id who, const entity_id& user, const entity_id& team,
            const std::vector<opening>& channels);
  void close(connection_id who);
  // The answer to ask_start(): the device has everything up to `after`. An answer that was overtaken by
  // what was told meanwhile is asked for again.
  void start(connection_id who, const opening& what, std::uint64_t told);

  // The user's sessions get the channel's events from `seq` on / no more. Telling twice, or a leave
  // after the join that followed it, changes nothing.
  void joined(const entity_id& user, const entity_id& channel, std::uint64_t seq);
  void left(const entity_id& user, const entity_id& channel, std::uint64_t seq);

  // The slot's answer to want(): last_seq is where the tables stood, or where the replay ends that
  // was asked for (long ones come in parts). false: the answer to an older asking; ignored.
  bool confirmed(const entity_id& channel, std::uint64_t serial, std::uint64_t last_seq,
                 const std::vector<wire::channel_event>& replay);
  // The slot cannot read the channel now: nobody's greeting waits for it, a live channel goes on
  // with a hole, and the caller asks again later. false: as above.
  bool unreadable(const entity_id& channel, std::uint64_t serial);
  // except: the connection here that posted these events and has its answer; 0: none.
  void delivered(const wire::channel_batch& batch, connection_id except);
  // Its slot has a new leader, or events may have been lost on the way.
  void ask_again(const entity_id& channel);
  // Live, and no answer is on its way.
  bool is_settled(const entity_id& channel) const;
  // The answer to this asking would be taken.
  bool awaits(const entity_id& channel, std::uint64_t serial) const;

  // Those for which `picked` is true: channels that are wanted, users who are connected.
  template <class Picked>
  std::vector<entity_id> channels_where(Picked picked) const {
    return keys_where(channels_, picked);
  }
  template <class Picked>
  std::vector<entity_id> users_where(Picked picked) const {
    return keys_where(users_, picked);
  }

  // A slow client has missed events of the topic, and there is room for some: a page of them follows,
  // read by the same askings as everything else, after whoever waits for live events or a greeting.
  // A connection that is in the topic no more is unsubscribed from it (again).
  void catch_up(const edge::missed_events& what);
  // Answers are long and rooms are small: what is left of the newest is kept for the next questions,
  // at most four. When nobody has asked for a while, they are not worth their memory.
  void forget_pages() { pages_.clear(); }

  // Topics for notifications; 0 when nobody here wants them.
  topic_id team_topic(const entity_id& team) const;
  topic_id channel_topic(const entity_id& channel) const;
  const std::vector<connection_id>& connections_of(const entity_id& user) const;
  bool is_ready(connection_id who) const;

  // What was delivered to the channel's topic last; 0: it is not live.
  std::uint64_t last_seq(const entity_id& channel) const;

  std::size_t channels() const { return channels_.size(); }
  std::size_t sessions() const { return sessions_.size(); }
  // For operators; each looks at every channel.
  std::size_t topics() const;         // with somebody in them
  std::size_t subscriptions() const;  // connections in channels
  std::size_t asked() const;          // channels whose answer is on its way

private:
  struct waiter {
    connection_id who = 0;
    std::optional<std::uint64_t> after;  // set: gets what was after this seq, one by one
    bool awaited = true;                 // the session's greeting waits for it
    std::uint64_t left_at = 0;           // what it is told of stands where the user was away; 0: not
    // Had one more than `after`, and that may have been its user's leaving: whoever lists the channels
    // hears of it later than the channel's members do.
    bool in_doubt = false;
  };
  struct reader {  // is behind, and waits for a page
    connection_id who = 0;
    std::uint64_t after = 0;
    std::size_t room = 0;
    bool fed = false;
  };
  // What is published while somebody reads is kept, so that a reader reaches it however fast it comes.
  struct reading {
    std::vector<reader> readers;  // never empty
    std::optional<std::uint64_t> asked_after;  // the asking on its way is for these
    std::deque<wire::channel_event> recent;
    std::size_t recent_bytes = 0;
  };
  struct channel_entry {
    topic_id topic = 0;
    std::uint64_t serial = 0;     // of the asking whose answer is on its way; 0: none
    bool live = false;            // last_seq is known
    std::uint64_t last_seq = 0;   // delivered to the topic
    std::uint64_t looked_at = 0;  // the last event that was seen here, and
    std::optional<entity_id> left_with_it;
    std::optional<std::uint64_t> asked_after;  // with the last asking
    std::uint32_t connections = 0;
    std::vector<waiter> waiters;  // not subscribed to the topic yet
    std::vector<std::pair<wire::channel_event, connection_id>> kept_back;
    std::unique_ptr<reading> behind;  // nearly always null
  };
  struct group {  // a team
    topic_id topic = 0;
    std::uint32_t connections = 0;
  };
  struct session {
    entity_id user;
    entity_id team;
    std::vector<membership> channels;
    std::vector<membership> left;     // a join before that is old news, and so is the list's word
    std::vector<opening> made_up_for;  // once it is ready
    std::vector<membership> told;      // resumes: what it was told last of channels that its user left
    bool resumes = false;
    std::size_t pending = 0;  // channels, and the list of them, to wait for before session_ready
    bool ready = false;
  };

  static void make_up_for(session& s, const opening& what);
  static std::uint64_t told_of(const session& s, const entity_id& channel);
  static void note_told(session& s, const entity_id& channel, std::uint64_t seq);
  std::uint64_t told_so_far(connection_id who, const entity_id& channel) const;
  void attach(connection_id who, session& s, const entity_id& channel, std::uint64_t seq,
              std::optional<std::uint64_t> after);
  // Detaching keeps the channel's entry, for those who still hold a reference to it; forgetting
  // comes last.
  void detach(connection_id who, const entity_id& channel);
  void detach_user(const entity_id& user, const entity_id& channel, std::uint64_t seq);
  void ask(const entity_id& channel, channel_entry& entry, std::optional<std::uint64_t> after);
  // false: the news is older than what is known.
  static bool note_join(session& s, const entity_id& channel, std::uint64_t seq);
  static bool note_leave(session& s, const entity_id& channel, std::uint64_t seq);
  template <class Map, class Picked>
  static std::vector<entity_id> keys_where(const Map& map, Picked picked) {
    std::vector<entity_id> out;
    for (const auto& [id, what] : map)
      if (picked(id))
        out.push_back(id);
    return out;
  }
  // Sends a newcomer what it has not had. false: it left again on the way, and got nothing after.
  bool replay_to(waiter& w, const entity_id& channel, std::uint64_t last_seq,
                 const std::vector<wire::channel_event>& replay);
  void tell_newcomer(waiter& w, const entity_id& channel, const wire::channel_event& event);
  static void look_at(channel_entry& entry, const wire::channel_event& event);
  static void settle_trimmed(waiter& w, const channel_entry& entry,
                             const std::vector<wire::channel_event>& replay);
  // subscription_readers.cpp
  struct kept_page {
    entity_id channel;
    std::vector<wire::channel_event> events;  // without gaps, not empty
  };
  const kept_page* page_with(const entity_id& channel, std::uint64_t seq) const;
  void keep_page(const entity_id& channel, const std::vector<wire::channel_event>& events);
  void feed(const entity_id& channel, channel_entry& entry,
            const std::vector<wire::channel_event>& replay);
  std::size_t feed_one(const entity_id& channel, channel_entry& entry,
                       const wire::channel_event& event);
  void read_on(const entity_id& channel, channel_entry& entry,
               const std::vector<wire::channel_event>& replay);
  static bool is_newcomer(const channel_entry& entry, connection_id who);
  static void keep_recent(reading& behind, const wire::channel_event& event);
  static void forget_reader(channel_entry& entry, connection_id who);
  void forget_unwanted(const entity_id& channel);
  static connection_id poster_of(const channel_entry& entry, std::uint64_t seq);
  void deliver(const entity_id& channel, channel_entry& entry, const wire::channel_event& event,
               connection_id except);
  void enter(group& g, connection_id who);
  void leave(std::unordered_map<entity_id, group>& groups, const entity_id& id, connection_id who);
  void let_in(const waiter& w, const channel_entry& entry);
  void let_in_reached(channel_entry& entry);
  void hold_up(const entity_id& channel, channel_entry& entry);
  void keep_away(connection_id who, channel_entry& entry, std::uint64_t left_at);
  void follow(const entity_id& channel, channel_entry& entry, const wire::channel_event& event);
  void one_ready(connection_id who);
  void become_ready(connection_id who, session& s);

  subscription_sink& sink_;
  topic_id last_topic_ = 0;
  std::uint64_t last_serial_ = 0;
  std::unordered_map<connection_id, session> sessions_;
  std::unordered_map<entity_id, std::vector<connection_id>> users_;
  std::unordered_map<entity_id, channel_entry> channels_;
  std::unordered_map<entity_id, group> teams_;
  std::deque<kept_page> pages_;  // the newest last
};

}  // namespace carillon
