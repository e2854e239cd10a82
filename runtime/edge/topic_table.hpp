// Who gets what is published under which topic, on one I/O thread. Members and topics point at each
// other by position, so subscribing costs a look at the member's own topics, and leaving costs one
// move per topic, however many others are subscribed.
// Member has a public field `topic_table<Member>::links topics`. Used by one thread; needs no lock.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/base/ensure.hpp"
#include "runtime/edge/gateway.hpp"

namespace carillon::edge {

template <class Member>
class topic_table {
  struct seat {
    Member* who;
    std::uint32_t link;  // position in who->topics
  };

public:
  struct topic {
    topic_id id;
    std::vector<seat> seats;
  };

  // A member's side: the topics it is in, and its seat in each.
  struct link {
    topic* where;
    std::uint32_t seat;
  };
  using links = std::vector<link>;

  // Twice is once.
  void subscribe(Member& who, topic_id id) {
    topic& t = topics_.try_emplace(id, topic{id, {}}).first->second;
    for (const link& l : who.topics) {
      if (l.where == &t)
        return;
    }
    t.seats.push_back({&who, static_cast<std::uint32_t>(who.topics.size())});
    who.topics.push_back({&t, static_cast<std::uint32_t>(t.seats.size() - 1)});
  }

  void unsubscribe(Member& who, topic_id id) {
    for (std::uint32_t i = 0; i < who.topics.size(); ++i) {
      if (who.topics[i].where->id == id) {
        remove(who, i);
        return;
      }
    }
  }

  void unsubscribe_all(Member& who) {
    while (!who.topics.empty())
      remove(who, static_cast<std::uint32_t>(who.topics.size() - 1));
    who.topics.shrink_to_fit();
  }

  std::size_t size_of(topic_id id) const {
    auto found = topics_.find(id);
    return found == topics_.end() ? 0 : found->second.seats.size();
  }

  // `visit(Member&)` must not subscribe or unsubscribe anybody.
  template <class Visit>
  void for_each(topic_id id, Visit&& visit) const {
    auto found = topics_.find(id);
    if (found == topics_.end())
      return;
    for (const seat& s : found->second.seats)
      visit(*s.who);
  }

  std::size_t topic_count() const { return topics_.size(); }

private:
  // The last one of each side moves into the hole; whoever points at it is told.
  void remove(Member& who, std::uint32_t link_index) {
    const link gone = who.topics[link_index];
    topic& t = *gone.where;
    ENSURE(t.seats[gone.seat].who == &who, "a seat and its link name each other");

    t.seats[gone.seat] = t.seats.back();
    t.seats.pop_back();
    if (gone.seat < t.seats.size()) {
      const seat& moved = t.seats[gone.seat];
      moved.who->topics[moved.link].seat = gone.seat;
    }
    who.topics[link_index] = who.topics.back();
    who.topics.pop_back();
    if (link_index < who.topics.size()) {
      const link& moved = who.topics[link_index];
      moved.where->seats[moved.seat].link = link_index;
    }
    if (t.seats.empty()) {
      const topic_id id = t.id;  // erase() must not be given a part of what it destroys
      topics_.erase(id);
    }
  }

  std::unordered_map<topic_id, topic> topics_;  // nodes keep their address
};

}  // namespace carillon::edge
