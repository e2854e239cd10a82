// The reading of one sync: which events are asked of which channels, and in which order what they answer is
// told. First what the page of the inbox names, some channels at a time; then, once the inbox was read to its
// end, the channels that it does not hold, one by one until the page is full.
// A page is bounded in bytes too. Past them nothing more is asked, and only as much of the page's beginning is
// told as they let in; where that ends in the inbox, the inbox says: it is asked once more, for so many events.
// Pure: whoever drives it (api/sync.cpp, the simulator) asks, keeps the answers by the question's `place`, and
// tells them in that order. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "actors/sync_plan.hpp"

namespace carillon {

class sync_reading {
public:
  // To be asked of `channel`, as the user.
  struct question {
    std::size_t place = 0;  // in what is told; a long one is asked again with the same place
    entity_id channel;
    wire::read_events events;
  };
  struct bounds {
    std::uint32_t events = 0;   // > 0
    std::size_t max_bytes = 0;  // of one event more than that is told alone
  };

  // `since`: nothing older is told of channels that the inbox does not hold.
  sync_reading(sync_plan plan, bounds of_page, timestamp since);

  // Of the user's slot, first.
  wire::read_inbox inbox_question(bool begins) const { return plan_.question(of_page_.events, begins); }
  std::vector<question> take_page(const wire::inbox_page& page);
  // Answered; an empty reply where is_out_of_reach. What is to be asked next; nothing while others are awaited.
  std::vector<question> take(const question& asked, const wire::channel_reply& reply);
  // A channel that is gone, or that the user is in no more, has nothing for them and ends no sync.
  static bool is_out_of_reach(errc why);
  // Too long: this is to be asked of the user's slot, last.
  const std::optional<wire::read_inbox>& end_question() const { return end_question_; }
  void take_end(const wire::inbox_page& beginning);

  // All is read. Not before:
  bool is_done() const { return done_; }
  // Of the events that were answered to `place`, the first so many are told.
  std::size_t told_of(std::size_t place) const;
  bool has_more() const;
  std::string cursor();

private:
  struct answered_event {
    std::uint64_t seq = 0;
    std::size_t bytes = 0;
  };
  struct answers {
    std::vector<answered_event> events;
    std::size_t told = 0;   // of them
    bool complete = false;  // there are no others
  };

  question ask(std::size_t place, const sync_plan::reading& wanted, std::uint32_t limit) const;
  std::vector<question> go_on();
  std::optional<std::size_t> fit();
  std::uint64_t inbox_events_before(std::size_t end) const;

  sync_plan plan_;
  const bounds of_page_;
  const timestamp since_;
  sync_plan begun_;        // as it was before the page
  wire::inbox_page page_;
  std::vector<sync_plan::reading> readings_;  // of the page
  std::vector<answers> answers_;              // by place
  std::size_t next_ = 0;
  std::size_t under_way_ = 0;
  std::size_t answered_ = 0;  // events
  std::size_t bytes_ = 0;     // of them
  std::size_t beyond_ = 0;    // channels asked beyond the inbox
  std::optional<std::size_t> ends_at_;  // the page, in the middle of what was asked: at this place
  std::optional<wire::read_inbox> end_question_;
  bool has_more_ = false;
  bool done_ = false;
};

}  // namespace carillon
