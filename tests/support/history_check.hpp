// The referee of tests that kill hosts: compares what posters were told and what a live reader saw
// with what history says in the end. Pure: values in, sentences out. Each sentence begins with the
// invariant of DESIGN section 1 that it finds broken.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace carillon::testing {

// One post, identified by its client_msg_id, however often it was tried.
struct post_record {
  std::string key;
  bool acknowledged = false;
  std::uint64_t seq = 0; // as acknowledged
  std::string ts;
};

// A message as a page of history or an RTM event shows it. key: its client_msg_id; empty for
// messages that are not posts (joins), which take part in the order only.
struct seen_message {
  std::uint64_t seq = 0;
  std::string ts;
  std::string key;

  bool operator==(const seen_message&) const = default;
};

// All that is known of one channel.
struct channel_record {
  std::string channel;
  std::vector<post_record> posts;
  std::vector<seen_message> history;     // oldest first, all of it
  std::vector<seen_message> live;        // one reader's view, in the order it arrived, from some
                                         // message on to the end
  std::vector<std::uint64_t> other_seqs; // taken by edits and deletions, which history shows on
                                         // the messages they changed
};

// Empty: every invariant holds.
std::vector<std::string> find_violations(const channel_record& record);

} // namespace carillon::testing
