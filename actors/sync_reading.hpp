// The reading of one sync: which events are asked of which channels, and in which order what they answer is
// told. First what the page of the inbox names, some channels at a time; then, once the inbox was read to its
// end, the channels that it does not hold, one by one until the page is full.
// Pure: whoever drives it (api/sync.cpp, the simulator) asks, keeps the answers by the question's `place`, and
// tells them in that order. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
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

  // `since`: nothing older is told of channels that the inbox does not hold. `limit` > 0, in events.
  sync_reading(sync_plan plan, std::uint32_t limit, timestamp since);

  // Of the user's slot, first.
  wire::read_inbox inbox_question(bool begins) const { return plan_.question(limit_, begins); }
  std::vector<question> take_page(const wire::inbox_page& page);
  // Answered; an empty reply where is_out_of_reach. What is to be asked next; nothing while others are awaited.
  std::vector<question> take(const question& asked, const wire::channel_reply& reply);
  // A channel that is gone, or that the user is in no more, has nothing for them and ends no sync.
  static bool is_out_of_reach(errc why);

  // All is read. Not before:
  bool is_done() const { return done_; }
  bool has_more() const;
  std::string cursor();

private:
  question ask(std::size_t place, const sync_plan::reading& wanted, std::uint32_t limit) const;
  std::vector<question> go_on();

  sync_plan plan_;
  const std::uint32_t limit_;
  const timestamp since_;
  std::vector<sync_plan::reading> readings_;  // of the page
  std::size_t next_ = 0;
  std::size_t under_way_ = 0;
  std::size_t told_ = 0;    // events
  std::size_t beyond_ = 0;  // channels asked beyond the inbox
  bool has_more_ = false;   // of those
  bool done_ = false;
};

}  // namespace carillon
