// Which of this host's connections watch whose presence, what each was told, and when it may be told
// more. What is kept is not news but what differs: the state of each watched user, and beside it what
// each watcher was told last. So nothing stale is ever sent, a user who went and came back within a
// window is no event at all, and a state that could not be told in time is only late, never lost.
//
// The budget is hard: no second has more than `per_host` events here, nor more than `per_connection` on
// one connection; an event is one presence_change frame, which names all users who came (or went) in
// that connection's window. When more is due than the budget gives, connections wait in the order of
// their due times: windows grow for all alike. When they have grown beyond `window_max` and changes still
// come faster than events may go, nothing is sent by itself any more (on_demand) until it is quieter.
//
// The next event of a connection waits until the one before has left (written()): a slow client gets
// few and full ones. Pure: time is an argument; work is done in portions, so that whoever calls can do
// other things in between. Used by one actor.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/edge/gateway.hpp"
#include "runtime/wire/peer.pb.h"

namespace carillon {

class presence_pacer {
public:
  struct limits {
    std::uint32_t per_connection = 4;  // events in a second
    std::uint32_t per_host = 5'000;
    std::chrono::milliseconds window{500};
    std::chrono::milliseconds window_max{10'000};
  };
  explicit presence_pacer(const limits& how);

  // Of one connection; who is in either is watched.
  enum class list : std::uint8_t { asked_for = 1, friends = 2 };
  // Users whom somebody here watches from now on, and users whom nobody does any more.
  struct difference {
    std::vector<entity_id> begun;
    std::vector<entity_id> ended;
  };
  // Replaces that list of the connection. Those who are asked for are told of anew, known or not.
  difference watch(edge::connection_id who, list which, const std::vector<entity_id>& users,
                   tick_time now);
  difference forget(edge::connection_id who);
  bool watches(const entity_id& user) const { return index_of_.contains(user); }

  // How a watched user is now; of others, and of what was known before, nothing follows. UNKNOWN is no
  // news either: what was known stands until something better is.
  void heard(const entity_id& user, wire::presence_kind state, tick_time now);

  struct event {
    edge::connection_id to = 0;
    bool active = false;
    std::vector<entity_id> users;
  };
  // What may be sent now, after at most `portion` steps of work. busy: the host has more urgent things to
  // do; nothing is sent by itself.
  std::vector<event> work(tick_time now, std::size_t portion, bool busy = false);
  // The event that was under way to this connection has left; or it was dropped, and is made up for.
  void written(edge::connection_id who, bool arrived, tick_time now);
  // When work() has something to do; nullopt: not before something else happens. May be in the past.
  std::optional<tick_time> next_work(tick_time now) const;

  enum class level : std::uint8_t { normal, longer_windows, on_demand };
  level now_at() const { return level_; }

  struct counts {
    std::uint64_t events = 0;     // given out
    std::uint64_t changes = 0;    // of a user, for one watcher
    std::uint64_t told = 0;       // users in these events: the rest was coalesced, or waits
    std::uint64_t delayed = 0;    // events that were later than their window
    std::uint64_t made_up = 0;    // events that were dropped on their way
  };
  const counts& counted() const { return counts_; }
  template <class Picked>
  std::vector<entity_id> users_where(Picked picked) const {
    std::vector<entity_id> out;
    for (const auto& [user, at] : index_of_)
      if (picked(user))
        out.push_back(user);
    return out;
  }
  std::size_t users() const { return index_of_.size(); }
  std::size_t connections() const { return connections_.size(); }
  std::size_t subscriptions() const { return subscriptions_; }
  std::size_t waiting() const { return due_.size(); }
  std::chrono::milliseconds lateness(tick_time now) const;  // of the connection that waits longest

private:
  using place = std::uint32_t;  // in people_ or watchers_, of which places are used again
  struct entry {
    place user = 0;
    std::uint32_t among = 0;  // its place in the user's watchers
    std::uint8_t lists = 0;
    std::uint8_t told = 0;    // wire::presence_kind
  };
  struct person {
    entity_id id;
    wire::presence_kind state = wire::PRESENCE_UNKNOWN;
    std::vector<place> watchers;
    std::size_t spread = 0;    // so many of these have heard of `state`
    bool spreading = false;
    tick_time heard_at{};      // when that was
  };
  struct watcher {
    edge::connection_id who = 0;
    std::vector<entry> entries;         // by user
    std::optional<tick_time> due;       // it is in due_
    tick_time not_before{};             // by its own budget
    bool under_way = false;             // an event is
    bool again = false;                 // there will be more when that has left
    std::vector<place> last_told;       // in that event
  };

  place person_of(const entity_id& user, difference& out);
  void release(place user, difference& out);
  void leave(place user, std::size_t among, difference& out);
  void move_watcher(person& of, place user, std::size_t from, std::size_t to);
  entry* find(watcher& w, place user);
  void mark(place at, tick_time since);
  void unqueue(place at);
  void spread(std::size_t& portion);
  std::optional<event> next_event(watcher& w);
  void take_tokens(tick_time now);
  void judge(tick_time now, bool busy);
  void note_changes(std::size_t count, tick_time now);

  const limits limits_;
  const double capacity_;
  const double refill_;  // per second
  double tokens_;
  std::optional<tick_time> filled_at_;

  std::vector<person> people_;
  std::vector<place> free_people_;
  std::unordered_map<entity_id, place> index_of_;
  std::vector<watcher> watchers_;
  std::vector<place> free_watchers_;
  std::unordered_map<edge::connection_id, place> connections_;
  std::deque<place> spreading_;
  std::set<std::pair<tick_time, place>> due_;

  level level_ = level::normal;
  std::optional<tick_time> second_;  // that is counted now
  std::size_t changes_in_second_ = 0;
  std::size_t changes_before_ = 0;   // in the second before
  std::size_t subscriptions_ = 0;
  counts counts_;
};

}  // namespace carillon
