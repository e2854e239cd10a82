// What one connection has missed of the topics that number their frames, from the first frame that
// found no room until everything was read from the log again: a spell. Decides which frames may be
// queued meanwhile, and what to ask for next. Pure; bounded by the topics that the connection is in,
// and has_max numbers for each. Used by one I/O thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <unordered_map>

#include "runtime/edge/catch_up.hpp"

namespace carillon::edge {

class lag_state {
public:
  // Of one topic, kept: a client's own posts, which the log has and it must not get. Far more than one
  // may have in flight; what is beyond comes once more, as a post does that was answered late.
  static constexpr std::size_t has_max = 4'096;
  // A topic whose log is out of reach for now must not keep the others.
  static constexpr std::size_t questions_max = 4;

  // A live frame is not queued. The first of a topic opens it; later ones must be behind it.
  void miss(log_position at);
  // This frame, live, was not for this connection, which knows what is in it.
  void has(log_position at);
  bool is_behind(topic_id topic) const { return behind_.contains(topic); }

  // May this late frame be queued? If it is, take() says so.
  bool is_next(log_position at) const;
  void take(log_position at);
  void page_over(log_position reached, bool complete);
  // The connection has left the topic.
  void forget(topic_id topic);

  // The next one; nothing: enough is under way, or nothing is to be asked. REQUIRES: there is room.
  struct question {
    topic_id topic = 0;
    std::uint64_t from = 0;
    bool first = false;
  };
  std::optional<question> ask();

  bool over() const { return behind_.empty(); }
  std::size_t topics() const { return behind_.size(); }
  // For operators: where the topic that is asked for next goes on; 0: none.
  std::uint64_t reading_from() const;

private:
  struct place {
    std::uint64_t next = 0;        // Invariant: every number below was queued, or the client has it.
    bool asked = false;            // a page is on its way
    bool told = false;             // it was asked for in this spell
    std::set<std::uint64_t> has;   // above `next`
  };
  static void skip_known(place& p);

  std::unordered_map<topic_id, place> behind_;
  std::deque<topic_id> to_ask_;  // in turn; may name topics that are behind no more
  std::size_t asked_ = 0;
};

}  // namespace carillon::edge
